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
---
Error: ERROR:  job with ID 5 does not exist (42704)
Error: ERROR:  a job's id is an INT: SHOW JOBS lists them (42804)
Error: ERROR:  a job's id must not be NULL (22023)
Error: ERROR:  syntax error at end of input: expected an expression (42601)
Error: ERROR:  syntax error at or near "1": expected a job's id (42601)
Error: ERROR:  syntax error at or near "1": expected a job's id (42601)

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
