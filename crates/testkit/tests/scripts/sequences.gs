# Sequences: no value twice. What could go wrong: a value handed out twice, a rollback that takes one back, a sequence that goes on past
# its end, one that a DEFAULT still uses and that is gone.
> CREATE SEQUENCE s
> SELECT nextval('s'), nextval('s')
> SELECT currval('s'), lastval()
> SELECT * FROM s
> SHOW CREATE SEQUENCE s
> SHOW SEQUENCES
> SELECT setval('s', 10)
> SELECT nextval('s')
> SELECT setval('public.s', 20, false)
> SELECT nextval('defaultdb.public.s')
> SELECT nextval('s'::regclass)
> SELECT last_value, is_called FROM s
---

# Not transactional: a rollback takes nothing back.
> BEGIN
> SELECT nextval('s')
> ROLLBACK
> SELECT nextval('s')
---

# One of its own transaction is in it.
> BEGIN
> CREATE SEQUENCE own START 5 INCREMENT 5
> SELECT nextval('own')
> SELECT nextval('own')
> COMMIT
> SELECT nextval('own')
> BEGIN
> CREATE SEQUENCE gone
> SELECT nextval('gone')
> ROLLBACK
!> SELECT nextval('gone')
---

# Options, in any order; descending; the ends.
> CREATE SEQUENCE down INCREMENT BY -1
> SELECT nextval('down'), nextval('down')
> SHOW CREATE SEQUENCE down
> CREATE SEQUENCE few MAXVALUE 3 START WITH 2 NO MINVALUE NO CYCLE CACHE 1
> SELECT nextval('few')
> SELECT nextval('few')
!> SELECT nextval('few')
> ALTER SEQUENCE few MAXVALUE 5
> SELECT nextval('few')
> ALTER SEQUENCE few RESTART
> SELECT nextval('few')
> ALTER SEQUENCE few RESTART WITH 5
> SELECT nextval('few')
!> SELECT nextval('few')
!> SELECT setval('few', 6)
!> ALTER SEQUENCE few MAXVALUE 4
!> CREATE SEQUENCE bad INCREMENT 0
!> CREATE SEQUENCE bad MINVALUE 5 MAXVALUE 5
!> CREATE SEQUENCE bad START 0
!> CREATE SEQUENCE bad CYCLE
!> CREATE SEQUENCE bad CACHE 10
!> CREATE SEQUENCE bad MINVALUE 1 MINVALUE 2
!> CREATE SEQUENCE s
> CREATE SEQUENCE IF NOT EXISTS s
---

# Names: folded like others, quoted where they must be.
> CREATE SEQUENCE "Odd Name"
> SELECT nextval('"Odd Name"')
> CREATE SEQUENCE small AS SMALLINT
> SHOW CREATE small
!> SELECT nextval('Odd Name')
!> SELECT nextval('missing')
!> SELECT currval('small')
> CREATE TABLE plain (id INT PRIMARY KEY)
!> SELECT nextval('plain')
!> INSERT INTO s VALUES (1)
!> DELETE FROM s
!> SELECT nextval('s') FROM plain AS OF SYSTEM TIME '-1us'
---

# In VALUES, in SELECT, as a DEFAULT: a value for each row.
> CREATE SEQUENCE ids
> CREATE TABLE t (id INT PRIMARY KEY DEFAULT nextval('ids'), a STRING)
> INSERT INTO t (a) VALUES ('a'), ('b'), ('c')
> INSERT INTO t VALUES (DEFAULT, 'd'), (nextval('ids'), 'e')
> INSERT INTO t (a) SELECT a || a FROM t ORDER BY id
> SELECT * FROM t ORDER BY id
> SELECT count(DISTINCT n) FROM (SELECT nextval('s') AS n FROM t)
> SHOW CREATE TABLE t
> SELECT CASE WHEN id = 1 THEN nextval('down') ELSE 0 END FROM t WHERE id < 3 ORDER BY id
---

# What a DEFAULT uses stays; under a new name it works on; CASCADE takes the DEFAULT.
!> DROP SEQUENCE ids
> ALTER SEQUENCE ids RENAME TO numbers
> INSERT INTO t (a) VALUES ('renamed')
> SELECT a FROM t WHERE id = lastval()
> SHOW CREATE TABLE t
> DROP SEQUENCE numbers CASCADE
> SHOW CREATE TABLE t
!> INSERT INTO t (a) VALUES ('x')
> DROP SEQUENCE IF EXISTS numbers
!> DROP SEQUENCE t
> DROP SEQUENCE s, own, down, few, small, "Odd Name"
> SHOW SEQUENCES
---
