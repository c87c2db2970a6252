# The system's own database. What could go wrong: somebody puts something into it, which no backup can then hold; what reads its table
# cannot be restored.
!> CREATE TABLE system.t (a INT)
!> CREATE TABLE system."../../evil" (a INT)
!> CREATE VIEW system.v AS SELECT 1 AS a
!> CREATE SEQUENCE system.s
> CREATE DATABASE d
> CREATE TABLE d.t (a INT PRIMARY KEY)
!> ALTER TABLE d.t RENAME TO system.t
> USE system
!> CREATE TABLE t (a INT)
> USE defaultdb
> SHOW TABLES FROM system
> BACKUP DATABASE system TO 'nodelocal:///system'
---
Error: ERROR:  user root does not have CREATE privilege on database system (42501)
HINT:  choose another database: this one is the system's own
Error: ERROR:  user root does not have CREATE privilege on database system (42501)
HINT:  choose another database: this one is the system's own
Error: ERROR:  user root does not have CREATE privilege on database system (42501)
HINT:  choose another database: this one is the system's own
Error: ERROR:  user root does not have CREATE privilege on database system (42501)
HINT:  choose another database: this one is the system's own
CREATE DATABASE
CREATE TABLE
Error: ERROR:  user root does not have CREATE privilege on database system (42501)
HINT:  choose another database: this one is the system's own
SET
Error: ERROR:  user root does not have CREATE privilege on database system (42501)
HINT:  choose another database: this one is the system's own
SET
schema_name | table_name | type
public | users | table
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 0 | 0 | 1 | 16
