# The language of BACKUP and RESTORE. What could go wrong: an option that is accepted and ignored, a later form taken for another
# statement, an error that does not say where it is.
> CREATE DATABASE bank
> CREATE TABLE bank.t (k INT PRIMARY KEY)
> CREATE TABLE bank."T 2" (k INT PRIMARY KEY)
> CREATE TABLE role (k INT PRIMARY KEY)
> INSERT INTO bank.t VALUES (1)
> CREATE DATABASE empty
---
CREATE DATABASE
CREATE TABLE
CREATE TABLE
CREATE TABLE
INSERT 0 1
CREATE DATABASE

# Targets: the word TABLE, patterns, folding, quoting, the current database, duplicates.
> BACKUP BANK.T, bank.public."T 2" TO 'nodelocal:///1'
> BACKUP TABLE bank.*, bank.t TO 'nodelocal:///2'
> BACKUP role TO 'nodelocal:///3'
> BACKUP * TO 'nodelocal:///4'
> BACKUP DATABASE bank, bank TO 'nodelocal:///5'
> BACKUP DATABASE empty TO 'nodelocal:///6'
> BACKUP empty.* TO 'nodelocal:///7'
> BACKUP system.users TO 'nodelocal:///8'
> SELECT "database", "table" FROM [SHOW BACKUP 'nodelocal:///1', 'nodelocal:///2', 'nodelocal:///3', 'nodelocal:///4', 'nodelocal:///5', 'nodelocal:///6', 'nodelocal:///7', 'nodelocal:///8']
> RESTORE DATABASE empty FROM 'nodelocal:///6' WITH new_db_name = 'empty2'
> SHOW TABLES FROM empty2
!> BACKUP bank.T2 TO 'nodelocal:///x'
!> BACKUP "BANK".t TO 'nodelocal:///x'
!> BACKUP nowhere.* TO 'nodelocal:///x'
!> BACKUP bank.nowhere.* TO 'nodelocal:///x'
!> BACKUP DATABASE bank, nowhere TO 'nodelocal:///x'
!> BACKUP DATABASE bank, TABLE bank.t TO 'nodelocal:///x'
!> BACKUP bank.t, DATABASE bank TO 'nodelocal:///x'
!> BACKUP ROLE a, b TO 'nodelocal:///x'
!> RESTORE ROLE a, b FROM 'nodelocal:///x'
!> BACKUP bank.t@t_pkey TO 'nodelocal:///x'
!> BACKUP bank.t TO 'nodelocal:///x' WHERE k = 1
---
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 1 | 0 | 1 | 26
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 1 | 0 | 1 | 26
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 0 | 0 | 1 | 16
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 0 | 0 | 1 | 16
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 1 | 0 | 1 | 26
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 0 | 0 | 1 | 16
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 0 | 0 | 1 | 16
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 0 | 0 | 1 | 16
database | table
bank | T 2
bank | t
system | users
bank | T 2
bank | t
system | users
defaultdb | role
system | users
defaultdb | role
system | users
bank | T 2
bank | t
system | users
system | users
system | users
system | users
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 0 | 0 | 1 | 16
schema_name | table_name | type
Error: ERROR:  table "bank.t2" does not exist (42P01)
HINT:  a backup holds what there was at its end; SHOW TABLES FROM a database shows what there is now
Error: ERROR:  table "BANK.t" does not exist (42P01)
HINT:  a backup holds what there was at its end; SHOW TABLES FROM a database shows what there is now
Error: ERROR:  "nowhere.*" does not match any valid database or schema (3D000)
HINT:  a backup holds what there was at its end; SHOW TABLES FROM a database shows what there is now
Error: ERROR:  "bank.nowhere.*" does not match any valid database or schema (3D000)
HINT:  a backup holds what there was at its end; SHOW TABLES FROM a database shows what there is now
Error: ERROR:  unknown database "nowhere" (3D000)
HINT:  a backup holds what there was at its end; SHOW TABLES FROM a database shows what there is now
Error: ERROR:  syntax error at or near "bank": expected TO (42601)
HINT:  try \h BACKUP
Error: ERROR:  syntax error at or near "bank": expected TO (42601)
HINT:  try \h BACKUP
Error: ERROR:  syntax error at or near "a": expected TO (42601)
HINT:  try \h BACKUP
Error: ERROR:  syntax error at or near "a": expected FROM (42601)
HINT:  try \h RESTORE
Error: ERROR:  syntax error at or near "@": expected TO (42601)
HINT:  try \h BACKUP
Error: ERROR:  syntax error at or near "WHERE": expected the end of the statement (42601)
HINT:  try \h BACKUP

