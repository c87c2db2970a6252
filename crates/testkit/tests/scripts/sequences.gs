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
CREATE SEQUENCE
nextval | nextval
1 | 2
currval | lastval
2 | 2
last_value | log_cnt | is_called
2 | 30 | t
table_name | create_statement
s | CREATE SEQUENCE s INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1
sequence_schema | sequence_name
public | s
setval
10
nextval
11
setval
20
nextval
20
nextval
21
last_value | is_called
21 | t

# Not transactional: a rollback takes nothing back.
> BEGIN
> SELECT nextval('s')
> ROLLBACK
> SELECT nextval('s')
---
BEGIN
nextval
22
ROLLBACK
nextval
23

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
BEGIN
CREATE SEQUENCE
nextval
5
nextval
10
COMMIT
nextval
15
BEGIN
CREATE SEQUENCE
nextval
1
ROLLBACK
Error: ERROR:  relation "gone" does not exist (42P01)

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
CREATE SEQUENCE
nextval | nextval
-1 | -2
table_name | create_statement
down | CREATE SEQUENCE down INCREMENT BY -1 MINVALUE -9223372036854775808 MAXVALUE -1 START WITH -1 CACHE 1
CREATE SEQUENCE
nextval
2
nextval
3
Error: ERROR:  nextval: reached maximum value of sequence "few" (3) (2200H)
ALTER SEQUENCE
nextval
4
ALTER SEQUENCE
nextval
2
ALTER SEQUENCE
nextval
5
Error: ERROR:  nextval: reached maximum value of sequence "few" (5) (2200H)
Error: ERROR:  setval: value 6 is out of bounds for sequence "few" (1..5) (22003)
Error: ERROR:  RESTART value (5) cannot be greater than MAXVALUE (4) (22023)
Error: ERROR:  INCREMENT must not be zero (22023)
Error: ERROR:  MINVALUE (5) must be less than MAXVALUE (5) (22023)
Error: ERROR:  START value (0) cannot be less than MINVALUE (1) (22023)
Error: ERROR:  CYCLE is not supported yet (0A000)
Error: ERROR:  CACHE of more than 1 is not supported yet (0A000)
HINT:  values are reserved in blocks whatever CACHE says
Error: ERROR:  syntax error: conflicting or redundant options: MINVALUE 2 (42601)
Error: ERROR:  relation "s" already exists (42P07)
NOTICE:  relation "s" already exists, skipping
CREATE SEQUENCE

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
---
CREATE SEQUENCE
nextval
1
CREATE SEQUENCE
table_name | create_statement
small | CREATE SEQUENCE small INCREMENT BY 1 MINVALUE 1 MAXVALUE 32767 START WITH 1 CACHE 1
Error: ERROR:  invalid name of a relation: "Odd Name" (42602)
Error: ERROR:  relation "missing" does not exist (42P01)
Error: ERROR:  currval of sequence "small" is not yet defined in this session (55000)
HINT:  call nextval first
CREATE TABLE
Error: ERROR:  "plain" is not a sequence (42809)
Error: ERROR:  cannot change rows of sequence "s" (42809)
HINT:  use setval() or ALTER SEQUENCE
Error: ERROR:  cannot change rows of sequence "s" (42809)
HINT:  use setval() or ALTER SEQUENCE

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
CREATE SEQUENCE
CREATE TABLE
INSERT 0 3
INSERT 0 2
INSERT 0 5
id | a
1 | a
2 | b
3 | c
4 | d
5 | e
6 | aa
7 | bb
8 | cc
9 | dd
10 | ee
count
10
table_name | create_statement
t | CREATE TABLE t (
	id INT8 NOT NULL DEFAULT nextval('defaultdb.public.ids'),
	a STRING,
	CONSTRAINT t_pkey PRIMARY KEY (id)
)
case
-3
0

# Nothing can be taken in the past.
advance 20
!> SELECT nextval('s') FROM t AS OF SYSTEM TIME '-10s'
---
Error: ERROR:  cannot execute nextval() in a statement with AS OF SYSTEM TIME (25006)

