# A DEFAULT that takes values from a sequence, declared by ALTER TABLE: noted at both ends, in rows that were there before, through
# backups. What could go wrong: a sequence that can be dropped under its table, one that stays pinned by a table that no longer uses it, a
# value that is handed out twice.
> CREATE SEQUENCE s START 100
> CREATE SEQUENCE t START 500
> CREATE TABLE a (k INT PRIMARY KEY)
> INSERT INTO a VALUES (1), (2), (3)
> ALTER TABLE a ADD COLUMN n INT DEFAULT nextval('s')
> SELECT count(DISTINCT n), min(n) >= 100, max(n) < 200 FROM a
!> DROP SEQUENCE s
> ALTER TABLE a ALTER COLUMN n SET DEFAULT nextval('t') + 1000
> DROP SEQUENCE s
> INSERT INTO a (k) VALUES (4)
> SELECT n FROM a WHERE k = 4
!> DROP SEQUENCE t
> SHOW CREATE TABLE a
> ALTER TABLE a ALTER COLUMN n DROP DEFAULT
> DROP SEQUENCE t
---
CREATE SEQUENCE
CREATE SEQUENCE
CREATE TABLE
INSERT 0 3
ALTER TABLE
count | ?column? | ?column?
3 | t | t
Error: ERROR:  cannot drop sequence s because other objects depend on it (2BP01)
DETAIL:  a DEFAULT of table a uses it
HINT:  use DROP ... CASCADE to drop the dependent objects too
ALTER TABLE
DROP SEQUENCE
INSERT 0 1
n
1500
Error: ERROR:  cannot drop sequence t because other objects depend on it (2BP01)
DETAIL:  a DEFAULT of table a uses it
HINT:  use DROP ... CASCADE to drop the dependent objects too
table_name | create_statement
a | CREATE TABLE a (
	k INT8 NOT NULL,
	n INT8 DEFAULT nextval('defaultdb.public.t') + 1000,
	CONSTRAINT a_pkey PRIMARY KEY (k)
)
ALTER TABLE
DROP SEQUENCE

> CREATE SEQUENCE s
> CREATE TABLE empty (k INT PRIMARY KEY)
> ALTER TABLE empty ADD COLUMN n INT NOT NULL DEFAULT nextval('s'), ADD COLUMN m INT DEFAULT nextval('s')
> SELECT nextval('s')
> INSERT INTO empty (k) VALUES (1)
> SELECT n <> m FROM empty
> ALTER TABLE empty DROP COLUMN m
!> DROP SEQUENCE s
> ALTER TABLE empty DROP COLUMN n
> DROP SEQUENCE s
!> ALTER TABLE empty ADD COLUMN n INT DEFAULT nextval('s')
!> ALTER TABLE empty ALTER COLUMN k SET DEFAULT nextval('nowhere')
---
CREATE SEQUENCE
CREATE TABLE
ALTER TABLE
nextval
1
INSERT 0 1
?column?
t
ALTER TABLE
Error: ERROR:  cannot drop sequence s because other objects depend on it (2BP01)
DETAIL:  a DEFAULT of table empty uses it
HINT:  use DROP ... CASCADE to drop the dependent objects too
ALTER TABLE
DROP SEQUENCE
Error: ERROR:  relation "s" does not exist (42P01)
Error: ERROR:  relation "nowhere" does not exist (42P01)

# A change that fails takes its use back.
> CREATE SEQUENCE s
!> ALTER TABLE a ADD COLUMN x INT DEFAULT nextval('s'), ADD CHECK (k < 2)
> SHOW CREATE TABLE a
> DROP SEQUENCE s
---
CREATE SEQUENCE
Error: ERROR:  new row for relation "a" violates check constraint "a_k_check" (23514)
DETAIL:  Failing row contains (2, 101).
table_name | create_statement
a | CREATE TABLE a (
	k INT8 NOT NULL,
	n INT8,
	CONSTRAINT a_pkey PRIMARY KEY (k)
)
DROP SEQUENCE

# Renamed, dropped with CASCADE, and through a backup into another database.
> CREATE SEQUENCE s
> ALTER TABLE a ALTER COLUMN n SET DEFAULT nextval('s')
> ALTER SEQUENCE s RENAME TO numbers
> SHOW CREATE TABLE a
> INSERT INTO a (k) VALUES (5)
> BACKUP DATABASE defaultdb TO 'nodelocal:///full'
> INSERT INTO a (k) VALUES (6)
> BACKUP DATABASE defaultdb TO 'nodelocal:///inc' INCREMENTAL FROM 'nodelocal:///full'
> DROP SEQUENCE numbers CASCADE
> SHOW CREATE TABLE a
> RESTORE DATABASE defaultdb FROM 'nodelocal:///full', 'nodelocal:///inc' WITH new_db_name = 'copy'
> SHOW CREATE TABLE copy.a
> INSERT INTO copy.a (k) VALUES (7)
> SELECT count(n), count(DISTINCT n) FROM copy.a
!> DROP SEQUENCE copy.numbers
> CREATE DATABASE part
!> RESTORE defaultdb.a FROM 'nodelocal:///full', 'nodelocal:///inc' WITH into_db = 'part'
> RESTORE defaultdb.a FROM 'nodelocal:///full', 'nodelocal:///inc' WITH into_db = 'part', skip_missing_sequences
> SHOW CREATE TABLE part.a
> RESTORE defaultdb.numbers FROM 'nodelocal:///full', 'nodelocal:///inc' WITH into_db = 'part'
> DROP SEQUENCE part.numbers
---
CREATE SEQUENCE
ALTER TABLE
ALTER SEQUENCE
table_name | create_statement
a | CREATE TABLE a (
	k INT8 NOT NULL,
	n INT8 DEFAULT nextval('defaultdb.public.numbers'),
	CONSTRAINT a_pkey PRIMARY KEY (k)
)
INSERT 0 1
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 7 | 0 | 1 | 105
INSERT 0 1
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 1 | 0 | 1 | 28
DROP SEQUENCE
table_name | create_statement
a | CREATE TABLE a (
	k INT8 NOT NULL,
	n INT8,
	CONSTRAINT a_pkey PRIMARY KEY (k)
)
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 8 | 0 | 1 | 113
table_name | create_statement
a | CREATE TABLE a (
	k INT8 NOT NULL,
	n INT8 DEFAULT nextval('copy.public.numbers'),
	CONSTRAINT a_pkey PRIMARY KEY (k)
)
INSERT 0 1
count | count
7 | 7
Error: ERROR:  cannot drop sequence numbers because other objects depend on it (2BP01)
DETAIL:  a DEFAULT of table a uses it
HINT:  use DROP ... CASCADE to drop the dependent objects too
CREATE DATABASE
Error: ERROR:  cannot restore table "defaultdb.a" without referenced sequence "defaultdb.numbers" (or "skip_missing_sequences" option) (2BP01)
HINT:  name them all in one RESTORE
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 6 | 0 | 1 | 89
table_name | create_statement
a | CREATE TABLE a (
	k INT8 NOT NULL,
	n INT8,
	CONSTRAINT a_pkey PRIMARY KEY (k)
)
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 1 | 0 | 1 | 30
DROP SEQUENCE
