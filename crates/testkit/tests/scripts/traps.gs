# Traps of other systems. What could go wrong: rows that an index fill, a load or a restore wrote between two layers and that the next
# incremental misses; rows of a change that was taken back; a table of the same name taken for the one before; half a restore that is in the way.
> CREATE DATABASE bank
> CREATE TABLE bank.t (k INT PRIMARY KEY, v INT)
> CREATE TABLE bank.u (k INT PRIMARY KEY, v INT)
> INSERT INTO bank.t VALUES (1, 10), (2, 20)
> INSERT INTO bank.u VALUES (1, 10)
> BACKUP DATABASE bank TO 'nodelocal:///0'
---
CREATE DATABASE
CREATE TABLE
CREATE TABLE
INSERT 0 2
INSERT 0 1
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 3 | 0 | 1 | 52

# T4: an index, a column with values of its own, and changes that fail, between two layers.
> CREATE UNIQUE INDEX by_v ON bank.t (v)
> ALTER TABLE bank.t ADD COLUMN w UUID DEFAULT gen_random_uuid()
> INSERT INTO bank.u VALUES (2, 10)
!> CREATE UNIQUE INDEX by_v ON bank.u (v)
!> ALTER TABLE bank.u ADD COLUMN w UUID DEFAULT gen_random_uuid(), ADD CHECK (v > 10)
!> ALTER TABLE bank.u ADD CHECK (v > 10)
> CREATE TABLE bank.loaded (k INT PRIMARY KEY, v INT, INDEX (v))
> RESTORE bank.u FROM 'nodelocal:///0' WITH into_db = 'defaultdb'
> ALTER TABLE u RENAME TO bank.restored
> BACKUP DATABASE bank TO 'nodelocal:///1' INCREMENTAL FROM 'nodelocal:///0'
> RESTORE DATABASE bank FROM 'nodelocal:///0', 'nodelocal:///1' WITH new_db_name = 'b1'
> SHOW CREATE TABLE b1.t
> SHOW CREATE TABLE b1.u
> SELECT k, v, w IS NOT NULL FROM b1.t WHERE v = 20
> SELECT a.w = b.w FROM b1.t a JOIN bank.t b ON a.k = b.k
> SELECT * FROM b1.u ORDER BY k
> SELECT * FROM b1.restored
---
CREATE INDEX
ALTER TABLE
INSERT 0 1
Error: ERROR:  duplicate key value violates unique constraint "by_v" (23505)
Error: ERROR:  new row for relation "u" violates check constraint "u_v_check" (23514)
DETAIL:  Failing row contains (1, 10).
Error: ERROR:  check constraint "u_v_check" of relation "u" is violated by some row (23514)
CREATE TABLE
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 1 | 0 | 1 | 28
ALTER TABLE
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 4 | 2 | 1 | 98
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 5 | 2 | 1 | 110
table_name | create_statement
t | CREATE TABLE t (
	k INT8 NOT NULL,
	v INT8,
	w UUID DEFAULT gen_random_uuid(),
	CONSTRAINT t_pkey PRIMARY KEY (k),
	UNIQUE INDEX by_v (v)
)
table_name | create_statement
u | CREATE TABLE u (
	k INT8 NOT NULL,
	v INT8,
	CONSTRAINT u_pkey PRIMARY KEY (k)
)
k | v | ?column?
2 | 20 | t
?column?
t
t
k | v
1 | 10
2 | 10
k | v
1 | 10

# T7: the same name again and again.
> DROP TABLE bank.u
> CREATE TABLE bank.u (k INT PRIMARY KEY)
> INSERT INTO bank.u VALUES (100)
> TRUNCATE bank.t
> INSERT INTO bank.t VALUES (3, 30)
> BACKUP DATABASE bank TO 'nodelocal:///2' INCREMENTAL FROM 'nodelocal:///0', 'nodelocal:///1'
> TRUNCATE bank.t
> DROP TABLE bank.u
> BACKUP DATABASE bank TO 'nodelocal:///3' INCREMENTAL FROM 'nodelocal:///0', 'nodelocal:///1', 'nodelocal:///2'
> CREATE TABLE bank.u (k STRING PRIMARY KEY)
> INSERT INTO bank.u VALUES ('again')
> INSERT INTO bank.t VALUES (4, 40)
> BACKUP DATABASE bank TO 'nodelocal:///4' INCREMENTAL FROM 'nodelocal:///0', 'nodelocal:///1', 'nodelocal:///2', 'nodelocal:///3'
> RESTORE DATABASE bank FROM 'nodelocal:///0', 'nodelocal:///1', 'nodelocal:///2' WITH new_db_name = 'b2'
> RESTORE DATABASE bank FROM 'nodelocal:///0', 'nodelocal:///1', 'nodelocal:///2', 'nodelocal:///3' WITH new_db_name = 'b3'
> RESTORE DATABASE bank FROM 'nodelocal:///0', 'nodelocal:///1', 'nodelocal:///2', 'nodelocal:///3', 'nodelocal:///4' WITH new_db_name = 'b4'
> SELECT k, v FROM b2.t
> SELECT * FROM b2.u
> SELECT k, v FROM b3.t
> SHOW TABLES FROM b3
> SELECT k, v FROM b4.t
> SELECT * FROM b4.u
> SELECT "table", checked FROM [SHOW BACKUP 'nodelocal:///0', 'nodelocal:///1', 'nodelocal:///2', 'nodelocal:///3', 'nodelocal:///4' WITH check_files] WHERE checked <> 'fingerprint'
---
DROP TABLE
CREATE TABLE
INSERT 0 1
TRUNCATE
INSERT 0 1
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 2 | 1 | 1 | 55
TRUNCATE
DROP TABLE
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 0 | 0 | 1 | 16
CREATE TABLE
INSERT 0 1
INSERT 0 1
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 2 | 1 | 1 | 61
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 3 | 1 | 1 | 67
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 1 | 0 | 1 | 28
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 3 | 1 | 1 | 73
k | v
3 | 30
k
100
k | v
schema_name | table_name | type
public | loaded | table
public | restored | table
public | t | table
k | v
4 | 40
k
again
table | checked