# Locations: bare words and quoted identifiers are texts; placeholders.
!> BACKUP bank.t TO somewhere
!> BACKUP bank.t TO "bar.12" INCREMENTAL FROM baz
!> RESTORE bank.t FROM "bar"
> BACKUP bank.t TO "nodelocal:///9"
> PREPARE b (STRING, STRING) AS BACKUP DATABASE bank TO $1 INCREMENTAL FROM $2
> EXECUTE b('nodelocal:///10', 'nodelocal:///5')
> PREPARE r AS RESTORE DATABASE bank FROM 'nodelocal:///5', $1 WITH new_db_name = $2
> EXECUTE r('nodelocal:///10', 'bank 2')
> SELECT * FROM "bank 2".t
!> EXECUTE b(NULL, 'x')
!> PREPARE c AS BACKUP bank.t TO $1 AS OF SYSTEM TIME $2
!> BACKUP bank.t TO $1
---
Error: ERROR:  unsupported storage scheme: "" (22023)
HINT:  a location is a URL that begins with nodelocal://, s3://, azure://, gs://, http:// or https://
Error: ERROR:  unsupported storage scheme: "" (22023)
HINT:  a location is a URL that begins with nodelocal://, s3://, azure://, gs://, http:// or https://
Error: ERROR:  unsupported storage scheme: "" (22023)
HINT:  a location is a URL that begins with nodelocal://, s3://, azure://, gs://, http:// or https://
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 1 | 0 | 1 | 26
PREPARE
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 0 | 0 | 1 | 16
PREPARE
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 1 | 0 | 1 | 26
k
1
Error: ERROR:  parameter $1 must not be NULL (22023)
Error: ERROR:  syntax error at or near "$2": expected a constant: AS OF SYSTEM TIME takes no placeholder (42601)
HINT:  try \h BACKUP
Error: ERROR:  there is no parameter $1 (42P02)

