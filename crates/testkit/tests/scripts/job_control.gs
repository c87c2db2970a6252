# PAUSE, RESUME and CANCEL JOB. What could go wrong: a job that has ended is changed, a wrong id is taken for another
# job, the control counts although its transaction was rolled back, somebody else than root controls.
> CREATE TABLE t (k INT PRIMARY KEY)
> BACKUP TABLE t TO 'nodelocal:///t'
---
CREATE TABLE
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 0 | 0 | 1 | 16

!> PAUSE JOB 5
!> RESUME JOB 'five'
!> CANCEL JOB NULL
!> PAUSE JOB
!> PAUSE JOB 1, 2
!> CANCEL JOB 1 FROM t
!> CANCEL JOB (SELECT 1, 2)
!> SHOW JOB 5
---
Error: ERROR:  job with ID 5 does not exist (42704)
Error: ERROR:  a job's id is an INT: SHOW JOBS lists them (42804)
Error: ERROR:  a job's id must not be NULL (22023)
Error: ERROR:  syntax error at end of input: expected an expression (42601)
Error: ERROR:  syntax error at or near "1": expected a job's id (42601)
Error: ERROR:  syntax error at or near "1": expected a job's id (42601)
Error: ERROR:  subquery must return only one column (42601)
Error: ERROR:  job with ID 5 does not exist (42704)

# The words for each state; the ids differ from run to run, so they are looked up and cut off.
!> RESUME JOB (SELECT id FROM [SHOW JOBS])
!> CANCEL JOB (SELECT id FROM [SHOW JOBS])
---
Error: ERROR:  job with status succeeded cannot be resumed (55000)
Error: ERROR:  job with status succeeded cannot be canceled (55000)

# Preparing types the parameter.
> PREPARE p AS CANCEL JOB $1 + 1
!> EXECUTE p(4)
---
PREPARE
Error: ERROR:  job with ID 5 does not exist (42704)

> BEGIN
!> CANCEL JOB 5
> ROLLBACK
> SELECT type, status FROM [SHOW JOBS]
---
BEGIN
Error: ERROR:  job with ID 5 does not exist (42704)
ROLLBACK
type | status
BACKUP | succeeded

# A job that was paused in the transaction that made it has never run. It keeps its destination, and what it reads: a day later, and after
# a restart, it goes on from the instant of its statement.
> INSERT INTO t VALUES (1), (2)
> BEGIN
> BACKUP TABLE t TO 'nodelocal:///paused' WITH detached
> PAUSE JOB <job_id>
> COMMIT
> SELECT type, status, fraction_completed, error FROM [SHOW JOBS] ORDER BY id
!> BACKUP TABLE t TO 'nodelocal:///paused'
> DELETE FROM t WHERE k = 1
advance 200000
tidy
restart
tidy
> SELECT type, status FROM [SHOW JOBS] ORDER BY id
> PAUSE JOB <job_id>
> RESUME JOB <job_id>
wait succeeded
> SELECT "table", rows FROM [SHOW BACKUP 'nodelocal:///paused']
!> RESUME JOB <job_id>
!> BACKUP TABLE t TO 'nodelocal:///paused'
---
INSERT 0 2
BEGIN
job_id
<job_id>
PAUSE JOB
COMMIT
type | status | fraction_completed | error
BACKUP | succeeded | 1 |
BACKUP | paused | 0 |
Error: ERROR:  nodelocal:///paused already contains a reservation of job <job_id> (paused): wait for that job or cancel it, or choose another destination (58P02)
DELETE 1
type | status
BACKUP | succeeded
BACKUP | paused
PAUSE JOB
RESUME JOB
table | rows
t | 2
users | 1
Error: ERROR:  job with status succeeded cannot be resumed (55000)
Error: ERROR:  nodelocal:///paused already contains a backup: choose another destination (58P02)

# A control counts with its transaction, or not at all.
> BEGIN
> BACKUP TABLE t TO 'nodelocal:///canceled' WITH detached
> PAUSE JOB <job_id>
> COMMIT
> BEGIN
> CANCEL JOB <job_id>
> ROLLBACK
> SELECT status FROM [SHOW JOBS] ORDER BY id DESC LIMIT 1
> BEGIN
> CANCEL JOB <job_id>
> COMMIT
> SELECT status, error FROM [SHOW JOBS] ORDER BY id DESC LIMIT 1
> CANCEL JOB <job_id>
!> RESUME JOB <job_id>
!> PAUSE JOB <job_id>
> BACKUP TABLE t TO 'nodelocal:///canceled'
---
BEGIN
job_id
<job_id>
PAUSE JOB
COMMIT
BEGIN
CANCEL JOB
ROLLBACK
status
paused
BEGIN
CANCEL JOB
COMMIT
status | error
canceled | job canceled
CANCEL JOB
Error: ERROR:  job with status canceled cannot be resumed (55000)
Error: ERROR:  cannot pause canceled job (id <job_id>) (55000)
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 1 | 0 | 1 | 26

