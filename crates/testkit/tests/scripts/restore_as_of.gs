# Which instants a chain can tell: the end of each layer, and inside the window of a layer with history any. All others are
# refused with the nearest that work, before there is a job; nothing is silently restored to another instant.
> CREATE DATABASE bank
> CREATE TABLE bank.t (k INT PRIMARY KEY)
> INSERT INTO bank.t VALUES (1)
advance 1000
> BACKUP DATABASE bank TO 'nodelocal:///full' AS OF SYSTEM TIME '-100s'
> INSERT INTO bank.t VALUES (2)
advance 1000
> BACKUP DATABASE bank TO 'nodelocal:///inc1' AS OF SYSTEM TIME '-100s' INCREMENTAL FROM 'nodelocal:///full'
> INSERT INTO bank.t VALUES (3)
advance 1000
> BACKUP DATABASE bank TO 'nodelocal:///inc2' AS OF SYSTEM TIME '-100s' INCREMENTAL FROM 'nodelocal:///full', 'nodelocal:///inc1' WITH revision_history
advance 1000
---
CREATE DATABASE
CREATE TABLE
INSERT 0 1
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 1 | 0 | 1 | 26
INSERT 0 1
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 1 | 0 | 1 | 26
INSERT 0 1
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 1 | 0 | 1 | 26

!> RESTORE DATABASE bank FROM 'nodelocal:///full', 'nodelocal:///inc1', 'nodelocal:///inc2' AS OF SYSTEM TIME '-50s' WITH new_db_name = 'b'
!> RESTORE DATABASE bank FROM 'nodelocal:///full', 'nodelocal:///inc1', 'nodelocal:///inc2' AS OF SYSTEM TIME '-2500s' WITH new_db_name = 'b'
!> RESTORE DATABASE bank FROM 'nodelocal:///full', 'nodelocal:///inc1', 'nodelocal:///inc2' AS OF SYSTEM TIME '-3500s' WITH new_db_name = 'b'
!> RESTORE DATABASE bank FROM 'nodelocal:///full' AS OF SYSTEM TIME '10s' WITH new_db_name = 'b'
!> RESTORE DATABASE bank FROM 'nodelocal:///full' AS OF SYSTEM TIME 'yesterday' WITH new_db_name = 'b'
---
Error: ERROR:  invalid RESTORE timestamp: supplied backups do not cover requested time. nearest backup time is <time> (<decimal>) (22023)
Error: ERROR:  invalid RESTORE timestamp: restoring to arbitrary time requires that BACKUP for requested time be created with 'revision_history' option. nearest backup times are <time> (<decimal>) or <time> (<decimal>) (22023)
Error: ERROR:  invalid RESTORE timestamp: restoring to arbitrary time requires that BACKUP for requested time be created with 'revision_history' option. nearest backup time is <time> (<decimal>) (22023)
Error: ERROR:  AS OF SYSTEM TIME: cannot specify timestamp in the future (22023)
Error: ERROR:  AS OF SYSTEM TIME: value is neither timestamp nor decimal (22023)

# Inside the last layer's window, before and after the third row.
> RESTORE DATABASE bank FROM 'nodelocal:///full', 'nodelocal:///inc1', 'nodelocal:///inc2' AS OF SYSTEM TIME '-2050s' WITH new_db_name = 'before'
> RESTORE DATABASE bank FROM 'nodelocal:///full', 'nodelocal:///inc1', 'nodelocal:///inc2' AS OF SYSTEM TIME '-1500s' WITH new_db_name = 'after'
> SELECT * FROM before.t ORDER BY k
> SELECT * FROM after.t ORDER BY k
---
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 2 | 0 | 1 | 36
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 3 | 0 | 1 | 46
k
1
2
k
1
2
3

# A full backup with history has a beginning: before the table was there, there is no such table.
> BACKUP DATABASE bank TO 'nodelocal:///whole' WITH revision_history
> RESTORE DATABASE bank FROM 'nodelocal:///whole' AS OF SYSTEM TIME '-3500s' WITH new_db_name = 'one'
> SELECT * FROM one.t
> CREATE DATABASE inspect
!> RESTORE bank.t FROM 'nodelocal:///whole' AS OF SYSTEM TIME '-2 days' WITH into_db = 'inspect'
---
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 3 | 0 | 1 | 46
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 1 | 0 | 1 | 26
k
1
CREATE DATABASE
Error: ERROR:  incompatible RESTORE timestamp (BACKUP only has revision history from <time> (<decimal>)): nodelocal:///whole tells nothing of the time before (22023)
