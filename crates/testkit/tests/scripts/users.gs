# A name that is no user's must be refused, a user with rights must not vanish, and what was backed up of users must come back
# as users who can log in. Passwords never show.
> CREATE USER amy PASSWORD 'one'
> CREATE USER IF NOT EXISTS "AMY"
!> CREATE USER amy
!> CREATE USER "a b"
!> CREATE USER public
!> CREATE USER root
!> CREATE USER bob PASSWORD ''
!> CREATE ROLE boss
> CREATE USER bob
> SHOW USERS
> ALTER USER bob WITH PASSWORD 'two'
> ALTER USER IF EXISTS eve PASSWORD 'three'
!> ALTER USER eve PASSWORD 'three'
> SELECT username, substring("hashedPassword"::STRING, 1, 19) AS form FROM system.users ORDER BY username
> ALTER USER amy PASSWORD NULL
> SELECT username, "hashedPassword" IS NULL AS none FROM system.users ORDER BY username
---
CREATE USER
NOTICE:  user amy already exists, skipping
CREATE USER
Error: ERROR:  user amy already exists (42710)
Error: ERROR:  "a b" cannot be a user's name: it begins with a letter or underscore, and goes on with letters, digits, underscores, dashes and points (42602)
Error: ERROR:  "public" cannot be a user's name: it is reserved (42602)
Error: ERROR:  user root already exists (42710)
Error: ERROR:  empty passwords are not permitted (28P01)
Error: ERROR:  CREATE ROLE is not supported yet (0A000)
CREATE USER
username
amy
bob
root
ALTER USER
NOTICE:  user eve does not exist, skipping
ALTER USER
Error: ERROR:  user eve does not exist (42704)
username | form
amy | \x534352414d2d53484
bob | \x534352414d2d53484
root | NULL
ALTER USER
username | none
amy | t
bob | f
root | t

# A user without rights, and what only root may do.
amy: login amy
amy:> SELECT current_user, session_user
amy:> SHOW is_superuser
amy:!> SELECT * FROM system.users
amy:!> CREATE USER carl
amy:!> ALTER USER amy PASSWORD 'mine'
amy:!> DROP USER bob
amy:!> CREATE DATABASE mine
amy:!> BACKUP DATABASE defaultdb TO 'nodelocal:///a'
amy:!> RESTORE DATABASE defaultdb FROM 'nodelocal:///a'
amy:!> SHOW BACKUP 'nodelocal:///a'
amy:!> SET CLUSTER SETTING feature.backup.enabled = false
amy:!> SHOW CLUSTER SETTING feature.backup.enabled
amy:!> ALTER RANGE default CONFIGURE ZONE USING gc.ttlseconds = 60
amy:!> SHOW ZONE CONFIGURATION FOR RANGE default
amy:! login eve
---
amy: current_user | session_user
amy: amy | amy
amy: is_superuser
amy: off
amy: Error: ERROR:  user amy does not have SELECT privilege on relation users (42501)
amy: Error: ERROR:  only superusers are allowed to CREATE USER (42501)
amy: Error: ERROR:  only superusers are allowed to ALTER USER (42501)
amy: Error: ERROR:  only superusers are allowed to DROP USER (42501)
amy: Error: ERROR:  only superusers are allowed to CREATE DATABASE (42501)
amy: Error: ERROR:  only superusers are allowed to BACKUP (42501)
amy: Error: ERROR:  only superusers are allowed to RESTORE (42501)
amy: Error: ERROR:  only superusers are allowed to SHOW BACKUP (42501)
amy: Error: ERROR:  only superusers are allowed to SET CLUSTER SETTING (42501)
amy: Error: ERROR:  only superusers are allowed to SHOW CLUSTER SETTINGS (42501)
amy: Error: ERROR:  only superusers are allowed to CONFIGURE ZONE (42501)
amy: Error: ERROR:  only superusers are allowed to SHOW ZONE CONFIGURATION (42501)
amy: Error: FATAL:  user eve does not exist (28000)

# Dropping.
> CREATE DATABASE shop
> CREATE TABLE shop.t (k INT PRIMARY KEY)
> GRANT SELECT ON shop.t TO amy
> GRANT CREATE ON DATABASE shop TO amy
!> DROP USER amy
!> DROP USER root
!> DROP USER eve
> DROP USER IF EXISTS eve, bob
> REVOKE ALL ON shop.t FROM amy
> REVOKE ALL ON DATABASE shop FROM amy
> DROP USER amy
> SHOW USERS
---
CREATE DATABASE
CREATE TABLE
GRANT
GRANT
Error: ERROR:  cannot drop user amy: grants still exist on database shop, shop.t (2BP01)
HINT:  REVOKE ALL ON … FROM amy
Error: ERROR:  cannot drop user root: the system requires it (2BP01)
Error: ERROR:  user eve does not exist (42704)
NOTICE:  user eve does not exist, skipping
DROP USER
REVOKE
REVOKE
DROP USER
username
root

