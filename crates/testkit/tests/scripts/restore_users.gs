# Users from every kind of backup: beside the live ones first, then inserted. What could go wrong: a password that is lost, root's that is
# overwritten, users that were dropped before the chosen instant.
> CREATE USER amy WITH PASSWORD 'first'
> CREATE DATABASE bank
> CREATE TABLE bank.t (k INT PRIMARY KEY)
> BACKUP DATABASE bank TO 'nodelocal:///full'
> BACKUP bank.t TO 'nodelocal:///list'
advance 100
> CREATE USER bob WITH PASSWORD 'second'
> BACKUP DATABASE bank TO 'nodelocal:///inc' INCREMENTAL FROM 'nodelocal:///full'
advance 100
> DROP USER amy
advance 100
> CREATE USER cem
> BACKUP DATABASE bank TO 'nodelocal:///history' INCREMENTAL FROM 'nodelocal:///full', 'nodelocal:///inc' WITH revision_history
> BACKUP bank.t, system.users TO 'nodelocal:///whole' WITH revision_history
> SELECT "table", rows, checked FROM [SHOW BACKUP 'nodelocal:///full', 'nodelocal:///inc', 'nodelocal:///history' WITH check_files] WHERE "database" = 'system'
> SELECT "table", rows FROM [SHOW BACKUP 'nodelocal:///list', 'nodelocal:///whole'] WHERE "database" = 'system'
---
CREATE USER
CREATE DATABASE
CREATE TABLE
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 0 | 0 | 2 | 166
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 0 | 0 | 2 | 166
CREATE USER
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 0 | 0 | 3 | 316
DROP USER
CREATE USER
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 0 | 0 | 3 | 345
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 0 | 0 | 3 | 345
table | rows | checked
users | 2 | fingerprint
users | 3 | fingerprint
users | 3 | fingerprint
table | rows
users | 2
users | 3

# Inside a history: of that instant.
> CREATE DATABASE inside
> CREATE DATABASE whole
> RESTORE system.users FROM 'nodelocal:///full', 'nodelocal:///inc', 'nodelocal:///history' AS OF SYSTEM TIME '-150s' WITH into_db = 'inside'
> RESTORE system.users FROM 'nodelocal:///whole' AS OF SYSTEM TIME '-50s' WITH into_db = 'whole'
> SELECT username FROM inside.users ORDER BY 1
> SELECT username FROM whole.users ORDER BY 1
---
CREATE DATABASE
CREATE DATABASE
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 3 | 0 | 3 | 316
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 2 | 0 | 3 | 166
username
amy
bob
root
username
bob
root

# Another store, with users of its own.
fresh
> CREATE USER eve WITH PASSWORD 'mine'
> CREATE DATABASE full
> CREATE DATABASE list
> CREATE DATABASE inc
> CREATE DATABASE history
> RESTORE system.users FROM 'nodelocal:///full' WITH into_db = 'full'
> RESTORE system.users FROM 'nodelocal:///list' WITH into_db = 'list'
> RESTORE system.users FROM 'nodelocal:///full', 'nodelocal:///inc' WITH into_db = 'inc'
> RESTORE system.users FROM 'nodelocal:///full', 'nodelocal:///inc', 'nodelocal:///history' WITH into_db = 'history'
> SELECT username FROM full.users ORDER BY 1
> SELECT username FROM list.users ORDER BY 1
> SELECT username FROM inc.users ORDER BY 1
> SELECT username FROM history.users ORDER BY 1
---
CREATE USER
CREATE DATABASE
CREATE DATABASE
CREATE DATABASE
CREATE DATABASE
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 2 | 0 | 2 | 166
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 2 | 0 | 2 | 166
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 3 | 0 | 3 | 316
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 3 | 0 | 3 | 181
username
amy
root
username
amy
root
username
amy
bob
root
username
bob
cem
root

> INSERT INTO system.users SELECT * FROM full.users WHERE username <> 'root'
!> INSERT INTO system.users SELECT * FROM inc.users
> INSERT INTO system.users SELECT * FROM inc.users ON CONFLICT DO NOTHING
> SHOW USERS
> DROP TABLE full.users
amy: login amy
amy:> SELECT current_user
> RESTORE bank.t FROM 'nodelocal:///full' WITH into_db = 'full'
> GRANT SELECT ON full.t TO amy
amy:> SELECT * FROM full.t
!> RESTORE system.users FROM 'nodelocal:///full'
!> RESTORE system.* FROM 'nodelocal:///full' WITH into_db = 'full'
!> RESTORE DATABASE system FROM 'nodelocal:///full'
!> RESTORE bank.t FROM 'nodelocal:///full' WITH into_db = 'system'
---
INSERT 0 1
Error: ERROR:  duplicate key value violates unique constraint "users_pkey" (23505)
DETAIL:  Key (username)=(amy) already exists.
INSERT 0 1
username
amy
bob
eve
root
DROP TABLE
amy: current_user
amy: amy
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 0 | 0 | 2 | 166
GRANT
amy: k
Error: ERROR:  relation "users" already exists (42P07)
HINT:  drop or rename it, or restore into another database with the into_db option
Error: ERROR:  cannot RESTORE system.* from a backup of individual tables (use SHOW BACKUP to determine available tables) (22023)
Error: ERROR:  cannot RESTORE DATABASE from a backup of individual tables (use SHOW BACKUP to determine available tables) (22023)
Error: ERROR:  user root does not have CREATE privilege on database system (42501)
HINT:  choose another database with the into_db option

# Whoever may read the database must not read the users' verifiers: a copy of them is root's until root gives it away.
> CREATE DATABASE open
> GRANT SELECT ON DATABASE open TO eve
> RESTORE system.users FROM 'nodelocal:///full' WITH into_db = 'open'
> RESTORE bank.t FROM 'nodelocal:///full' WITH into_db = 'open'
> SHOW GRANTS ON open.users, open.t
eve: login eve
eve:!> SELECT * FROM open.users
eve:> SELECT * FROM open.t
> GRANT SELECT ON open.users TO eve
eve:> SELECT username FROM open.users ORDER BY 1
---
CREATE DATABASE
GRANT
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 2 | 0 | 2 | 166
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 0 | 0 | 2 | 166
database_name | schema_name | relation_name | grantee | privilege_type
open | public | t | eve | SELECT
eve: Error: ERROR:  user eve does not have SELECT privilege on relation users (42501)
eve: k
GRANT
eve: username
eve: amy
eve: root
