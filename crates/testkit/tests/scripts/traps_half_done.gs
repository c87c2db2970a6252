# What stands half done between two layers, or waits while the world goes on. What could go wrong: a layer with a part of a table; rows that
# come back after their RESTORE was canceled; a table that was published between layers and is in none; a BACKUP that waited too long for
# what was dropped and collected meanwhile.
> CREATE DATABASE bank
> CREATE TABLE bank.t (k INT PRIMARY KEY, v INT, INDEX (v))
> INSERT INTO bank.t VALUES (1, 10), (2, 20)
> BACKUP DATABASE bank TO 'nodelocal:///source'
> CREATE DATABASE shop
> BACKUP DATABASE shop TO 'nodelocal:///0'
---
CREATE DATABASE
CREATE TABLE
INSERT 0 2
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 2 | 2 | 1 | 40
CREATE DATABASE
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 0 | 0 | 1 | 16

# A RESTORE that is paused over a layer, and goes on: the layer has nothing of it, the next one all.
> BEGIN
> RESTORE bank.t FROM 'nodelocal:///source' WITH into_db = 'shop', detached
> PAUSE JOB <job_id>
> COMMIT
advance 100
> BACKUP DATABASE shop TO 'nodelocal:///1' INCREMENTAL FROM 'nodelocal:///0' WITH revision_history
> SELECT "table" FROM [SHOW BACKUP 'nodelocal:///1']
> RESUME JOB (SELECT id FROM [SHOW JOBS] WHERE status = 'paused')
wait succeeded RESTORE
> INSERT INTO shop.t VALUES (3, 30)
advance 100
> BACKUP DATABASE shop TO 'nodelocal:///2' INCREMENTAL FROM 'nodelocal:///0', 'nodelocal:///1' WITH revision_history
> DELETE FROM shop.t WHERE k = 1
> ALTER TABLE shop.t RENAME TO shop.kept
---
BEGIN
job_id
<job_id>
PAUSE JOB
COMMIT
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 0 | 0 | 1 | 16
table
users
RESUME JOB
INSERT 0 1
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 3 | 3 | 1 | 52
DELETE 1
ALTER TABLE

# One that is paused over a layer, and canceled: its name is free for another table, and its rows are in no layer.
> BEGIN
> RESTORE bank.t FROM 'nodelocal:///source' WITH into_db = 'shop', detached
> PAUSE JOB <job_id>
> COMMIT
advance 100
> BACKUP DATABASE shop TO 'nodelocal:///3' INCREMENTAL FROM 'nodelocal:///0', 'nodelocal:///1', 'nodelocal:///2'
> CANCEL JOB (SELECT id FROM [SHOW JOBS] WHERE status = 'paused')
> CREATE TABLE shop.t (k INT PRIMARY KEY)
> INSERT INTO shop.t VALUES (100)
tidy
> BACKUP DATABASE shop TO 'nodelocal:///4' INCREMENTAL FROM 'nodelocal:///0', 'nodelocal:///1', 'nodelocal:///2', 'nodelocal:///3'
> RESTORE DATABASE shop FROM 'nodelocal:///0', 'nodelocal:///1', 'nodelocal:///2', 'nodelocal:///3', 'nodelocal:///4' WITH new_db_name = 'at4'
> SELECT * FROM at4.kept ORDER BY k
> SELECT * FROM at4.t
> RESTORE DATABASE shop FROM 'nodelocal:///0', 'nodelocal:///1', 'nodelocal:///2', 'nodelocal:///3' WITH new_db_name = 'at3'
> SHOW TABLES FROM at3
> RESTORE DATABASE shop FROM 'nodelocal:///0', 'nodelocal:///1', 'nodelocal:///2' WITH new_db_name = 'at2'
> SELECT * FROM at2.t ORDER BY k
> SELECT k FROM at2.t WHERE v = 20
> RESTORE DATABASE shop FROM 'nodelocal:///0', 'nodelocal:///1' WITH new_db_name = 'at1'
> SHOW TABLES FROM at1
> SELECT "table", checked FROM [SHOW BACKUP 'nodelocal:///0', 'nodelocal:///1', 'nodelocal:///2', 'nodelocal:///3', 'nodelocal:///4' WITH check_files] WHERE checked <> 'fingerprint'
---
BEGIN
job_id
<job_id>
PAUSE JOB
COMMIT
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 1 | 1 | 1 | 26
CANCEL JOB
CREATE TABLE
INSERT 0 1
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 1 | 0 | 1 | 26
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 3 | 2 | 1 | 50
k | v
2 | 20
3 | 30
k
100
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 2 | 2 | 1 | 40
schema_name | table_name | type
public | kept | table
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 3 | 3 | 1 | 52
k | v
1 | 10
2 | 20
3 | 30
k
2
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 0 | 0 | 1 | 16
schema_name | table_name | type
table | checked

# A BACKUP waits while its table is emptied, dropped with its database, and everything that nobody protects is collected: it has all that was
# there at its end.
> BEGIN
> BACKUP DATABASE shop TO 'nodelocal:///5' INCREMENTAL FROM 'nodelocal:///0', 'nodelocal:///1', 'nodelocal:///2', 'nodelocal:///3', 'nodelocal:///4' WITH revision_history, detached
> PAUSE JOB <job_id>
> COMMIT
> TRUNCATE shop.kept
> INSERT INTO shop.t VALUES (200)
> DROP DATABASE shop CASCADE
> CREATE DATABASE shop
> CREATE TABLE shop.t (k INT PRIMARY KEY)
advance 500000
tidy
restart
tidy
> RESUME JOB (SELECT id FROM [SHOW JOBS] WHERE status = 'paused')
wait succeeded
> RESTORE DATABASE shop FROM 'nodelocal:///0', 'nodelocal:///1', 'nodelocal:///2', 'nodelocal:///3', 'nodelocal:///4', 'nodelocal:///5' WITH new_db_name = 'at5'
> SELECT * FROM at5.kept ORDER BY k
> SELECT * FROM at5.t ORDER BY k
---
BEGIN
job_id
<job_id>
PAUSE JOB
COMMIT
TRUNCATE
INSERT 0 1
DROP DATABASE
CREATE DATABASE
CREATE TABLE
RESUME JOB
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 3 | 2 | 1 | 50
k | v
2 | 20
3 | 30
k
100
