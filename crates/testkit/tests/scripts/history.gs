# With revision history every state in the window comes back: rows, deleted ones too, a table that was dropped inside the window,
# one that was created later, columns and names as they were.
> CREATE DATABASE bank
> CREATE TABLE bank.t (k INT PRIMARY KEY, v STRING)
> CREATE TABLE bank.dropped (k INT PRIMARY KEY)
> INSERT INTO bank.t VALUES (1, 'first'), (2, 'stays')
> INSERT INTO bank.dropped VALUES (1)
> BACKUP DATABASE bank TO 'nodelocal:///full'
---
CREATE DATABASE
CREATE TABLE
CREATE TABLE
INSERT 0 2
INSERT 0 1
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 3 | 0 | 1 | 60

advance 100
> UPDATE bank.t SET v = 'second' WHERE k = 1
> DELETE FROM bank.t WHERE k = 2
advance 100
> DROP TABLE bank.dropped
> ALTER TABLE bank.t ADD COLUMN w INT DEFAULT 5
> INSERT INTO bank.t VALUES (3, 'third', 6)
advance 100
> ALTER TABLE bank.t RENAME TO bank.u
> CREATE TABLE bank.late (k INT PRIMARY KEY)
advance 100
> INSERT INTO bank.late VALUES (1)
> BACKUP DATABASE bank TO 'nodelocal:///inc' INCREMENTAL FROM 'nodelocal:///full' WITH revision_history
> SHOW BACKUP 'nodelocal:///inc'
---
UPDATE 1
DELETE 1
DROP TABLE
ALTER TABLE
INSERT 0 1
ALTER TABLE
CREATE TABLE
INSERT 0 1
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 4 | 0 | 1 | 73
database | table | start_time | end_time | size_bytes | rows | object_type | backup_type | revision_history | fingerprint
bank | dropped | <start_time> | <end_time> | 0 | 0 | table | incremental | t | 731b1177062021e8321de803c52aca4d
bank | late | <start_time> | <end_time> | 10 | 1 | table | incremental | t | 731b1177062021e8321de803c52aca4d
bank | u | <start_time> | <end_time> | 47 | 3 | table | incremental | t | dde223a3154fa87bcda9f0de64c536b1
system | users | <start_time> | <end_time> | 16 | 1 | table | incremental | t | 3d0218d168356cc21fb74951017594ce

> RESTORE DATABASE bank FROM 'nodelocal:///full', 'nodelocal:///inc' AS OF SYSTEM TIME '-350s' WITH new_db_name = 'a350'
> RESTORE DATABASE bank FROM 'nodelocal:///full', 'nodelocal:///inc' AS OF SYSTEM TIME '-250s' WITH new_db_name = 'a250'
> RESTORE DATABASE bank FROM 'nodelocal:///full', 'nodelocal:///inc' AS OF SYSTEM TIME '-150s' WITH new_db_name = 'a150'
> RESTORE DATABASE bank FROM 'nodelocal:///full', 'nodelocal:///inc' AS OF SYSTEM TIME '-50s' WITH new_db_name = 'a50'
> SHOW TABLES FROM a350
> SELECT * FROM a350.t ORDER BY k
> SHOW TABLES FROM a250
> SELECT * FROM a250.t ORDER BY k
> SELECT * FROM a250.dropped
> SHOW TABLES FROM a150
> SELECT * FROM a150.t ORDER BY k
> SHOW TABLES FROM a50
> SELECT * FROM a50.u ORDER BY k
---
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 3 | 0 | 1 | 60
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 2 | 0 | 1 | 44
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 2 | 0 | 1 | 55
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 2 | 0 | 1 | 55
schema_name | table_name | type
public | dropped | table
public | t | table
k | v
1 | first
2 | stays
schema_name | table_name | type
public | dropped | table
public | t | table
k | v
1 | second
k
1
schema_name | table_name | type
public | t | table
k | v | w
1 | second | 5
3 | third | 6
schema_name | table_name | type
public | late | table
public | u | table
k | v | w
1 | second | 5
3 | third | 6

# The dropped table alone, from before its drop; at the end there is no such table.
> CREATE DATABASE inspect
> RESTORE bank.dropped FROM 'nodelocal:///full', 'nodelocal:///inc' AS OF SYSTEM TIME '-250s' WITH into_db = 'inspect'
> SELECT * FROM inspect.dropped
!> RESTORE bank.dropped FROM 'nodelocal:///full', 'nodelocal:///inc' WITH into_db = 'inspect'
!> RESTORE bank.u FROM 'nodelocal:///full', 'nodelocal:///inc' AS OF SYSTEM TIME '-250s' WITH into_db = 'inspect'
---
CREATE DATABASE
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 1 | 0 | 1 | 26
k
1
Error: ERROR:  table "bank.dropped" does not exist (42P01)
HINT:  SHOW BACKUP shows what a backup holds at its end
Error: ERROR:  table "bank.u" does not exist (42P01)
HINT:  SHOW BACKUP shows what a backup holds at its end

# A full backup with history stands alone.
> BACKUP DATABASE bank TO 'nodelocal:///whole' WITH revision_history
> RESTORE DATABASE bank FROM 'nodelocal:///whole' AS OF SYSTEM TIME '-250s' WITH new_db_name = 'w250'
> SELECT * FROM w250.t ORDER BY k
> SHOW TABLES FROM w250
---
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 7 | 0 | 1 | 117
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 2 | 0 | 1 | 44
k | v
1 | second
schema_name | table_name | type
public | dropped | table
public | t | table

