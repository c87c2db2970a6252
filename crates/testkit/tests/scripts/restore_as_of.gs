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

!> RESTORE DATABASE bank FROM 'nodelocal:///full', 'nodelocal:///inc1', 'nodelocal:///inc2' AS OF SYSTEM TIME '-50s' WITH new_db_name = 'b'
!> RESTORE DATABASE bank FROM 'nodelocal:///full', 'nodelocal:///inc1', 'nodelocal:///inc2' AS OF SYSTEM TIME '-2500s' WITH new_db_name = 'b'
!> RESTORE DATABASE bank FROM 'nodelocal:///full', 'nodelocal:///inc1', 'nodelocal:///inc2' AS OF SYSTEM TIME '-3500s' WITH new_db_name = 'b'
!> RESTORE DATABASE bank FROM 'nodelocal:///full' AS OF SYSTEM TIME '10s' WITH new_db_name = 'b'
!> RESTORE DATABASE bank FROM 'nodelocal:///full' AS OF SYSTEM TIME 'yesterday' WITH new_db_name = 'b'
---

# Inside the last layer's window, before and after the third row.
> RESTORE DATABASE bank FROM 'nodelocal:///full', 'nodelocal:///inc1', 'nodelocal:///inc2' AS OF SYSTEM TIME '-2050s' WITH new_db_name = 'before'
> RESTORE DATABASE bank FROM 'nodelocal:///full', 'nodelocal:///inc1', 'nodelocal:///inc2' AS OF SYSTEM TIME '-1500s' WITH new_db_name = 'after'
> SELECT * FROM before.t ORDER BY k
> SELECT * FROM after.t ORDER BY k
---

# A full backup with history has a beginning: before the table was there, there is no such table.
> BACKUP DATABASE bank TO 'nodelocal:///whole' WITH revision_history
> RESTORE DATABASE bank FROM 'nodelocal:///whole' AS OF SYSTEM TIME '-3500s' WITH new_db_name = 'one'
> SELECT * FROM one.t
> CREATE DATABASE inspect
!> RESTORE bank.t FROM 'nodelocal:///whole' AS OF SYSTEM TIME '-2 days' WITH into_db = 'inspect'
---
