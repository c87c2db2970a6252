# A chain that does not join would restore a state that never was. Every mistake is refused before there is a job, and the
# message says which location is wrong and what to do.
> CREATE DATABASE bank
> CREATE TABLE bank.t (k INT PRIMARY KEY)
> CREATE TABLE bank.u (k INT PRIMARY KEY)
> CREATE DATABASE shop
> BACKUP DATABASE bank TO 'nodelocal:///full'
> INSERT INTO bank.t VALUES (1)
> BACKUP DATABASE bank TO 'nodelocal:///inc1' INCREMENTAL FROM 'nodelocal:///full'
> INSERT INTO bank.t VALUES (2)
> BACKUP DATABASE bank TO 'nodelocal:///inc2' INCREMENTAL FROM 'nodelocal:///full', 'nodelocal:///inc1'
> BACKUP bank.t TO 'nodelocal:///list'
---
CREATE DATABASE
CREATE TABLE
CREATE TABLE
CREATE DATABASE
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 0 | 0 | 1 | 16
INSERT 0 1
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 1 | 0 | 1 | 26
INSERT 0 1
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 1 | 0 | 1 | 26
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 2 | 0 | 1 | 36

# Continuing: a gap, a wrong order, no full one, one twice, one that is not there, one of its own.
!> BACKUP DATABASE bank TO 'nodelocal:///x' INCREMENTAL FROM 'nodelocal:///full', 'nodelocal:///inc2'
!> BACKUP DATABASE bank TO 'nodelocal:///x' INCREMENTAL FROM 'nodelocal:///inc1', 'nodelocal:///full'
!> BACKUP DATABASE bank TO 'nodelocal:///x' INCREMENTAL FROM 'nodelocal:///full', 'nodelocal:///inc2', 'nodelocal:///inc1'
!> BACKUP DATABASE bank TO 'nodelocal:///x' INCREMENTAL FROM 'nodelocal:///full', 'nodelocal:///list'
!> BACKUP DATABASE bank TO 'nodelocal:///x' INCREMENTAL FROM 'nodelocal:///full', 'nodelocal:///full'
!> BACKUP DATABASE bank TO 'nodelocal:///x' INCREMENTAL FROM 'nodelocal:///full', 'nodelocal:///nowhere'
!> BACKUP DATABASE bank TO 'nodelocal:///inc1' INCREMENTAL FROM 'nodelocal:///full', 'nodelocal:///inc1'
!> BACKUP DATABASE bank TO 'nodelocal:///x' AS OF SYSTEM TIME '-1h' INCREMENTAL FROM 'nodelocal:///full'
---
Error: ERROR:  invalid previous backups (a new full backup may be required if a table has been created, dropped or truncated): no backup covers time [<time>, <time>) (or backups out of order): nodelocal:///inc2 goes on at <time>, but nodelocal:///full before it ends at <time>; list what lies between (22023)
Error: ERROR:  invalid previous backups (a new full backup may be required if a table has been created, dropped or truncated): no backup covers time [0, <time>) (or backups out of order): nodelocal:///inc1 is an incremental backup, list the full one before it (22023)
Error: ERROR:  invalid previous backups (a new full backup may be required if a table has been created, dropped or truncated): no backup covers time [<time>, <time>) (or backups out of order): nodelocal:///inc2 goes on at <time>, but nodelocal:///full before it ends at <time>; list what lies between (22023)
Error: ERROR:  invalid previous backups (a new full backup may be required if a table has been created, dropped or truncated): backups listed out of order (mismatched start time): nodelocal:///list is a full backup; only the first one of a chain is full (22023)
Error: ERROR:  invalid previous backups (a new full backup may be required if a table has been created, dropped or truncated): nodelocal:///full is the same backup as nodelocal:///full: list each one once (22023)
Error: ERROR:  failed to read backup from "nodelocal:///nowhere": nodelocal:///nowhere does not contain a backup: it has no manifest.json (58P01)
HINT:  one that is under way, or was broken off, is none yet: SHOW JOBS
Error: ERROR:  nodelocal:///inc1 already contains a backup: choose another destination (58P02)
Error: ERROR:  AS OF SYSTEM TIME <time> is before the end of the previous backup nodelocal:///full, <time>: name a later one, or fewer previous backups (22023)

