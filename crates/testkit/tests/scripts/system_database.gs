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

# A view of the users reads those that are there, unless their copy is restored with it.
> CREATE VIEW d.names AS SELECT username FROM system.users
> BACKUP DATABASE d TO 'nodelocal:///d'
> CREATE USER late
> RESTORE DATABASE d FROM 'nodelocal:///d' WITH new_db_name = 'd2'
> SELECT * FROM d2.names ORDER BY username
> CREATE DATABASE into
> RESTORE d.names, system.users FROM 'nodelocal:///d' WITH into_db = 'into'
> SELECT * FROM into.names ORDER BY username
> CREATE DATABASE d3
> RESTORE d.names FROM 'nodelocal:///d' WITH into_db = 'd3', skip_missing_views
> SHOW CREATE VIEW d3.names
> DROP VIEW d2.names
> DROP DATABASE into CASCADE
> DROP DATABASE d3 CASCADE
---
CREATE VIEW
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 0 | 0 | 1 | 16
CREATE USER
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 0 | 0 | 1 | 16
username
late
root
CREATE DATABASE
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 1 | 0 | 1 | 16
username
root
CREATE DATABASE
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 0 | 0 | 1 | 16
table_name | create_statement
names | CREATE VIEW names (username) AS SELECT username FROM system.public.users
DROP VIEW
DROP DATABASE
DROP DATABASE
