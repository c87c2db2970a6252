# A setting that does nothing must not be accepted, a value out of range must be refused with the range, and what is set must be in
# force at once and after a restart.
> SHOW ALL CLUSTER SETTINGS
> SHOW CLUSTER SETTING kv.transaction.max_commit_bytes
> SET CLUSTER SETTING kv.transaction.max_commit_bytes = '8MiB'
> SHOW CLUSTER SETTING KV.transaction.max_commit_bytes
!> SET CLUSTER SETTING kv.transaction.max_commit_bytes = '1KiB'
!> SET CLUSTER SETTING kv.transaction.max_commit_bytes = '1TiB'
!> SET CLUSTER SETTING kv.transaction.max_commit_bytes = lots
!> SET CLUSTER SETTING kv.bulk_io_write.max_rate = '1MiB'
!> SET CLUSTER SETTING no.such = 1
!> SHOW CLUSTER SETTING no.such
!> SHOW CLUSTER SETTING cloudstorage.write.chunk_size
> CREATE TABLE t (k INT PRIMARY KEY, v STRING)
!> INSERT INTO t SELECT n, repeat('x', 2000000) FROM generate_series(1, 5) AS n
restart
!> INSERT INTO t SELECT n, repeat('x', 2000000) FROM generate_series(1, 5) AS n
> RESET CLUSTER SETTING kv.transaction.max_commit_bytes
> INSERT INTO t SELECT n, repeat('x', 2000000) FROM generate_series(1, 5) AS n
> SET CLUSTER SETTING server.user_login.min_password_length = 8
!> CREATE USER amy PASSWORD 'short'
> CREATE USER amy PASSWORD 'long enough'
> SET CLUSTER SETTING server.user_login.min_password_length TO DEFAULT
> SET CLUSTER SETTING feature.backup.enabled = off
!> BACKUP TABLE t TO 'nodelocal:///t'
> SET CLUSTER SETTING feature.backup.enabled = on
> BACKUP TABLE t TO 'nodelocal:///t'
> SET CLUSTER SETTING feature.restore.enabled = 'false'
!> RESTORE TABLE t FROM 'nodelocal:///t'
> BEGIN
!> SET CLUSTER SETTING feature.restore.enabled = true
> ROLLBACK
---
name | current_value | type | description
cloudstorage.gs.default.key |  | s | the JSON key of the service account for gs URLs
cloudstorage.http.custom_ca |  | s | certificates (PEM) that are trusted beside the system's, for https URLs and for services with an endpoint
cloudstorage.timeout | 10m0s | d | how long one request to a storage location may take
feature.backup.enabled | true | b | whether BACKUP may be run
feature.restore.enabled | true | b | whether RESTORE may be run
kv.transaction.max_commit_bytes | 256 MiB | z | the most bytes of keys and values that one transaction may write
server.user_login.min_password_length | 1 | i | the fewest characters of a new password
kv.transaction.max_commit_bytes
256 MiB
SET CLUSTER SETTING
kv.transaction.max_commit_bytes
8 MiB
Error: ERROR:  cluster setting 'kv.transaction.max_commit_bytes': '1KiB' is not between 8 MiB and 256 MiB (22023)
Error: ERROR:  cluster setting 'kv.transaction.max_commit_bytes': '1TiB' is not between 8 MiB and 256 MiB (22023)
Error: ERROR:  cluster setting 'kv.transaction.max_commit_bytes': 'lots' is not between 8 MiB and 256 MiB (22023)
Error: ERROR:  cluster setting 'kv.bulk_io_write.max_rate' is not supported yet (0A000)
Error: ERROR:  unknown cluster setting 'no.such' (42704)
Error: ERROR:  unknown setting: "no.such" (42704)
Error: ERROR:  cluster setting 'cloudstorage.write.chunk_size' is not supported yet (0A000)
CREATE TABLE
Error: ERROR:  transaction of 10000070 bytes is larger than the limit of 8388608 bytes (54000)
HINT:  use several smaller transactions
Error: ERROR:  transaction of 10000070 bytes is larger than the limit of 8388608 bytes (54000)
HINT:  use several smaller transactions
SET CLUSTER SETTING
INSERT 0 5
SET CLUSTER SETTING
Error: ERROR:  password too short: it must have at least 8 characters (28P01)
CREATE USER
SET CLUSTER SETTING
SET CLUSTER SETTING
Error: ERROR:  feature BACKUP was disabled by the database administrator (0A000)
HINT:  SET CLUSTER SETTING feature.backup.enabled = true
SET CLUSTER SETTING
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 5 | 0 | 2 | 10000236
SET CLUSTER SETTING
Error: ERROR:  feature RESTORE was disabled by the database administrator (0A000)
HINT:  SET CLUSTER SETTING feature.restore.enabled = true
BEGIN
Error: ERROR:  SET CLUSTER SETTING cannot be used inside a transaction (25001)
ROLLBACK