# What the last layer does not cover.
!> BACKUP DATABASE bank, shop TO 'nodelocal:///x' INCREMENTAL FROM 'nodelocal:///full'
!> BACKUP bank.t, bank.u TO 'nodelocal:///x' INCREMENTAL FROM 'nodelocal:///list'
!> BACKUP DATABASE bank TO 'nodelocal:///x' INCREMENTAL FROM 'nodelocal:///list'
> BACKUP bank.t TO 'nodelocal:///list1' INCREMENTAL FROM 'nodelocal:///list'
> DROP TABLE bank.t
> CREATE TABLE bank.t (k INT PRIMARY KEY)
!> BACKUP bank.t TO 'nodelocal:///x' INCREMENTAL FROM 'nodelocal:///list', 'nodelocal:///list1'
> BACKUP DATABASE bank TO 'nodelocal:///inc3' INCREMENTAL FROM 'nodelocal:///full', 'nodelocal:///inc1', 'nodelocal:///inc2'
---
Error: ERROR:  previous backup does not contain the complete database "shop": make a new full backup, or leave the database out (22023)
Error: ERROR:  previous backup does not contain table "bank.u": make a new full backup, or leave the table out (22023)
Error: ERROR:  previous backup does not contain table "bank.u": make a new full backup, or leave the table out (22023)
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 0 | 0 | 1 | 16
DROP TABLE
CREATE TABLE
Error: ERROR:  previous backup does not contain table "bank.t": make a new full backup, or leave the table out (22023)
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 0 | 0 | 1 | 16

# Restoring.
!> RESTORE DATABASE bank FROM 'nodelocal:///inc1' WITH new_db_name = 'b'
!> RESTORE DATABASE bank FROM 'nodelocal:///full', 'nodelocal:///inc2' WITH new_db_name = 'b'
!> RESTORE DATABASE bank FROM 'nodelocal:///inc1', 'nodelocal:///full' WITH new_db_name = 'b'
!> RESTORE DATABASE bank FROM 'nodelocal:///full', 'nodelocal:///inc1', 'nodelocal:///inc1' WITH new_db_name = 'b'
!> RESTORE DATABASE bank FROM 'nodelocal:///full', 'nodelocal:///nowhere' WITH new_db_name = 'b'
---
Error: ERROR:  no backup covers time [0, <time>) (or backups out of order): nodelocal:///inc1 is an incremental backup, list the full one before it (22023)
Error: ERROR:  no backup covers time [<time>, <time>) (or backups out of order): nodelocal:///inc2 goes on at <time>, but nodelocal:///full before it ends at <time>; list what lies between (22023)
Error: ERROR:  no backup covers time [0, <time>) (or backups out of order): nodelocal:///inc1 is an incremental backup, list the full one before it (22023)
Error: ERROR:  nodelocal:///inc1 is the same backup as nodelocal:///inc1: list each one once (22023)
Error: ERROR:  failed to read backup descriptor: nodelocal:///nowhere does not contain a backup: it has no manifest.json (58P01)
HINT:  one that is under way, or was broken off, is none yet: SHOW JOBS

# None of these left a job.
> SELECT count(*) FROM [SHOW JOBS] WHERE status <> 'succeeded'
---
count
0

# RESTORE takes the chain of any cluster.
fresh
> CREATE DATABASE bank
> RESTORE DATABASE bank FROM 'nodelocal:///full', 'nodelocal:///inc1' WITH new_db_name = 'b'
> SELECT * FROM b.t
---
CREATE DATABASE
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 1 | 0 | 1 | 26
k
1