# T11: over what a failed restore left; its names are free, its rows do not show.
damage 0/data/101
> CREATE DATABASE again
!> RESTORE bank.t, bank.u FROM 'nodelocal:///0' WITH into_db = 'again'
> SHOW TABLES FROM again
> RESTORE bank.t FROM 'nodelocal:///0' WITH into_db = 'again'
> SELECT * FROM again.t ORDER BY k
tidy
> SELECT * FROM again.t ORDER BY k
> SELECT status, count(*) FROM [SHOW JOBS] WHERE type = 'RESTORE' GROUP BY status ORDER BY status
---
CREATE DATABASE
Error: ERROR:  nodelocal:///0: data/101/1-*.parquet: damaged: checksum mismatch: blake3 is <hash>, must be <hash> (XX001)
schema_name | table_name | type
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 2 | 0 | 1 | 40
k | v
1 | 10
2 | 20
k | v
1 | 10
2 | 20
status | count
failed | 1
succeeded | 6

# T7: a table that gets the name of one dropped in the same transaction is not that one emptied: whole databases have both, each under its
# name of the time; a list that the base does not hold it in is refused.
> CREATE DATABASE swap
> CREATE DATABASE inspect
> CREATE TABLE swap.a (k INT PRIMARY KEY)
> CREATE TABLE swap.b (k INT PRIMARY KEY)
> INSERT INTO swap.a VALUES (1)
> INSERT INTO swap.b VALUES (2)
> BACKUP DATABASE swap TO 'nodelocal:///swap'
> BACKUP swap.a TO 'nodelocal:///list'
advance 100
> INSERT INTO swap.b VALUES (3)
advance 100
> BEGIN
> DROP TABLE swap.a
> ALTER TABLE swap.b RENAME TO swap.a
> COMMIT
> INSERT INTO swap.a VALUES (4)
advance 100
> BACKUP DATABASE swap TO 'nodelocal:///swap1' INCREMENTAL FROM 'nodelocal:///swap' WITH revision_history
!> BACKUP swap.a TO 'nodelocal:///list1' INCREMENTAL FROM 'nodelocal:///list'
!> BACKUP swap.a TO 'nodelocal:///list1' INCREMENTAL FROM 'nodelocal:///list' WITH revision_history
> BACKUP swap.a TO 'nodelocal:///names' WITH revision_history
> RESTORE DATABASE swap FROM 'nodelocal:///swap', 'nodelocal:///swap1' AS OF SYSTEM TIME '-150s' WITH new_db_name = 'before'
> SELECT * FROM before.a
> SELECT * FROM before.b ORDER BY k
> RESTORE DATABASE swap FROM 'nodelocal:///swap', 'nodelocal:///swap1' WITH new_db_name = 'after'
> SHOW TABLES FROM after
> SELECT * FROM after.a ORDER BY k
> RESTORE swap.a FROM 'nodelocal:///names' AS OF SYSTEM TIME '-150s' WITH into_db = 'inspect'
> SELECT * FROM inspect.a
---
CREATE DATABASE
CREATE DATABASE
CREATE TABLE
CREATE TABLE
INSERT 0 1
INSERT 0 1
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 2 | 0 | 1 | 36
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 1 | 0 | 1 | 26
INSERT 0 1
BEGIN
DROP TABLE
ALTER TABLE
COMMIT
INSERT 0 1
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 2 | 0 | 1 | 36
Error: ERROR:  previous backup does not contain table "swap.a": make a new full backup, or leave the table out (22023)
Error: ERROR:  previous backup does not contain table "swap.a": make a new full backup, or leave the table out (22023)
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 4 | 0 | 1 | 56
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 3 | 0 | 1 | 46
k
1
k
2
3
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 3 | 0 | 1 | 46
schema_name | table_name | type
public | a | table
k
2
3
4
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 1 | 0 | 1 | 26
k
1

# T7: emptied and renamed in one transaction, it still is the table that the list had.
advance 100
> BEGIN
> TRUNCATE swap.a
> ALTER TABLE swap.a RENAME TO swap.c
> INSERT INTO swap.c VALUES (5)
> COMMIT
> BACKUP swap.c TO 'nodelocal:///names1' INCREMENTAL FROM 'nodelocal:///names' WITH revision_history
> BACKUP swap.c TO 'nodelocal:///names2' INCREMENTAL FROM 'nodelocal:///names'
> DROP TABLE inspect.a
> RESTORE swap.a FROM 'nodelocal:///names', 'nodelocal:///names1' AS OF SYSTEM TIME '-50s' WITH into_db = 'inspect'
> SELECT * FROM inspect.a ORDER BY k
> RESTORE swap.c FROM 'nodelocal:///names', 'nodelocal:///names2' WITH into_db = 'inspect'
> SELECT * FROM inspect.c
---
BEGIN
TRUNCATE
ALTER TABLE
INSERT 0 1
COMMIT
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 1 | 0 | 1 | 26
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 1 | 0 | 1 | 26
DROP TABLE
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 3 | 0 | 1 | 46
k
2
3
4
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 1 | 0 | 1 | 26
k
5
