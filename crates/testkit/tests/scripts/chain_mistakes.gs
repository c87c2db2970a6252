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

# Restoring.
!> RESTORE DATABASE bank FROM 'nodelocal:///inc1' WITH new_db_name = 'b'
!> RESTORE DATABASE bank FROM 'nodelocal:///full', 'nodelocal:///inc2' WITH new_db_name = 'b'
!> RESTORE DATABASE bank FROM 'nodelocal:///inc1', 'nodelocal:///full' WITH new_db_name = 'b'
!> RESTORE DATABASE bank FROM 'nodelocal:///full', 'nodelocal:///inc1', 'nodelocal:///inc1' WITH new_db_name = 'b'
!> RESTORE DATABASE bank FROM 'nodelocal:///full', 'nodelocal:///nowhere' WITH new_db_name = 'b'
---

# None of these left a job.
> SELECT count(*) FROM [SHOW JOBS] WHERE status <> 'succeeded'
---

# A store that the chain is not of.
fresh
> CREATE DATABASE bank
!> BACKUP DATABASE bank TO 'nodelocal:///x' INCREMENTAL FROM 'nodelocal:///full'
> RESTORE DATABASE bank FROM 'nodelocal:///full', 'nodelocal:///inc1' WITH new_db_name = 'b'
> SELECT * FROM b.t
---