# A paused RESTORE holds the names that it will fill, and the database that they are in; a canceled one gives them up.
> CREATE DATABASE other
> BEGIN
> RESTORE TABLE t FROM 'nodelocal:///paused' WITH into_db = 'other', detached
> PAUSE JOB <job_id>
> COMMIT
!> CREATE TABLE other.t (k INT PRIMARY KEY)
!> SELECT * FROM other.t
!> DROP TABLE other.t
!> DROP DATABASE other
!> ALTER DATABASE other RENAME TO another
!> RESTORE TABLE t FROM 'nodelocal:///paused' WITH into_db = 'other'
> RESUME JOB <job_id>
wait succeeded
> SELECT * FROM other.t ORDER BY k
---
CREATE DATABASE
BEGIN
job_id
<job_id>
PAUSE JOB
COMMIT
Error: ERROR:  relation "t" is offline: restoring (55006)
HINT:  wait for the job that fills it, or cancel that: SHOW JOBS
Error: ERROR:  relation "t" is offline: restoring (55006)
HINT:  wait for the job that fills it, or cancel that: SHOW JOBS
Error: ERROR:  relation "t" is offline: restoring (55006)
HINT:  wait for the job that fills it, or cancel that: SHOW JOBS
Error: ERROR:  cannot drop database "other": relation "t" is offline: restoring (55006)
HINT:  wait for the job that fills it, or cancel that: SHOW JOBS
Error: ERROR:  cannot rename database "other": relation "t" is offline: restoring (55006)
HINT:  wait for the job that fills it, or cancel that: SHOW JOBS
Error: ERROR:  relation "t" already exists and is offline: restoring (55006)
HINT:  wait for the job that fills it, or cancel that: SHOW JOBS
RESUME JOB
k
1
2

> DROP TABLE other.t
> BEGIN
> RESTORE TABLE t FROM 'nodelocal:///paused' WITH into_db = 'other', detached
> PAUSE JOB <job_id>
> COMMIT
> CANCEL JOB <job_id>
> CREATE TABLE other.t (k INT PRIMARY KEY)
> SELECT type, status, error FROM [SHOW JOBS] ORDER BY id DESC LIMIT 1
---
DROP TABLE
BEGIN
job_id
<job_id>
PAUSE JOB
COMMIT
CANCEL JOB
CREATE TABLE
type | status | error
RESTORE | canceled | job canceled

# The same of a whole database.
> CREATE DATABASE d
> CREATE TABLE d.t (k INT PRIMARY KEY)
> BACKUP DATABASE d TO 'nodelocal:///d'
> BEGIN
> RESTORE DATABASE d FROM 'nodelocal:///d' WITH new_db_name = 'd2', detached
> PAUSE JOB <job_id>
> COMMIT
!> CREATE DATABASE d2
!> ALTER DATABASE d RENAME TO d2
!> DROP DATABASE d2
!> USE d2
!> SHOW TABLES FROM d2
!> RESTORE DATABASE d FROM 'nodelocal:///d' WITH new_db_name = 'd2'
> CANCEL JOB <job_id>
> RESTORE DATABASE d FROM 'nodelocal:///d' WITH new_db_name = 'd2'
> SHOW TABLES FROM d2
---
CREATE DATABASE
CREATE TABLE
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 0 | 0 | 1 | 16
BEGIN
job_id
<job_id>
PAUSE JOB
COMMIT
Error: ERROR:  database "d2" is offline: restoring (55006)
HINT:  wait for the job that fills it, or cancel that: SHOW JOBS
Error: ERROR:  database "d2" is offline: restoring (55006)
HINT:  wait for the job that fills it, or cancel that: SHOW JOBS
Error: ERROR:  database "d2" is offline: restoring (55006)
HINT:  wait for the job that fills it, or cancel that: SHOW JOBS
Error: ERROR:  database "d2" is offline: restoring (55006)
HINT:  wait for the job that fills it, or cancel that: SHOW JOBS
Error: ERROR:  database "d2" is offline: restoring (55006)
HINT:  wait for the job that fills it, or cancel that: SHOW JOBS
Error: ERROR:  database "d2" already exists and is offline: restoring (55006)
HINT:  wait for the job that fills it, or cancel that: SHOW JOBS
CANCEL JOB
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 0 | 0 | 1 | 16
schema_name | table_name | type
public | t | table

