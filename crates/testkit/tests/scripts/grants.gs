# A right that was not granted must be missing in every statement, one that was must be enough, and the lists show what there is.
> CREATE USER amy
> CREATE USER bob
> CREATE DATABASE shop
> CREATE TABLE shop.orders (id INT PRIMARY KEY, total INT)
> INSERT INTO shop.orders VALUES (1, 10), (2, 20)
> GRANT SELECT, UPDATE ON shop.orders TO amy
> GRANT CREATE ON DATABASE shop TO amy, bob
> SHOW GRANTS
> SHOW GRANTS ON DATABASE shop FOR bob
> SHOW GRANTS ON shop.*
!> GRANT SELECT ON shop.orders TO eve
!> GRANT SELECT ON shop.nothing TO amy
!> GRANT FLY ON shop.orders TO amy
!> GRANT TRUNCATE ON shop.orders TO amy
!> GRANT SELECT ON shop.orders TO public
!> GRANT boss TO amy
!> GRANT SELECT ON system.users TO amy
!> GRANT SELECT ON DATABASE system TO amy
!> REVOKE ALL ON shop.orders FROM root
> GRANT ALL ON shop.orders TO root
---
CREATE USER
CREATE USER
CREATE DATABASE
CREATE TABLE
INSERT 0 2
GRANT
GRANT
database_name | schema_name | relation_name | grantee | privilege_type
shop | NULL | NULL | amy | CREATE
shop | NULL | NULL | bob | CREATE
shop | public | orders | amy | SELECT
shop | public | orders | amy | UPDATE
database_name | schema_name | relation_name | grantee | privilege_type
shop | NULL | NULL | bob | CREATE
database_name | schema_name | relation_name | grantee | privilege_type
shop | public | orders | amy | SELECT
shop | public | orders | amy | UPDATE
Error: ERROR:  user eve does not exist (42704)
Error: ERROR:  relation "shop.nothing" does not exist (42P01)
Error: ERROR:  syntax error: FLY is no privilege (42601)
HINT:  SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, GRANT or ALL
Error: ERROR:  privilege TRUNCATE is not supported yet (0A000)
Error: ERROR:  GRANT to PUBLIC is not supported yet (0A000)
Error: ERROR:  GRANT of roles is not supported yet (0A000)
Error: ERROR:  table "users" belongs to the system and cannot be changed (42501)
Error: ERROR:  database "system" belongs to the system and cannot be changed (42501)
Error: ERROR:  nothing can be revoked from root (0LP01)
GRANT

# What amy may and may not do.
amy: login amy
amy:> SET database = shop
amy:> SELECT * FROM orders ORDER BY id
amy:> UPDATE orders SET total = total + 1 WHERE id = 1
amy:!> INSERT INTO orders VALUES (3, 30)
amy:!> DELETE FROM orders
amy:!> DROP TABLE orders
amy:!> DROP DATABASE shop
amy:!> GRANT SELECT ON orders TO bob
amy:!> REVOKE SELECT ON orders FROM bob
amy:> SELECT total FROM (SELECT * FROM orders) AS o WHERE total IN (SELECT total FROM orders) ORDER BY total
amy:> SELECT table_name FROM [SHOW TABLES]
amy:> SHOW GRANTS
---
amy: SET
amy: id | total
amy: 1 | 10
amy: 2 | 20
amy: UPDATE 1
amy: Error: ERROR:  user amy does not have INSERT privilege on relation orders (42501)
amy: Error: ERROR:  user amy does not have DELETE privilege on relation orders (42501)
amy: Error: ERROR:  user amy does not have DROP privilege on relation orders (42501)
amy: Error: ERROR:  user amy does not have DROP privilege on database shop (42501)
amy: Error: ERROR:  user amy does not have GRANT privilege on relation orders (42501)
amy: Error: ERROR:  user amy does not have GRANT privilege on relation orders (42501)
amy: total
amy: 11
amy: 20
amy: table_name
amy: orders
amy: database_name | schema_name | relation_name | grantee | privilege_type
amy: shop | NULL | NULL | amy | CREATE
amy: shop | NULL | NULL | bob | CREATE
amy: shop | public | orders | amy | SELECT
amy: shop | public | orders | amy | UPDATE