# A sequence goes with the column that owns it: one whose DEFAULT uses it.
> CREATE SEQUENCE tied
> CREATE TABLE owner (id INT DEFAULT nextval('tied'), other INT)
!> ALTER SEQUENCE tied OWNED BY owner.other
> ALTER SEQUENCE tied OWNED BY owner.id
> SELECT pg_get_serial_sequence('owner', 'id')
> ALTER SEQUENCE tied OWNED BY NONE
> DROP TABLE owner
> SELECT nextval('tied')
> CREATE TABLE owner (id INT DEFAULT nextval('tied'))
> ALTER SEQUENCE tied OWNED BY owner.id
> DROP TABLE owner
!> SELECT nextval('tied')
> CREATE TABLE generated (id INT GENERATED ALWAYS AS IDENTITY)
!> ALTER SEQUENCE generated_id_seq OWNED BY NONE
> DROP TABLE generated
---
CREATE SEQUENCE
CREATE TABLE
Error: ERROR:  OWNED BY a column whose DEFAULT does not use the sequence ("owner"."other") is not supported yet (0A000)
ALTER SEQUENCE
pg_get_serial_sequence
public.tied
ALTER SEQUENCE
DROP TABLE
nextval
1
CREATE TABLE
ALTER SEQUENCE
DROP TABLE
Error: ERROR:  relation "tied" does not exist (42P01)
CREATE TABLE
Error: ERROR:  OWNED BY of an identity column's sequence is not supported yet (0A000)
DROP TABLE

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
Error: ERROR:  cannot drop sequence ids because other objects depend on it (2BP01)
DETAIL:  a DEFAULT of table t uses it
HINT:  use DROP ... CASCADE to drop the dependent objects too
ALTER SEQUENCE
INSERT 0 1
a
renamed
table_name | create_statement
t | CREATE TABLE t (
	id INT8 NOT NULL DEFAULT nextval('defaultdb.public.numbers'),
	a STRING,
	CONSTRAINT t_pkey PRIMARY KEY (id)
)
DROP SEQUENCE
table_name | create_statement
t | CREATE TABLE t (
	id INT8 NOT NULL,
	a STRING,
	CONSTRAINT t_pkey PRIMARY KEY (id)
)
Error: ERROR:  null value in column "id" of relation "t" violates not-null constraint (23502)
DETAIL:  Failing row contains (null, x).
NOTICE:  sequence "numbers" does not exist, skipping
DROP SEQUENCE
Error: ERROR:  "t" is not a sequence (42809)
HINT:  use DROP TABLE to remove a table
DROP SEQUENCE
sequence_schema | sequence_name

# What is reserved and not handed out is lost to a copy: near its end a sequence reserves one value at a time.
> CREATE DATABASE few
> CREATE SEQUENCE few.small MAXVALUE 20
> CREATE SEQUENCE few.late AS SMALLINT START 32760
> CREATE SEQUENCE few.down INCREMENT -5 MINVALUE -100
> CREATE SEQUENCE few.some MAXVALUE 300
> SELECT nextval('few.small'), nextval('few.late'), nextval('few.down'), nextval('few.some')
> BACKUP DATABASE few TO 'nodelocal:///few'
> RESTORE DATABASE few FROM 'nodelocal:///few' WITH new_db_name = 'few2'
> SELECT nextval('few2.small'), nextval('few2.late'), nextval('few2.down'), nextval('few2.some')
> SELECT nextval('few.small'), nextval('few.late'), nextval('few.down'), nextval('few.some')
---
CREATE DATABASE
CREATE SEQUENCE
CREATE SEQUENCE
CREATE SEQUENCE
CREATE SEQUENCE
nextval | nextval | nextval | nextval
1 | 32760 | -1 | 1
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 4 | 0 | 1 | 73
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 4 | 0 | 1 | 73
nextval | nextval | nextval | nextval
2 | 32761 | -6 | 5
nextval | nextval | nextval | nextval
2 | 32761 | -6 | 2