# A job's id is any expression.
> PREPARE c AS CANCEL JOB $1
!> EXECUTE c (1)
!> EXECUTE c ('2')
!> EXECUTE c (NULL)
!> CANCEL JOB '3'
!> CANCEL JOB 'three'
!> CANCEL JOB 2 + 2
!> CANCEL JOB 1.5
!> CANCEL JOB (SELECT id FROM [SHOW JOBS] WHERE false)
!> CANCEL JOB (SELECT id FROM [SHOW JOBS])
!> CANCEL JOB
!> CANCEL JOBS 1
---
PREPARE
Error: ERROR:  job with ID 1 does not exist (42704)
Error: ERROR:  job with ID 2 does not exist (42704)
Error: ERROR:  a job's id must not be NULL (22023)
Error: ERROR:  job with ID 3 does not exist (42704)
Error: ERROR:  a job's id is an INT: SHOW JOBS lists them (42804)
Error: ERROR:  job with ID 4 does not exist (42704)
Error: ERROR:  a job's id is an INT: SHOW JOBS lists them (42804)
Error: ERROR:  there is no such job: the query finds none (42704)
Error: ERROR:  the query finds 9 jobs, and one is needed (21000)
HINT:  name one of them: SHOW JOBS lists their ids
Error: ERROR:  syntax error at end of input: expected an expression (42601)
Error: ERROR:  CANCEL JOBS is not supported yet (0A000)

# Only root controls.
> CREATE USER bob
bob: login bob
bob:!> PAUSE JOB 5
bob:!> RESUME JOB 5
bob:!> CANCEL JOB 5
bob:> SELECT count(*) FROM [SHOW JOBS]
---
CREATE USER
bob: Error: ERROR:  only superusers are allowed to PAUSE JOB (42501)
bob: Error: ERROR:  only superusers are allowed to RESUME JOB (42501)
bob: Error: ERROR:  only superusers are allowed to CANCEL JOB (42501)
bob: count
bob: 0

# What each statement means is shown in its normal form.
> SELECT type, description, username, status FROM [SHOW JOBS] ORDER BY id
---
type | description | username | status
BACKUP | BACKUP TABLE t TO 'nodelocal:///t' | root | succeeded
BACKUP | BACKUP TABLE t TO 'nodelocal:///paused' WITH detached | root | succeeded
BACKUP | BACKUP TABLE t TO 'nodelocal:///canceled' WITH detached | root | canceled
BACKUP | BACKUP TABLE t TO 'nodelocal:///canceled' | root | succeeded
RESTORE | RESTORE TABLE t FROM 'nodelocal:///paused' WITH into_db = 'other', detached | root | succeeded
RESTORE | RESTORE TABLE t FROM 'nodelocal:///paused' WITH into_db = 'other', detached | root | canceled
BACKUP | BACKUP DATABASE d TO 'nodelocal:///d' | root | succeeded
RESTORE | RESTORE DATABASE d FROM 'nodelocal:///d' WITH new_db_name = 'd2', detached | root | canceled
RESTORE | RESTORE DATABASE d FROM 'nodelocal:///d' WITH new_db_name = 'd2' | root | succeeded

# Two backups of one transaction want one destination: the second is refused.
> BEGIN
> BACKUP TABLE t TO 'nodelocal:///twice' WITH detached
!> BACKUP TABLE t TO 'nodelocal:///twice' WITH detached
> ROLLBACK
---
BEGIN
job_id
<job_id>
Error: ERROR:  nodelocal:///twice already contains a reservation of job <job_id> (pending): wait for that job or cancel it, or choose another destination (58P02)
ROLLBACK

# A query that finds no job, or several.
!> PAUSE JOB (SELECT 1 WHERE false)
!> RESUME JOB (SELECT id FROM [SHOW JOBS] WHERE status = 'none such')
!> CANCEL JOB (SELECT a FROM (VALUES (1), (2)) AS t(a))
!> CANCEL JOB (SELECT NULL)
---
Error: ERROR:  there is no such job: the query finds none (42704)
Error: ERROR:  there is no such job: the query finds none (42704)
Error: ERROR:  the query finds 2 jobs, and one is needed (21000)
HINT:  name one of them: SHOW JOBS lists their ids
Error: ERROR:  a job's id must not be NULL (22023)
