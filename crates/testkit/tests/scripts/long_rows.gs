# The longest rows, and what makes them longer. What could go wrong: a backup that cannot be restored, since what a row lacks is filled in
# there; a hint that does not help.
> CREATE DATABASE d
> CREATE TABLE d.t (k INT PRIMARY KEY, v STRING, INDEX (k))
> INSERT INTO d.t VALUES (1, 'short'), (2, repeat('a', 4194304 - 40))
> ALTER TABLE d.t ADD COLUMN w STRING DEFAULT 'a longer default than there is room for in the row'
> BACKUP DATABASE d TO 'nodelocal:///full'
> UPDATE d.t SET v = 'changed' WHERE k = 1
> BACKUP DATABASE d TO 'nodelocal:///inc' INCREMENTAL FROM 'nodelocal:///full'
> SHOW BACKUP 'nodelocal:///full', 'nodelocal:///inc' WITH check_files
> RESTORE DATABASE d FROM 'nodelocal:///full' WITH new_db_name = 'whole'
> RESTORE DATABASE d FROM 'nodelocal:///full', 'nodelocal:///inc' WITH new_db_name = 'merged'
> SELECT k, length(v), w FROM whole.t ORDER BY k
> SELECT k, length(v), w FROM merged.t ORDER BY k
> BACKUP DATABASE merged TO 'nodelocal:///again'
!> UPDATE whole.t SET v = v || 'b'
!> INSERT INTO d.t VALUES (3, repeat('a', 5000000))
> CREATE TABLE d.keys (k STRING PRIMARY KEY)
!> INSERT INTO d.keys VALUES (repeat('a', 10000))
---
CREATE DATABASE
CREATE TABLE
INSERT 0 2
ALTER TABLE
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 2 | 2 | 1 | 4194312
UPDATE 1
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 1 | 1 | 1 | 87
database | table | start_time | end_time | size_bytes | rows | object_type | backup_type | revision_history | fingerprint | file_bytes | checked
d | t | NULL | <end_time> | 4194296 | 2 | table | full | f | da6da87bc5673d0e6e3b39e11431a3ca | 636 | fingerprint
system | users | NULL | <end_time> | 16 | 1 | table | full | f | 3d0218d168356cc21fb74951017594ce | 339 | fingerprint
d | t | <start_time> | <end_time> | 71 | 1 | table | incremental | f | a23372d699ea4fe0fb1f2823c1035f90 | 790 | fingerprint
system | users | <start_time> | <end_time> | 16 | 1 | table | incremental | f | 3d0218d168356cc21fb74951017594ce | 339 | fingerprint
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 2 | 2 | 1 | 4194312
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 2 | 2 | 1 | 4194418
k | length | w
1 | 5 | a longer default than there is room for in the row
2 | 4194264 | a longer default than there is room for in the row
k | length | w
1 | 7 | a longer default than there is room for in the row
2 | 4194264 | a longer default than there is room for in the row
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 2 | 2 | 1 | 4194366
Error: ERROR:  row of 4194332 bytes is larger than the limit of 4194304 bytes (54000)
HINT:  keep long values in several rows, or outside of the database
Error: ERROR:  row of 5000067 bytes is larger than the limit of 4194304 bytes (54000)
HINT:  keep long values in several rows, or outside of the database
CREATE TABLE
Error: ERROR:  key of 10011 bytes is larger than the limit of 8192 bytes (54000)
HINT:  shorten the values of the primary key, or of the index
