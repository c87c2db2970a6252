# AS OF SYSTEM TIME of BACKUP and RESTORE takes every form of an instant, and nothing else. What could go wrong: an instant in the future
# or below what is kept that is taken for now.
> CREATE DATABASE bank
> CREATE TABLE bank.t (k INT PRIMARY KEY)
> INSERT INTO bank.t VALUES (1)
advance 100
> INSERT INTO bank.t VALUES (2)
> BACKUP bank.t TO 'nodelocal:///1' AS OF SYSTEM TIME '-10s'
> BACKUP bank.t TO 'nodelocal:///2' AS OF SYSTEM TIME INTERVAL '-1m'
> BACKUP bank.t TO 'nodelocal:///3' AS OF SYSTEM TIME '-1m' WITH revision_history
> BACKUP bank.t TO 'nodelocal:///4'
> BACKUP bank.t TO 'nodelocal:///5' AS OF SYSTEM TIME '-30s'::INTERVAL - INTERVAL '30s'
> BACKUP bank.t TO 'nodelocal:///6' AS OF SYSTEM TIME '-00:01:00'
> BACKUP bank.t TO 'nodelocal:///7' AS OF SYSTEM TIME '-' || '1m' WITH revision_history
> SELECT rows FROM [SHOW BACKUP 'nodelocal:///1', 'nodelocal:///2', 'nodelocal:///3', 'nodelocal:///4', 'nodelocal:///5', 'nodelocal:///6', 'nodelocal:///7'] WHERE "table" = 't'
---
CREATE DATABASE
CREATE TABLE
INSERT 0 1
INSERT 0 1
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 1 | 0 | 1 | 26
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 1 | 0 | 1 | 26
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 1 | 0 | 1 | 26
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 2 | 0 | 1 | 36
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 1 | 0 | 1 | 26
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 1 | 0 | 1 | 26
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 1 | 0 | 1 | 26
rows
1
1
1
2
1
1
1

!> BACKUP bank.t TO 'nodelocal:///x' AS OF SYSTEM TIME 'xxx'
!> BACKUP bank.t TO 'nodelocal:///x' AS OF SYSTEM TIME 0
!> BACKUP bank.t TO 'nodelocal:///x' AS OF SYSTEM TIME '0'
!> BACKUP bank.t TO 'nodelocal:///x' AS OF SYSTEM TIME '10s'
!> BACKUP bank.t TO 'nodelocal:///x' AS OF SYSTEM TIME '2200-01-01'
!> BACKUP bank.t TO 'nodelocal:///x' AS OF SYSTEM TIME '1.12345678901'
!> BACKUP bank.t TO 'nodelocal:///x' AS OF SYSTEM TIME 1e40
!> BACKUP bank.t TO 'nodelocal:///x' AS OF SYSTEM TIME '1969-12-31'
!> BACKUP bank.t TO 'nodelocal:///x' AS OF SYSTEM TIME '-2h'
!> BACKUP bank.t TO 'nodelocal:///x' AS OF SYSTEM TIME now()
!> BACKUP bank.t TO 'nodelocal:///x' AS OF SYSTEM TIME now() - INTERVAL '1m'
!> BACKUP bank.t TO 'nodelocal:///x' AS OF SYSTEM TIME '1m'::INTERVAL * 2
!> BACKUP bank.t TO 'nodelocal:///x' AS OF SYSTEM TIME NULL || 'x'
!> BACKUP bank.t TO 'nodelocal:///x' AS OF SYSTEM TIME follower_read_timestamp()
!> BACKUP bank.t TO 'nodelocal:///x' AS OF SYSTEM TIME with_max_staleness('10s')
!> RESTORE bank.t FROM 'nodelocal:///1' AS OF SYSTEM TIME '10s'
!> RESTORE bank.t FROM 'nodelocal:///1' AS OF SYSTEM TIME 'xxx'
---
Error: ERROR:  AS OF SYSTEM TIME: value is neither timestamp nor decimal (22023)
Error: ERROR:  AS OF SYSTEM TIME: zero timestamp is invalid (22023)
Error: ERROR:  AS OF SYSTEM TIME: zero timestamp is invalid (22023)
Error: ERROR:  AS OF SYSTEM TIME: cannot specify timestamp in the future (22023)
Error: ERROR:  AS OF SYSTEM TIME: cannot specify timestamp in the future (22023)
Error: ERROR:  AS OF SYSTEM TIME: logical part has too many digits (22023)
Error: ERROR:  AS OF SYSTEM TIME: value out of range (22023)
Error: ERROR:  batch timestamp 0.0000000000 must be after GC threshold <decimal> of the catalog: name a later AS OF SYSTEM TIME (55000)
Error: ERROR:  table "bank.t" does not exist (42P01)
HINT:  a backup holds what there was at its end; SHOW TABLES FROM a database shows what there is now
Error: ERROR:  AS OF SYSTEM TIME: only constant expressions are allowed, got now() (22023)
Error: ERROR:  AS OF SYSTEM TIME: only constant expressions are allowed, got now() - INTERVAL '1m' (22023)
Error: ERROR:  AS OF SYSTEM TIME: cannot specify timestamp in the future (22023)
Error: ERROR:  AS OF SYSTEM TIME: expected timestamp, got unknown (NULL) (22023)
Error: ERROR:  follower_read_timestamp() in AS OF SYSTEM TIME is not supported yet (0A000)
Error: ERROR:  with_max_staleness() in AS OF SYSTEM TIME is not supported yet (0A000)
Error: ERROR:  AS OF SYSTEM TIME: cannot specify timestamp in the future (22023)
Error: ERROR:  AS OF SYSTEM TIME: value is neither timestamp nor decimal (22023)