# Options in both forms, keys bare or quoted; refused: unknown ones, values where none belongs, none where one does, twice.
> BACKUP bank.t TO 'nodelocal:///11' WITH revision_history
> BACKUP bank.t TO 'nodelocal:///12' WITH OPTIONS ('revision_history')
> BACKUP bank.t TO 'nodelocal:///13' WITH "revision_history"
> CREATE DATABASE data2
> RESTORE bank.t FROM 'nodelocal:///11' WITH OPTIONS ('into_db'='data2', skip_missing_views, skip_missing_sequences, skip_missing_foreign_keys)
> DROP TABLE data2.t
> RESTORE bank.t FROM 'nodelocal:///11' WITH into_db = data2
!> BACKUP bank.t TO 'nodelocal:///x' WITH nonsense
!> BACKUP bank.t TO 'nodelocal:///x' WITH revision_history = 'yes'
!> BACKUP bank.t TO 'nodelocal:///x' WITH revision_history = true
!> BACKUP bank.t TO 'nodelocal:///x' WITH revision_history, revision_history
!> BACKUP bank.t TO 'nodelocal:///x' WITH into_db = 'y'
!> RESTORE bank.t FROM 'nodelocal:///1' WITH into_db
!> RESTORE bank.t FROM 'nodelocal:///1' WITH into_db = 3
!> RESTORE bank.t FROM 'nodelocal:///1' WITH into_db = ('a', 'b')
!> RESTORE bank.t FROM 'nodelocal:///1' WITH skip_missing_views = 'x'
!> RESTORE bank.t FROM 'nodelocal:///1' WITH revision_history
!> RESTORE bank.t FROM 'nodelocal:///1' WITH OPTIONS (into_db = 'a', into_db = 'b')
!> BACKUP bank.t TO 'nodelocal:///x' INCREMENTAL FROM 'nodelocal:///1' AS OF SYSTEM TIME '-1s'
!> BACKUP bank.t TO 'nodelocal:///x' WITH revision_history AS OF SYSTEM TIME '-1s'
!> RESTORE bank.t FROM 'nodelocal:///1' INCREMENTAL FROM 'nodelocal:///2'
---
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 1 | 0 | 1 | 26
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 1 | 0 | 1 | 26
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 1 | 0 | 1 | 26
CREATE DATABASE
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 1 | 0 | 1 | 26
DROP TABLE
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 1 | 0 | 1 | 26
Error: ERROR:  invalid option "nonsense" (22023)
Error: ERROR:  option "revision_history" does not take a value (22023)
Error: ERROR:  option "revision_history" does not take a value (22023)
Error: ERROR:  revision_history option specified multiple times (42601)
HINT:  try \h BACKUP
Error: ERROR:  invalid option "into_db" (22023)
Error: ERROR:  option "into_db" requires a value (22023)
Error: ERROR:  option "into_db" requires a value of type string (42804)
Error: ERROR:  option "into_db" requires a value of type string (42804)
Error: ERROR:  option "skip_missing_views" does not take a value (22023)
Error: ERROR:  invalid option "revision_history" (22023)
Error: ERROR:  into_db option specified multiple times (42601)
HINT:  try \h RESTORE
Error: ERROR:  syntax error at or near "AS": expected the end of the statement (AS OF SYSTEM TIME comes before INCREMENTAL FROM and WITH) (42601)
HINT:  try \h BACKUP
Error: ERROR:  syntax error at or near "AS": expected the end of the statement (AS OF SYSTEM TIME comes before INCREMENTAL FROM and WITH) (42601)
HINT:  try \h BACKUP
Error: ERROR:  syntax error at or near "INCREMENTAL": expected the end of the statement (RESTORE lists the whole chain behind its one FROM) (42601)
HINT:  try \h RESTORE

# Later forms and options are known by name.
!> BACKUP TO 'nodelocal:///x'
!> RESTORE FROM 'nodelocal:///x'
!> BACKUP bank.t INTO 'nodelocal:///x'
!> BACKUP bank.t INTO LATEST IN 'nodelocal:///x'
!> BACKUP *.* TO 'nodelocal:///x'
!> RESTORE bank.t FROM LATEST IN 'nodelocal:///x'
!> RESTORE SYSTEM USERS FROM LATEST IN 'nodelocal:///x'
!> BACKUP bank.t TO ('nodelocal:///x?COCKROACH_LOCALITY=default', 'nodelocal:///y?COCKROACH_LOCALITY=region%3Dwest')
!> RESTORE bank.t FROM ('nodelocal:///x', 'nodelocal:///y')
!> BACKUP bank.t TO 'nodelocal:///x' WITH encryption_passphrase = 'secret'
!> BACKUP bank.t TO 'nodelocal:///x' WITH kms = ('aws:///secret', 'aws:///other')
!> BACKUP bank.t TO 'nodelocal:///x' WITH EXECUTION LOCALITY = 'region=x'
!> RESTORE bank.t FROM 'nodelocal:///1' WITH schema_only, verify_backup_table_data
!> RESTORE bank.t FROM 'nodelocal:///1' WITH skip_missing_sequence_owners
!> RESTORE bank.t FROM 'nodelocal:///1' WITH EXPERIMENTAL DEFERRED COPY
!> CREATE SCHEDULE nightly FOR BACKUP DATABASE bank INTO 'nodelocal:///x' RECURRING '@daily'
!> SHOW SCHEDULES
!> PAUSE SCHEDULE 1
!> ALTER BACKUP 'x' IN 'nodelocal:///x' ADD NEW_KMS = 'a' WITH OLD_KMS = 'b'
!> EXPLAIN BACKUP bank.t TO 'nodelocal:///x'
!> SHOW BACKUPS IN 'nodelocal:///x'
!> CREATE EXTERNAL CONNECTION x AS 'nodelocal:///x'
!> BACKUP bank.t TO 'external://x'
!> BACKUP bank.t TO 'userfile:///x'
!> IMPORT INTO bank.t CSV DATA ('nodelocal:///x')
---
Error: ERROR:  BACKUP of the whole cluster is not supported yet (0A000)
Error: ERROR:  RESTORE of the whole cluster is not supported yet (0A000)
Error: ERROR:  BACKUP INTO a collection is not supported yet (0A000)
Error: ERROR:  BACKUP INTO a collection is not supported yet (0A000)
Error: ERROR:  BACKUP *.* is not supported yet (0A000)
Error: ERROR:  RESTORE from a collection is not supported yet (0A000)
Error: ERROR:  RESTORE SYSTEM USERS is not supported yet (0A000)
Error: ERROR:  a list of localities as a location is not supported yet (0A000)
Error: ERROR:  a list of localities as a location is not supported yet (0A000)
Error: ERROR:  option "encryption_passphrase" is not supported yet (0A000)
Error: ERROR:  option "kms" is not supported yet (0A000)
Error: ERROR:  option "execution locality" is not supported yet (0A000)
Error: ERROR:  option "schema_only" is not supported yet (0A000)
Error: ERROR:  option "skip_missing_sequence_owners" is not supported yet (0A000)
Error: ERROR:  option "experimental deferred copy" is not supported yet (0A000)
Error: ERROR:  CREATE SCHEDULE is not supported yet (0A000)
Error: ERROR:  SHOW SCHEDULES is not supported yet (0A000)
Error: ERROR:  PAUSE SCHEDULE is not supported yet (0A000)
Error: ERROR:  ALTER BACKUP is not supported yet (0A000)
Error: ERROR:  EXPLAIN BACKUP is not supported yet (0A000)
Error: ERROR:  SHOW BACKUPS IN a collection is not supported yet (0A000)
Error: ERROR:  EXTERNAL CONNECTION is not supported yet (0A000)
Error: ERROR:  external://: storage scheme "external" is not supported yet (0A000)
Error: ERROR:  userfile://: storage scheme "userfile" is not supported yet (0A000)
Error: ERROR:  IMPORT is not supported yet (0A000)

