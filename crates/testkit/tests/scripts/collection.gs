# Old versions go after gc.ttlseconds, and what a living BACKUP has yet to read stays. What could go wrong: an incremental that goes on from
# what is gone and lacks what was deleted since, a job under way that meets the end of its past, protection that outlives its job.
> CREATE DATABASE bank
> CREATE TABLE bank.t (k INT PRIMARY KEY, v STRING)
> INSERT INTO bank.t VALUES (1, 'one'), (2, 'two')
> BACKUP DATABASE bank TO 'nodelocal:///full'
advance 80000
> DELETE FROM bank.t WHERE k = 2
> BACKUP DATABASE bank TO 'nodelocal:///inc1' INCREMENTAL FROM 'nodelocal:///full'
---
CREATE DATABASE
CREATE TABLE
INSERT 0 2
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 2 | 0 | 1 | 46
DELETE 1
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 1 | 0 | 1 | 26

# A day later the last base is still inside the time that is kept; the first one is not.
advance 80000
tidy
!> BACKUP DATABASE bank TO 'nodelocal:///late' INCREMENTAL FROM 'nodelocal:///full'
!> BACKUP DATABASE bank TO 'nodelocal:///late' INCREMENTAL FROM 'nodelocal:///full' WITH revision_history
!> BACKUP DATABASE bank TO 'nodelocal:///late' AS OF SYSTEM TIME '-100000s'
!> SELECT * FROM bank.t AS OF SYSTEM TIME '2026-01-01 16:40:00'
> BACKUP DATABASE bank TO 'nodelocal:///inc2' INCREMENTAL FROM 'nodelocal:///full', 'nodelocal:///inc1'
> SELECT type, status FROM [SHOW JOBS] ORDER BY id
---
Error: ERROR:  start timestamp <decimal> must be after replica GC threshold <decimal> of the catalog: previous backup nodelocal:///full has ended too long ago, make a new full backup (55000)
Error: ERROR:  start timestamp <decimal> must be after replica GC threshold <decimal> of the catalog: previous backup nodelocal:///full has ended too long ago, make a new full backup (55000)
Error: ERROR:  batch timestamp <decimal> must be after GC threshold <decimal> of the catalog: name a later AS OF SYSTEM TIME (55000)
Error: ERROR:  batch timestamp <decimal> must be after GC threshold <decimal> of the catalog (55000)
HINT:  read at a later time, or restore from a backup
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 0 | 0 | 1 | 16
type | status
BACKUP | succeeded
BACKUP | succeeded
BACKUP | succeeded

# The refused ones have left nothing in their destination.
[objects]> BACKUP DATABASE bank TO 'nodelocal:///late'
---
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 1 | 0 | 1 | 31
object late/data/100/1-*.parquet
object late/lock-1.json
object late/manifest.json
object late/system/users-*.parquet

# A paused BACKUP protects what it has yet to read, from the end of its base on, however long it waits, and says so.
> INSERT INTO bank.t VALUES (3, 'three')
> DELETE FROM bank.t WHERE k = 1
> BEGIN
> BACKUP DATABASE bank TO 'nodelocal:///waits' INCREMENTAL FROM 'nodelocal:///late' WITH revision_history, detached
> PAUSE JOB <job_id>
> COMMIT
> SELECT status, running_status LIKE '%protects data since 2026-01-02 20:26:40%' AS says_so FROM [SHOW JOBS] ORDER BY id DESC LIMIT 1
> DELETE FROM bank.t WHERE k = 3
advance 500000
tidy
> SELECT k FROM bank.t AS OF SYSTEM TIME '2026-01-02 20:26:41'
> RESUME JOB <job_id>
wait succeeded
> RESTORE DATABASE bank FROM 'nodelocal:///late', 'nodelocal:///waits' WITH new_db_name = 'copy'
> SELECT * FROM copy.t
---
INSERT 0 1
DELETE 1
BEGIN
job_id
<job_id>
PAUSE JOB
COMMIT
status | says_so
paused | t
DELETE 1
k
RESUME JOB
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 1 | 0 | 1 | 33
k | v
3 | three

# Its job has ended: nothing holds the past any more.
tidy
!> SELECT k FROM bank.t AS OF SYSTEM TIME '2026-01-02 20:26:41'
!> BACKUP DATABASE bank TO 'nodelocal:///later' INCREMENTAL FROM 'nodelocal:///late', 'nodelocal:///waits'
---
Error: ERROR:  batch timestamp <decimal> must be after GC threshold <decimal> of the catalog (55000)
HINT:  read at a later time, or restore from a backup
Error: ERROR:  start timestamp <decimal> must be after replica GC threshold <decimal> of the catalog: previous backup nodelocal:///waits has ended too long ago, make a new full backup (55000)

# A canceled one lets go at once.
> BEGIN
> BACKUP DATABASE bank TO 'nodelocal:///canceled' WITH detached
> PAUSE JOB <job_id>
> COMMIT
advance 500000
tidy
> SELECT count(*) FROM bank.t AS OF SYSTEM TIME '2026-01-08 15:20:01'
> CANCEL JOB <job_id>
tidy
!> SELECT count(*) FROM bank.t AS OF SYSTEM TIME '2026-01-08 15:20:01'
---
BEGIN
job_id
<job_id>
PAUSE JOB
COMMIT
count
0
CANCEL JOB
Error: ERROR:  batch timestamp <decimal> must be after GC threshold <decimal> of the catalog (55000)
HINT:  read at a later time, or restore from a backup