# Users come back from a backup of anything: they are restored beside, and then inserted.
> CREATE USER amy PASSWORD 'one'
> CREATE USER bob
> BACKUP DATABASE shop TO 'nodelocal:///shop'
fresh
> CREATE DATABASE restored
> RESTORE system.users FROM 'nodelocal:///shop' WITH into_db = 'restored'
!> INSERT INTO system.users SELECT * FROM restored.users
> INSERT INTO system.users SELECT * FROM restored.users WHERE username <> 'root'
> SHOW USERS
> SELECT count(*) FROM system.users AS now JOIN restored.users AS then ON now."hashedPassword" = then."hashedPassword"
amy: login amy
amy:> SELECT current_user
---
CREATE USER
CREATE USER
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 0 | 0 | 3 | 181
CREATE DATABASE
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 3 | 0 | 3 | 181
Error: ERROR:  duplicate key value violates unique constraint "users_pkey" (23505)
DETAIL:  Key (username)=(root) already exists.
INSERT 0 2
username
amy
bob
root
count
1
amy: current_user
amy: amy

# The table of users is written by hand to bring users back. What could go wrong: root is gone, a name that nobody could log in with, a
# password in the clear, rights that wait for whoever is called so next.
!> DELETE FROM system.users WHERE username = 'root'
!> DELETE FROM system.users
!> UPDATE system.users SET username = 'boss' WHERE username = 'root'
!> INSERT INTO system.users VALUES ('', NULL)
!> INSERT INTO system.users VALUES ('Bad Name!', NULL)
!> INSERT INTO system.users VALUES ('UPPER', NULL)
!> INSERT INTO system.users VALUES ('public', NULL)
!> INSERT INTO system.users VALUES ('carl', 'plaintext')
!> UPSERT INTO system.users VALUES ('amy', 'plaintext')
!> INSERT INTO system.users VALUES ('amy', NULL) ON CONFLICT (username) DO UPDATE SET username = 'Amy 2'
!> UPDATE system.users SET "hashedPassword" = 'SCRAM-SHA-256$4096' WHERE username = 'amy'
> SHOW USERS
> CREATE DATABASE evt
> GRANT SELECT ON DATABASE evt TO amy
!> DELETE FROM system.users WHERE username = 'amy'
!> UPDATE system.users SET username = 'zoe' WHERE username = 'amy'
> UPDATE system.users SET "hashedPassword" = NULL WHERE username = 'amy'
> UPDATE system.users SET "hashedPassword" = (SELECT "hashedPassword" FROM restored.users WHERE username = 'amy') WHERE username IN ('amy', 'root')
> REVOKE SELECT ON DATABASE evt FROM amy
> UPDATE system.users SET username = 'zoe' WHERE username = 'amy'
> DELETE FROM system.users WHERE username IN ('zoe', 'bob')
> SHOW USERS
---
Error: ERROR:  cannot drop user root: the system requires it (2BP01)
Error: ERROR:  cannot drop user root: the system requires it (2BP01)
Error: ERROR:  cannot drop user root: the system requires it (2BP01)
Error: ERROR:  "" cannot be a user's name: it begins with a letter or underscore, and goes on with letters, digits, underscores, dashes and points (42602)
Error: ERROR:  "Bad Name!" cannot be a user's name: it has no upper-case letters (42602)
Error: ERROR:  "UPPER" cannot be a user's name: it has no upper-case letters (42602)
Error: ERROR:  "public" cannot be a user's name: it is reserved (42602)
Error: ERROR:  "hashedPassword" of user carl must be NULL or a SCRAM-SHA-256 verifier (28P01)
HINT:  CREATE USER and ALTER USER … WITH PASSWORD make one of a password
Error: ERROR:  "hashedPassword" of user amy must be NULL or a SCRAM-SHA-256 verifier (28P01)
HINT:  CREATE USER and ALTER USER … WITH PASSWORD make one of a password
Error: ERROR:  "Amy 2" cannot be a user's name: it has no upper-case letters (42602)
Error: ERROR:  "hashedPassword" of user amy must be NULL or a SCRAM-SHA-256 verifier (28P01)
HINT:  CREATE USER and ALTER USER … WITH PASSWORD make one of a password
username
amy
bob
root
CREATE DATABASE
GRANT
Error: ERROR:  cannot drop user amy: grants still exist on database evt (2BP01)
HINT:  REVOKE ALL ON … FROM amy
Error: ERROR:  cannot drop user amy: grants still exist on database evt (2BP01)
HINT:  REVOKE ALL ON … FROM amy
UPDATE 1
UPDATE 2
REVOKE
UPDATE 1
DELETE 2
username
root
