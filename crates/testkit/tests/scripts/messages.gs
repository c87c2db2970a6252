# What is refused says which object or location is wrong, by name, and what to do. What could go wrong: an id instead of a name, one mistake
# named and the next one found only at the next try, a code that a program cannot act on.
> CREATE DATABASE bank
> CREATE DATABASE shop
> CREATE SEQUENCE shop.numbers
> CREATE TABLE bank.customers (id INT PRIMARY KEY)
> CREATE TABLE bank.orders (id INT PRIMARY KEY, customer INT REFERENCES bank.customers (id), number INT DEFAULT nextval('shop.numbers'))
> CREATE VIEW shop.early AS SELECT id FROM bank.orders
> INSERT INTO bank.customers VALUES (1)
> BACKUP DATABASE bank, shop TO 'nodelocal:///all'
> BACKUP bank.orders, shop.early TO 'nodelocal:///list'
---
CREATE DATABASE
CREATE DATABASE
CREATE SEQUENCE
CREATE TABLE
CREATE TABLE
CREATE VIEW
INSERT 0 1
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 2 | 0 | 1 | 40
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 0 | 0 | 1 | 16

# Names.
!> BACKUP DATABASE nowhere TO 'nodelocal:///x'
!> BACKUP bank.nothing TO 'nodelocal:///x'
!> BACKUP nowhere.* TO 'nodelocal:///x'
!> RESTORE bank.nothing, bank.neither FROM 'nodelocal:///all'
!> RESTORE nowhere.* FROM 'nodelocal:///all'
!> RESTORE DATABASE nowhere, neither FROM 'nodelocal:///all'
!> RESTORE DATABASE bank FROM 'nodelocal:///all'
!> RESTORE DATABASE bank, shop FROM 'nodelocal:///all'
!> RESTORE bank.* FROM 'nodelocal:///all'
!> RESTORE bank.*, shop.* FROM 'nodelocal:///all' WITH into_db = 'nowhere'
> CREATE TABLE shop.customers (id INT PRIMARY KEY)
> BACKUP bank.customers, shop.customers TO 'nodelocal:///same'
> CREATE DATABASE one
!> RESTORE bank.customers, shop.customers FROM 'nodelocal:///same' WITH into_db = 'one'
!> RESTORE DATABASE bank FROM 'nodelocal:///all' WITH into_db = 'shop'
!> RESTORE DATABASE bank, shop FROM 'nodelocal:///all' WITH new_db_name = 'x'
!> RESTORE bank.* FROM 'nodelocal:///all' WITH new_db_name = 'x'
!> RESTORE DATABASE bank FROM 'nodelocal:///list' WITH new_db_name = 'x'
!> RESTORE bank.* FROM 'nodelocal:///list'
> CREATE DATABASE empty
> BACKUP empty.* TO 'nodelocal:///empty'
!> RESTORE empty.* FROM 'nodelocal:///empty'
---
Error: ERROR:  unknown database "nowhere" (3D000)
HINT:  a backup holds what there was at its end; SHOW TABLES FROM a database shows what there is now
Error: ERROR:  table "bank.nothing" does not exist (42P01)
HINT:  a backup holds what there was at its end; SHOW TABLES FROM a database shows what there is now
Error: ERROR:  "nowhere.*" does not match any valid database or schema (3D000)
HINT:  a backup holds what there was at its end; SHOW TABLES FROM a database shows what there is now
Error: ERROR:  tables "bank.nothing", "bank.neither" do not exist (42P01)
HINT:  SHOW BACKUP shows what a backup holds at its end
Error: ERROR:  "nowhere.*" does not match any valid database or schema (3D000)
HINT:  SHOW BACKUP shows what a backup holds at its end
Error: ERROR:  unknown databases "nowhere", "neither" (3D000)
HINT:  SHOW BACKUP shows what a backup holds at its end
Error: ERROR:  cannot restore table "bank.orders" without referenced sequence "shop.numbers" (or "skip_missing_sequences" option) (2BP01)
HINT:  name them all in one RESTORE
Error: ERROR:  database "bank" already exists; database "shop" already exists (42P04)
HINT:  drop or rename it, or give the restored one another name with the new_db_name option
Error: ERROR:  cannot restore table "bank.orders" without referenced sequence "shop.numbers" (or "skip_missing_sequences" option) (2BP01)
HINT:  name them all in one RESTORE
Error: ERROR:  a database named "nowhere" needs to exist to restore table "customers"; a database named "nowhere" needs to exist to restore table "orders"; a database named "nowhere" needs to exist to restore table "early"; a database named "nowhere" needs to exist to restore table "numbers" (3D000)
HINT:  create it first, or choose another with the into_db option
CREATE TABLE
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 1 | 0 | 1 | 26
CREATE DATABASE
Error: ERROR:  relation "customers" already exists: bank.customers and shop.customers would both have this name (42P07)
HINT:  drop or rename it, or restore into another database with the into_db option
Error: ERROR:  cannot use "into_db" option when restoring database(s) (22023)
Error: ERROR:  new_db_name can only be used for RESTORE DATABASE with a single target database (22023)
Error: ERROR:  new_db_name can only be used for RESTORE DATABASE with a single target database (22023)
Error: ERROR:  cannot RESTORE DATABASE from a backup of individual tables (use SHOW BACKUP to determine available tables) (22023)
Error: ERROR:  cannot RESTORE bank.* from a backup of individual tables (use SHOW BACKUP to determine available tables) (22023)
CREATE DATABASE
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 0 | 0 | 1 | 16
Error: ERROR:  no tables found: empty.* (42P01)
HINT:  SHOW BACKUP shows what a backup holds at its end

