# The worked session of the reference, from the first backup to a restore of a moment in between. What could go wrong: a count, a time or a
# message that somebody who knows it does not recognise.
> CREATE DATABASE bank
> CREATE TABLE bank.customers (id INT PRIMARY KEY, email STRING UNIQUE)
> INSERT INTO bank.customers VALUES (1,'a'),(2,'b')
> BACKUP DATABASE bank TO 'nodelocal:///w1' WITH revision_history
advance 10
> SELECT cluster_logical_timestamp()
advance 10
> DELETE FROM bank.customers WHERE id = 1
> BACKUP DATABASE bank TO 'nodelocal:///w1-1' INCREMENTAL FROM 'nodelocal:///w1' WITH revision_history
> SHOW BACKUP 'nodelocal:///w1-1'
!> BACKUP DATABASE bank TO 'nodelocal:///w1'
!> RESTORE DATABASE bank FROM 'nodelocal:///w1','nodelocal:///w1-1'
> CREATE DATABASE b2
> RESTORE bank.* FROM 'nodelocal:///w1','nodelocal:///w1-1' AS OF SYSTEM TIME '-10s' WITH into_db = 'b2'
> SELECT * FROM b2.customers ORDER BY id
!> RESTORE bank.* FROM 'nodelocal:///w1','nodelocal:///w1-1' WITH into_db = 'b3'
!> RESTORE bank.* FROM 'nodelocal:///w1-1' WITH into_db = 'b2'
> SELECT id, type, description, status FROM [SHOW JOBS] WHERE type = 'BACKUP' ORDER BY description
---
CREATE DATABASE
CREATE TABLE
INSERT 0 2
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 2 | 2 | 1 | 42
cluster_logical_timestamp
<cluster_logical_timestamp>
DELETE 1
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 1 | 1 | 1 | 26
database | table | start_time | end_time | size_bytes | rows | object_type | backup_type | revision_history | fingerprint
bank | customers | <start_time> | <end_time> | 10 | 1 | table | incremental | t | f6c90c6308bd930253c41ce6c355332a
system | users | <start_time> | <end_time> | 16 | 1 | table | incremental | t | 3d0218d168356cc21fb74951017594ce
Error: ERROR:  nodelocal:///w1 already contains a backup: choose another destination (58P02)
Error: ERROR:  database "bank" already exists (42P04)
HINT:  drop or rename it, or give the restored one another name with the new_db_name option
CREATE DATABASE
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 2 | 2 | 1 | 42
id | email
1 | a
2 | b
Error: ERROR:  a database named "b3" needs to exist to restore table "customers" (3D000)
HINT:  create it first, or choose another with the into_db option
Error: ERROR:  no backup covers time [0, <time>) (or backups out of order): nodelocal:///w1-1 is an incremental backup, list the full one before it (22023)
id | type | description | status
<id> | BACKUP | BACKUP DATABASE bank TO 'nodelocal:///w1' WITH revision_history | succeeded
<id> | BACKUP | BACKUP DATABASE bank TO 'nodelocal:///w1-1' INCREMENTAL FROM 'nodelocal:///w1' WITH revision_history | succeeded