# Who makes a table may use it; the others get what they have on the database.
amy:> CREATE TABLE mine (k INT PRIMARY KEY)
amy:> INSERT INTO mine VALUES (1)
amy:> SHOW GRANTS ON mine
amy:> GRANT SELECT ON mine TO bob
bob: login bob
bob:> SELECT * FROM shop.mine
bob:!> SELECT * FROM shop.orders
bob:> SHOW TABLES FROM shop
bob:!> SHOW CREATE TABLE shop.orders
bob:!> SELECT * FROM shop.orders AS OF SYSTEM TIME '-1us'
---
amy: CREATE TABLE
amy: INSERT 0 1
amy: database_name | schema_name | relation_name | grantee | privilege_type
amy: shop | public | mine | amy | ALL
amy: shop | public | mine | bob | CREATE
amy: GRANT
bob: k
bob: 1
bob: Error: ERROR:  user bob does not have SELECT privilege on relation orders (42501)
bob: schema_name | table_name | type
bob: public | mine | table
bob: Error: ERROR:  user bob has no privileges on relation orders (42501)
bob: Error: ERROR:  user bob does not have SELECT privilege on relation orders (42501)

# A revoked right is gone at once, in the past and in prepared statements too.
amy:> PREPARE look AS SELECT count(*) FROM orders
amy:> EXECUTE look
advance 60
> REVOKE SELECT ON shop.orders FROM amy
amy:!> EXECUTE look
amy:!> SELECT * FROM orders AS OF SYSTEM TIME '-30s'
amy:!> UPDATE orders SET total = 0
> DROP TABLE shop.mine
bob:!> SELECT * FROM shop.mine AS OF SYSTEM TIME '-30s'
> SELECT has_table_privilege('amy', 'shop.orders', 'UPDATE'), has_table_privilege('amy', 'shop.orders', 'SELECT')
> SELECT has_database_privilege('bob', 'shop', 'CREATE'), has_database_privilege('bob', 'shop', 'DROP')
> SET database = shop
> SELECT datacl FROM pg_catalog.pg_database WHERE datname = 'shop'
> SELECT relname, relacl FROM pg_catalog.pg_class WHERE relname = 'orders'
> SELECT grantee, table_name, privilege_type FROM information_schema.table_privileges WHERE table_schema = 'public' ORDER BY 1, 2, 3
---
amy: PREPARE
amy: count
amy: 2
REVOKE
amy: Error: ERROR:  user amy does not have SELECT privilege on relation orders (42501)
amy: Error: ERROR:  user amy does not have SELECT privilege on relation orders (42501)
amy: Error: ERROR:  user amy does not have SELECT privilege on relation orders (42501)
DROP TABLE
bob: Error: ERROR:  user bob does not have SELECT privilege on relation mine (42501)
has_table_privilege | has_table_privilege
t | f
has_database_privilege | has_database_privilege
t | f
SET
datacl
{root=arwdDC/root,amy=C/root,bob=C/root}
relname | relacl
orders | {root=arwdDC/root,amy=w/root}
grantee | table_name | privilege_type
amy | orders | UPDATE

# What is restored takes the rights of the database it comes into.
> GRANT SELECT ON DATABASE shop TO bob
> GRANT ALL ON shop.orders TO amy
> BACKUP shop.orders TO 'nodelocal:///orders'
> DROP TABLE shop.orders
> RESTORE shop.orders FROM 'nodelocal:///orders'
> SHOW GRANTS ON shop.orders
> SELECT count(*) FROM [SHOW JOBS]
amy:> SELECT count(*) FROM [SHOW JOBS]
amy:> SELECT value FROM [SHOW ALL] WHERE variable = 'is_superuser'
---
GRANT
GRANT
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 2 | 0 | 3 | 70
DROP TABLE
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 2 | 0 | 3 | 70
database_name | schema_name | relation_name | grantee | privilege_type
shop | public | orders | amy | CREATE
shop | public | orders | bob | CREATE
shop | public | orders | bob | SELECT
count
2
amy: count
amy: 0
amy: value
amy: off

# The rights of the database are those at the restore's end: what was revoked meanwhile, or whose user was dropped, does not come back.
> CREATE DATABASE later
> CREATE USER zed
> CREATE USER gus
> GRANT SELECT ON DATABASE later TO zed, gus
> BEGIN
> RESTORE shop.orders FROM 'nodelocal:///orders' WITH into_db = 'later', detached
> PAUSE JOB <job_id>
> COMMIT
> REVOKE ALL ON DATABASE later FROM zed, gus
> DROP USER gus
> CREATE USER gus
> GRANT UPDATE ON DATABASE later TO bob
> RESUME JOB <job_id>
wait succeeded
> SHOW GRANTS ON later.orders
> DROP USER gus
---
CREATE DATABASE
CREATE USER
CREATE USER
GRANT
BEGIN
job_id
<job_id>
PAUSE JOB
COMMIT
REVOKE
DROP USER
CREATE USER
GRANT
RESUME JOB
database_name | schema_name | relation_name | grantee | privilege_type
later | public | orders | bob | UPDATE
DROP USER