# Who may, and when.
> BEGIN
!> BACKUP bank.t TO 'nodelocal:///x'
> ROLLBACK
> BEGIN
!> RESTORE bank.t FROM 'nodelocal:///1'
> ROLLBACK
> CREATE USER amy
amy: login amy
amy:!> BACKUP bank.t TO 'nodelocal:///x'
amy:!> RESTORE bank.t FROM 'nodelocal:///nowhere'
amy:!> BACKUP bank.t TO 'nodelocal:///x' WITH nonsense
> SELECT description FROM [SHOW JOBS] WHERE description LIKE '%/1%' ORDER BY description
> SELECT count(*) FROM [SHOW JOBS] WHERE status <> 'succeeded'
---
BEGIN
Error: ERROR:  BACKUP cannot be used inside a transaction (25001)
HINT:  BACKUP … WITH detached may be: its job begins at COMMIT
ROLLBACK
BEGIN
Error: ERROR:  RESTORE cannot be used inside a transaction (25001)
HINT:  RESTORE … WITH detached may be: its job begins at COMMIT
ROLLBACK
CREATE USER
amy: Error: ERROR:  only superusers are allowed to BACKUP (42501)
amy: Error: ERROR:  only superusers are allowed to RESTORE (42501)
amy: Error: ERROR:  invalid option "nonsense" (22023)
description
BACKUP DATABASE bank TO 'nodelocal:///10' INCREMENTAL FROM 'nodelocal:///5'
BACKUP TABLE bank.t TO 'nodelocal:///11' WITH revision_history
BACKUP TABLE bank.t TO 'nodelocal:///12' WITH revision_history
BACKUP TABLE bank.t TO 'nodelocal:///13' WITH revision_history
BACKUP TABLE bank.t, bank.public."T 2" TO 'nodelocal:///1'
RESTORE DATABASE bank FROM 'nodelocal:///5', 'nodelocal:///10' WITH new_db_name = 'bank 2'
RESTORE TABLE bank.t FROM 'nodelocal:///11' WITH into_db = 'data2'
RESTORE TABLE bank.t FROM 'nodelocal:///11' WITH into_db = 'data2', skip_missing_views, skip_missing_sequences, skip_missing_foreign_keys
count
0