# Dependencies: with the names that they have, in the backup or not.
> CREATE DATABASE part
!> RESTORE bank.orders, shop.early FROM 'nodelocal:///list' WITH into_db = 'part'
!> RESTORE bank.orders FROM 'nodelocal:///list' WITH into_db = 'part'
!> RESTORE shop.early FROM 'nodelocal:///all' WITH into_db = 'part'
!> RESTORE DATABASE shop FROM 'nodelocal:///all' WITH new_db_name = 'shop2'
> RESTORE bank.orders FROM 'nodelocal:///list' WITH into_db = 'part', skip_missing_foreign_keys, skip_missing_sequences
> INSERT INTO part.orders VALUES (1, 5)
---
CREATE DATABASE
Error: ERROR:  cannot restore table "bank.orders" without referenced table "bank.customers" (or "skip_missing_foreign_keys" option); cannot restore table "bank.orders" without referenced sequence "shop.numbers" (or "skip_missing_sequences" option) (2BP01)
HINT:  name them all in one RESTORE
Error: ERROR:  cannot restore table "bank.orders" without referenced table "bank.customers" (or "skip_missing_foreign_keys" option); cannot restore table "bank.orders" without referenced sequence "shop.numbers" (or "skip_missing_sequences" option) (2BP01)
HINT:  name them all in one RESTORE
Error: ERROR:  cannot restore view "shop.early" without restoring referenced table "bank.orders" (or "skip_missing_views" option) (2BP01)
HINT:  name them all in one RESTORE
Error: ERROR:  cannot restore view "shop.early" without restoring referenced table "bank.orders" (or "skip_missing_views" option) (2BP01)
HINT:  name them all in one RESTORE
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 0 | 0 | 1 | 16
INSERT 0 1