# A list names tables by what they are called at some instant of the window; what belongs to it does so before a TRUNCATE and a rename, too.
> CREATE TABLE bank.counted (k INT PRIMARY KEY)
> INSERT INTO bank.counted VALUES (1), (2)
> BACKUP TABLE bank.counted TO 'nodelocal:///list'
advance 100
> INSERT INTO bank.counted VALUES (3)
advance 100
> TRUNCATE bank.counted
> INSERT INTO bank.counted VALUES (4)
advance 100
> ALTER TABLE bank.counted RENAME TO bank.recounted
> BACKUP TABLE bank.recounted TO 'nodelocal:///list1' INCREMENTAL FROM 'nodelocal:///list' WITH revision_history
> RESTORE bank.counted FROM 'nodelocal:///list', 'nodelocal:///list1' AS OF SYSTEM TIME '-150s' WITH into_db = 'inspect'
> SELECT * FROM inspect.counted ORDER BY k
> RESTORE bank.recounted FROM 'nodelocal:///list', 'nodelocal:///list1' WITH into_db = 'inspect'
> SELECT * FROM inspect.recounted
---
CREATE TABLE
INSERT 0 2
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 2 | 0 | 1 | 36
INSERT 0 1
TRUNCATE
INSERT 0 1
ALTER TABLE
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 2 | 0 | 1 | 36
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 3 | 0 | 1 | 46
k
1
2
3
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 1 | 0 | 1 | 26
k
4

# Another table had the listed name for a while: that the layer before has not got it is no reason to refuse, and it comes back from that time.
> CREATE TABLE bank.a (k INT PRIMARY KEY)
> INSERT INTO bank.a VALUES (1)
> BACKUP TABLE bank.a TO 'nodelocal:///name'
advance 100
> CREATE TABLE bank.b (k INT PRIMARY KEY)
> INSERT INTO bank.b VALUES (7)
advance 100
> DROP TABLE bank.b
> ALTER TABLE bank.a RENAME TO bank.b
> INSERT INTO bank.b VALUES (2)
> BACKUP TABLE bank.b TO 'nodelocal:///name1' INCREMENTAL FROM 'nodelocal:///name' WITH revision_history
> RESTORE bank.b FROM 'nodelocal:///name', 'nodelocal:///name1' WITH into_db = 'inspect'
> SELECT * FROM inspect.b ORDER BY k
> DROP TABLE inspect.b
> RESTORE bank.b FROM 'nodelocal:///name', 'nodelocal:///name1' AS OF SYSTEM TIME '-50s' WITH into_db = 'inspect'
> SELECT * FROM inspect.b
---
CREATE TABLE
INSERT 0 1
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 1 | 0 | 1 | 26
CREATE TABLE
INSERT 0 1
DROP TABLE
ALTER TABLE
INSERT 0 1
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 2 | 0 | 1 | 36
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 2 | 0 | 1 | 36
k
1
2
DROP TABLE
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 1 | 0 | 1 | 26
k
7

# A column that was dropped and added again has its old values under another name in the files, whatever other columns are called.
> CREATE DATABASE addresses
> CREATE TABLE addresses.adr (id INT PRIMARY KEY, address STRING, address_2 STRING)
> INSERT INTO addresses.adr VALUES (1, 'old', 'second')
> BACKUP DATABASE addresses TO 'nodelocal:///adr0' WITH revision_history
advance 100
> ALTER TABLE addresses.adr DROP COLUMN address
> ALTER TABLE addresses.adr ADD COLUMN address VARCHAR(100)
> UPDATE addresses.adr SET address = 'new'
> BACKUP DATABASE addresses TO 'nodelocal:///adr1' INCREMENTAL FROM 'nodelocal:///adr0' WITH revision_history
> RESTORE DATABASE addresses FROM 'nodelocal:///adr0', 'nodelocal:///adr1' WITH new_db_name = 'adr_now'
> RESTORE DATABASE addresses FROM 'nodelocal:///adr0', 'nodelocal:///adr1' AS OF SYSTEM TIME '-50s' WITH new_db_name = 'adr_then'
> SELECT * FROM adr_now.adr
> SELECT * FROM adr_then.adr
---
CREATE DATABASE
CREATE TABLE
INSERT 0 1
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 1 | 0 | 1 | 39
ALTER TABLE
ALTER TABLE
UPDATE 1
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 1 | 0 | 1 | 39
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 1 | 0 | 1 | 39
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 1 | 0 | 1 | 39
id | address_2 | address
1 | second | new
id | address | address_2
1 | old | second

# How often a sequence or a user was written does not count.
> CREATE SEQUENCE addresses.s MAXVALUE 20
> SELECT nextval('addresses.s')
> SELECT nextval('addresses.s')
> CREATE USER carl WITH PASSWORD 'one'
> ALTER USER carl WITH PASSWORD 'two'
> ALTER USER carl WITH PASSWORD 'three'
> BACKUP DATABASE addresses TO 'nodelocal:///counted' WITH revision_history
> SELECT "table", rows FROM [SHOW BACKUP 'nodelocal:///counted']
> SELECT count(*) FROM system.users
---
CREATE SEQUENCE
nextval
1
nextval
2
CREATE USER
ALTER USER
ALTER USER
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 3 | 0 | 2 | 557
table | rows
adr | 2
s | 1
users | 2
count
2
