# A base must be of this cluster, and of this store's own history. What could go wrong: a chain that goes on from rows that this store never
# had, and restores a mixture.
> CREATE DATABASE bank
> CREATE TABLE bank.t (k INT PRIMARY KEY)
> INSERT INTO bank.t VALUES (1)
> BACKUP DATABASE bank TO 'nodelocal:///theirs'
> INSERT INTO bank.t VALUES (2)
> BACKUP DATABASE bank TO 'nodelocal:///theirs1' INCREMENTAL FROM 'nodelocal:///theirs'
---
CREATE DATABASE
CREATE TABLE
INSERT 0 1
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 1 | 0 | 1 | 26
INSERT 0 1
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 1 | 0 | 1 | 26

fresh
> RESTORE DATABASE bank FROM 'nodelocal:///theirs'
> BACKUP DATABASE bank TO 'nodelocal:///ours'
!> BACKUP DATABASE bank TO 'nodelocal:///x' INCREMENTAL FROM 'nodelocal:///theirs'
!> BACKUP DATABASE bank TO 'nodelocal:///x' INCREMENTAL FROM 'nodelocal:///ours', 'nodelocal:///theirs1'
!> RESTORE DATABASE bank FROM 'nodelocal:///ours', 'nodelocal:///theirs1' WITH new_db_name = 'b'
---
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 1 | 0 | 1 | 26
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 1 | 0 | 1 | 26
Error: ERROR:  previous BACKUP "nodelocal:///theirs" belongs to cluster <uuid>: an incremental backup goes on from backups of its own cluster (22023)
Error: ERROR:  previous BACKUP "nodelocal:///theirs1" belongs to cluster <uuid>: an incremental backup goes on from backups of its own cluster (22023)
Error: ERROR:  nodelocal:///theirs1 belongs to cluster <uuid>, and nodelocal:///ours to cluster <uuid>: a chain is of one cluster (22023)

# A restored table is a new one: the chain of before does not go on.
> DROP TABLE bank.t
> RESTORE bank.t FROM 'nodelocal:///theirs', 'nodelocal:///theirs1'
> BACKUP DATABASE bank TO 'nodelocal:///ours1' INCREMENTAL FROM 'nodelocal:///ours'
> SELECT rows FROM [SHOW BACKUP 'nodelocal:///ours', 'nodelocal:///ours1' WITH check_files] WHERE "table" = 't'
> BACKUP bank.t TO 'nodelocal:///list'
> DROP TABLE bank.t
> RESTORE bank.t FROM 'nodelocal:///list'
!> BACKUP bank.t TO 'nodelocal:///x' INCREMENTAL FROM 'nodelocal:///list'
---
DROP TABLE
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 2 | 0 | 1 | 36
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 2 | 0 | 1 | 36
rows
1
2
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 2 | 0 | 1 | 36
DROP TABLE
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 2 | 0 | 1 | 36
Error: ERROR:  previous backup does not contain table "bank.t": make a new full backup, or leave the table out (22023)

# Order and repetition, damage, a destination that is one of the chain, the same one twice.
!> BACKUP DATABASE bank TO 'nodelocal:///ours' INCREMENTAL FROM 'nodelocal:///ours'
!> BACKUP DATABASE bank TO 'nodelocal:///x' INCREMENTAL FROM 'nodelocal:///ours', 'nodelocal:///ours1', 'nodelocal:///ours1'
!> BACKUP DATABASE bank TO 'nodelocal:///x' INCREMENTAL FROM 'nodelocal:///ours', 'nodelocal:///./ours'
!> RESTORE DATABASE bank FROM 'nodelocal:///ours', 'nodelocal:///ours' WITH new_db_name = 'b'
damage ours1/manifest.json
!> BACKUP DATABASE bank TO 'nodelocal:///x' INCREMENTAL FROM 'nodelocal:///ours', 'nodelocal:///ours1'
!> RESTORE DATABASE bank FROM 'nodelocal:///ours', 'nodelocal:///ours1' WITH new_db_name = 'b'
> SELECT count(*) FROM [SHOW JOBS] WHERE status <> 'succeeded'
---
Error: ERROR:  nodelocal:///ours already contains a backup: choose another destination (58P02)
Error: ERROR:  invalid previous backups (a new full backup may be required if a table has been created, dropped or truncated): nodelocal:///ours1 is the same backup as nodelocal:///ours1: list each one once (22023)
Error: ERROR:  invalid previous backups (a new full backup may be required if a table has been created, dropped or truncated): nodelocal:///./ours is the same backup as nodelocal:///ours: list each one once (22023)
Error: ERROR:  nodelocal:///ours is the same backup as nodelocal:///ours: list each one once (22023)
Error: ERROR:  failed to read backup from "nodelocal:///ours1": nodelocal:///ours1: manifest.json: damaged: checksum mismatch: blake3 is <hash>, must be <hash> (XX001)
Error: ERROR:  failed to read backup descriptor: nodelocal:///ours1: manifest.json: damaged: checksum mismatch: blake3 is <hash>, must be <hash> (XX001)
count
0