# Locations.
!> BACKUP bank.customers TO ''
!> BACKUP bank.customers TO 'somewhere'
!> BACKUP bank.customers TO 'ftp://host/x'
!> BACKUP bank.customers TO 'nodelocal:///../x'
!> BACKUP bank.customers TO 'nodelocal://1/x'
!> BACKUP bank.customers TO 'nodelocal://'
!> BACKUP bank.customers TO 's3://bucket/x?AWS_SECRET_ACCESS_KEY=secret'
!> BACKUP bank.customers TO 'azure://container/x?AZURE_ACCOUNT_KEY=secret'
!> BACKUP bank.customers TO 'gs://bucket/x?AUTH=secret'
!> BACKUP bank.customers TO 'nodelocal:///all'
!> BACKUP bank.customers TO 'nodelocal:///x' INCREMENTAL FROM 'nodelocal:///nowhere'
!> RESTORE bank.customers FROM 'nodelocal:///nowhere'
---
Error: ERROR:  unsupported storage scheme: "" (22023)
HINT:  a location is a URL that begins with nodelocal://, s3://, azure://, gs://, http:// or https://
Error: ERROR:  unsupported storage scheme: "" (22023)
HINT:  a location is a URL that begins with nodelocal://, s3://, azure://, gs://, http:// or https://
Error: ERROR:  unsupported storage scheme: "ftp" (22023)
HINT:  a location is a URL that begins with nodelocal://, s3://, azure://, gs://, http:// or https://
Error: ERROR:  local file access to paths outside of external-io-dir is not allowed: nodelocal:///../x (42501)
Error: ERROR:  nodelocal does not support hosts: nodelocal://1/x (22023)
Error: ERROR:  local storage requested but path not provided (22023)
Error: ERROR:  s3 uri missing "AWS_ACCESS_KEY_ID" parameter (22023)
Error: ERROR:  azure uri missing "AZURE_ACCOUNT_NAME" parameter (22023)
Error: ERROR:  unsupported value "secret" for AUTH (22023)
Error: ERROR:  nodelocal:///all already contains a backup: choose another destination (58P02)
Error: ERROR:  failed to read backup from "nodelocal:///nowhere": nodelocal:///nowhere does not contain a backup: it has no manifest.json (58P01)
HINT:  one that is under way, or was broken off, is none yet: SHOW JOBS
Error: ERROR:  failed to read backup descriptor: nodelocal:///nowhere does not contain a backup: it has no manifest.json (58P01)
HINT:  one that is under way, or was broken off, is none yet: SHOW JOBS

# Nothing of this left a job.
> SELECT count(*) FROM [SHOW JOBS] WHERE status <> 'succeeded'
---
count
0

# Another database of the name; a database that is being filled; an interleaved child; NULL where a text is needed; a SHOW in a view.
> CREATE DATABASE again
> CREATE TABLE again.t (a INT PRIMARY KEY)
> CREATE VIEW again.v AS SELECT a FROM again.t
> BACKUP DATABASE again TO 'nodelocal:///again'
> DROP DATABASE again CASCADE
> CREATE DATABASE again
> CREATE TABLE again.u (a INT PRIMARY KEY)
!> BACKUP DATABASE again TO 'nodelocal:///again2' INCREMENTAL FROM 'nodelocal:///again'
> BEGIN
> RESTORE DATABASE again FROM 'nodelocal:///again' WITH new_db_name = 'filled', detached
> PAUSE JOB <job_id>
> COMMIT
!> CREATE DATABASE filled
!> RESTORE again.t FROM 'nodelocal:///again' WITH into_db = 'filled'
> CANCEL JOB <job_id>
> CREATE TABLE again.parent (a INT PRIMARY KEY)
> CREATE TABLE again.child (a INT, b INT, PRIMARY KEY (a, b)) INTERLEAVE IN PARENT again.parent (a)
!> TRUNCATE again.parent
!> RESTORE again.t FROM 'nodelocal:///again' WITH into_db = NULL
!> CREATE VIEW jobs AS SELECT * FROM [SHOW JOBS]
> RESTORE again.v FROM 'nodelocal:///again' WITH skip_missing_views
---
CREATE DATABASE
CREATE TABLE
CREATE VIEW
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 0 | 0 | 1 | 16
DROP DATABASE
CREATE DATABASE
CREATE TABLE
Error: ERROR:  previous backup does not contain the complete database "again": the one that it has is another database of that name, dropped or renamed since; make a new full backup, or leave the database out (22023)
BEGIN
job_id
<job_id>
PAUSE JOB
COMMIT
Error: ERROR:  database "filled" is offline: restoring (55006)
HINT:  wait for the job that fills it, or cancel that: SHOW JOBS
Error: ERROR:  database "filled", which table "t" is to go to, is offline: restoring (55006)
HINT:  wait for the job that fills it, or cancel that: SHOW JOBS
CANCEL JOB
CREATE TABLE
CREATE TABLE
Error: ERROR:  cannot truncate a table that another one is interleaved in (0A000)
DETAIL:  Table "child" is interleaved in "parent".
HINT:  truncate table "child" at the same time, or use TRUNCATE ... CASCADE
Error: ERROR:  option "into_db" requires a value of type string (42804)
Error: ERROR:  [SHOW …] in a view is not supported yet (0A000)
NOTICE:  view again.v is left out: it reads what is not restored
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 0 | 0 | 1 | 16