# Session settings: what has no effect is refused, what has one has it.
> SHOW client_min_messages
> SET client_min_messages = warning
> DROP TABLE IF EXISTS nothing
> SET client_min_messages = DEFAULT
> DROP TABLE IF EXISTS nothing
!> SET client_min_messages = loud
!> SET extra_float_digits = 0
> SET extra_float_digits = 3
> SET LOCAL application_name = 'x'
> SET application_name = 'x'
> SHOW application_name
> RESET application_name
> SHOW application_name
!> SET search_path = elsewhere
!> SET TIME ZONE 'Mars/Olympus'
!> SET no_such_setting = 1
!> SET server_version = '1'
---
client_min_messages
notice
SET
DROP TABLE
SET
NOTICE:  table "nothing" does not exist, skipping
DROP TABLE
Error: ERROR:  invalid value for parameter "client_min_messages": "loud" (22023)
HINT:  one of debug5, debug4, debug3, debug2, debug1, log, notice, warning, error
Error: ERROR:  extra_float_digits = '0' is not supported yet (0A000)
SET
WARNING:  SET LOCAL can only be used in transaction blocks
SET
SET
application_name
x
RESET
application_name
cairn sql
Error: ERROR:  search_path = 'elsewhere' is not supported yet (0A000)
Error: ERROR:  invalid value for parameter "TimeZone": "Mars/Olympus" (22023)
HINT:  a name such as Europe/Berlin, or hours east of Greenwich
Error: ERROR:  unrecognized configuration parameter "no_such_setting" (42704)
Error: ERROR:  parameter "server_version" cannot be changed (55000)

# What storage is reached with. A key must not be seen again, nor what was given for one; a certificate that nobody can read must not
# wait for the first backup to be found out.
> SHOW CLUSTER SETTING cloudstorage.timeout
> SET CLUSTER SETTING cloudstorage.timeout = '90s'
> SHOW CLUSTER SETTING cloudstorage.timeout
!> SET CLUSTER SETTING cloudstorage.timeout = '0s'
!> SET CLUSTER SETTING cloudstorage.timeout = '2 days'
> RESET CLUSTER SETTING cloudstorage.timeout
!> SET CLUSTER SETTING cloudstorage.http.custom_ca = 'no certificate'
> SET CLUSTER SETTING cloudstorage.http.custom_ca = ''
!> SET CLUSTER SETTING cloudstorage.gs.default.key = '{"private_key": "CANARY"}'
!> SET CLUSTER SETTING cloudstorage.gs.default.key = 'CAN' || 'ARY'
> SET CLUSTER SETTING cloudstorage.gs.default.key = ''
> SHOW CLUSTER SETTING cloudstorage.gs.default.key
> CREATE TABLE k (k INT PRIMARY KEY)
!> BACKUP TABLE k TO 'gs://bucket/k?AUTH=default'
!> BACKUP TABLE k TO 'external://bucket/k'
!> BACKUP TABLE k TO 'userfile:///k'
---
> cloudstorage.timeout
> 10m0s
> SET CLUSTER SETTING
> cloudstorage.timeout
> 1m30s
> Error: ERROR:  cluster setting 'cloudstorage.timeout': '0s' is not between 1s and 24h0m0s (22023)
> Error: ERROR:  cluster setting 'cloudstorage.timeout': '2 days' is not between 1s and 24h0m0s (22023)
> SET CLUSTER SETTING
> Error: ERROR:  failed to parse root CA certificate from "cloudstorage.http.custom_ca": give certificates in PEM, from BEGIN to END (22023)
> SET CLUSTER SETTING
> Error: ERROR:  cloudstorage.gs.default.key takes the JSON text of a service account's key (22023)
> Error: ERROR:  a cluster setting's value that is no text is not supported yet (0A000)
> SET CLUSTER SETTING
> cloudstorage.gs.default.key
> 
> CREATE TABLE
> Error: ERROR:  expected settings value for cloudstorage.gs.default.key: SET CLUSTER SETTING cloudstorage.gs.default.key = '…', the JSON text of a service account's key (22023)
> Error: ERROR:  external://: storage scheme "external" is not supported yet (0A000)
> Error: ERROR:  userfile://: storage scheme "userfile" is not supported yet (0A000)
