# The first three statements of the specification's section 2, and their RESTOREs. What could go wrong: a row more
# or less than there was ten seconds ago, counts that differ between BACKUP, SHOW BACKUP and RESTORE, a name left
# taken, a backup that another store cannot read.
> CREATE DATABASE bank
> CREATE TABLE bank.customers (id INT PRIMARY KEY, name STRING NOT NULL, email STRING UNIQUE)
> CREATE TABLE bank.accounts (id INT PRIMARY KEY, customer INT NOT NULL, balance DECIMAL(18, 2) NOT NULL)
> CREATE INDEX accounts_customer ON bank.accounts (customer)
> INSERT INTO bank.customers VALUES (1, 'Ada', 'ada@example.com'), (2, 'Bob', NULL), (3, 'Cem', 'cem@example.com')
> INSERT INTO bank.accounts VALUES (10, 1, 100.00), (11, 1, 0.50), (12, 2, -20.00), (13, 3, 7.25)
---
CREATE DATABASE
CREATE TABLE
CREATE TABLE
CREATE INDEX
INSERT 0 3
INSERT 0 4

# Ten seconds later somebody goes on working; the backups are of ten seconds ago and do not hold it.
advance 20
> INSERT INTO bank.customers VALUES (4, 'Too late', NULL)
> UPDATE bank.accounts SET balance = 0 WHERE id = 10
> SELECT count(*) FROM bank.customers
---
INSERT 0 1
UPDATE 1
count
4

[objects]> BACKUP bank.customers TO 'nodelocal:///w13-customers' AS OF SYSTEM TIME '-10s'
[objects]> BACKUP bank.customers, bank.accounts TO 'nodelocal:///w13-two' AS OF SYSTEM TIME '-10s'
[objects]> BACKUP DATABASE bank TO 'nodelocal:///w13' AS OF SYSTEM TIME '-10s'
---
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 3 | 3 | 1 | 96
object w13-customers/data/100/1-*.parquet
object w13-customers/lock-1.json
object w13-customers/manifest.json
object w13-customers/system/users-*.parquet
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 7 | 7 | 1 | 155
object w13-two/data/100/1-*.parquet
object w13-two/data/101/1-*.parquet
object w13-two/lock-1.json
object w13-two/manifest.json
object w13-two/system/users-*.parquet
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 7 | 7 | 1 | 155
object w13/data/100/1-*.parquet
object w13/data/101/1-*.parquet
object w13/lock-1.json
object w13/manifest.json
object w13/system/users-*.parquet

> SHOW BACKUP 'nodelocal:///w13-customers'
> SHOW BACKUP 'nodelocal:///w13-two'
> SHOW BACKUP 'nodelocal:///w13'
---
database | table | start_time | end_time | size_bytes | rows | object_type | backup_type | revision_history | fingerprint
bank | customers | NULL | <end_time> | 80 | 3 | table | full | f | 12ac638c571c12769f37b8946d802f98
system | users | NULL | <end_time> | 16 | 1 | table | full | f | 3d0218d168356cc21fb74951017594ce
database | table | start_time | end_time | size_bytes | rows | object_type | backup_type | revision_history | fingerprint
bank | accounts | NULL | <end_time> | 59 | 4 | table | full | f | f2fe5c8e9a1c2e543b94d35dd597e0f8
bank | customers | NULL | <end_time> | 80 | 3 | table | full | f | 12ac638c571c12769f37b8946d802f98
system | users | NULL | <end_time> | 16 | 1 | table | full | f | 3d0218d168356cc21fb74951017594ce
database | table | start_time | end_time | size_bytes | rows | object_type | backup_type | revision_history | fingerprint
bank | accounts | NULL | <end_time> | 59 | 4 | table | full | f | f2fe5c8e9a1c2e543b94d35dd597e0f8
bank | customers | NULL | <end_time> | 80 | 3 | table | full | f | 12ac638c571c12769f37b8946d802f98
system | users | NULL | <end_time> | 16 | 1 | table | full | f | 3d0218d168356cc21fb74951017594ce

# A destination in use is refused, and leaves no job behind.
!> BACKUP DATABASE bank TO 'nodelocal:///w13'
> SELECT type, description, username, status, fraction_completed, error FROM [SHOW JOBS] ORDER BY description
---
Error: ERROR:  nodelocal:///w13 already contains a backup: choose another destination (58P02)
type | description | username | status | fraction_completed | error
BACKUP | BACKUP DATABASE bank TO 'nodelocal:///w13' AS OF SYSTEM TIME '-10s' | root | succeeded | 1 |
BACKUP | BACKUP TABLE bank.customers TO 'nodelocal:///w13-customers' AS OF SYSTEM TIME '-10s' | root | succeeded | 1 |
BACKUP | BACKUP TABLE bank.customers, bank.accounts TO 'nodelocal:///w13-two' AS OF SYSTEM TIME '-10s' | root | succeeded | 1 |

# One table into another database, beside the one that is still there.
> CREATE DATABASE inspect
> RESTORE bank.customers FROM 'nodelocal:///w13-customers' WITH into_db = 'inspect'
> SELECT * FROM inspect.customers ORDER BY id
> SELECT id FROM inspect.customers WHERE email = 'cem@example.com'
---
CREATE DATABASE
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 3 | 3 | 1 | 96
id | name | email
1 | Ada | ada@example.com
2 | Bob | NULL
3 | Cem | cem@example.com
id
3

# Names that are taken, or missing, are refused before any job.
!> RESTORE bank.customers FROM 'nodelocal:///w13-customers'
!> RESTORE bank.customers FROM 'nodelocal:///w13-customers' WITH into_db = 'nowhere'
!> RESTORE DATABASE bank FROM 'nodelocal:///w13'
!> RESTORE DATABASE bank FROM 'nodelocal:///w13-two'
---
Error: ERROR:  relation "customers" already exists (42P07)
HINT:  drop or rename it, or restore into another database with the into_db option
Error: ERROR:  a database named "nowhere" needs to exist to restore table "customers" (3D000)
HINT:  create it first, or choose another with the into_db option
Error: ERROR:  database "bank" already exists (42P04)
HINT:  drop or rename it, or give the restored one another name with the new_db_name option
Error: ERROR:  cannot RESTORE DATABASE from a backup of individual tables (use SHOW BACKUP to determine available tables) (22023)

# Both tables by name, after they were dropped.
> DROP TABLE bank.customers
> DROP TABLE bank.accounts
> RESTORE bank.customers, bank.accounts FROM 'nodelocal:///w13-two'
> SELECT * FROM bank.customers ORDER BY id
> SELECT * FROM bank.accounts ORDER BY id
---
DROP TABLE
DROP TABLE
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 7 | 7 | 1 | 155
id | name | email
1 | Ada | ada@example.com
2 | Bob | NULL
3 | Cem | cem@example.com
id | customer | balance
10 | 1 | 100.00
11 | 1 | 0.50
12 | 2 | -20.00
13 | 3 | 7.25

# The whole database, on another store that has never seen it.
fresh
> SHOW DATABASES
> RESTORE DATABASE bank FROM 'nodelocal:///w13'
> SHOW TABLES FROM bank
> SELECT * FROM bank.customers ORDER BY id
> SELECT * FROM bank.accounts ORDER BY id
> SELECT sum(balance) FROM bank.accounts WHERE customer = 1
> SHOW CREATE TABLE bank.accounts
---
database_name
defaultdb
postgres
system
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 7 | 7 | 1 | 155
schema_name | table_name | type
public | accounts | table
public | customers | table
id | name | email
1 | Ada | ada@example.com
2 | Bob | NULL
3 | Cem | cem@example.com
id | customer | balance
10 | 1 | 100.00
11 | 1 | 0.50
12 | 2 | -20.00
13 | 3 | 7.25
sum
100.50
table_name | create_statement
accounts | CREATE TABLE accounts (
	id INT8 NOT NULL,
	customer INT8 NOT NULL,
	balance DECIMAL(18, 2) NOT NULL,
	CONSTRAINT accounts_pkey PRIMARY KEY (id),
	INDEX accounts_customer (customer)
)

# The restored indexes are real: a unique one refuses, and a restored table is written to as any other.
!> INSERT INTO bank.customers VALUES (5, 'Eve', 'ada@example.com')
> INSERT INTO bank.customers VALUES (5, 'Eve', 'eve@example.com')
> SELECT id, name FROM bank.customers WHERE email = 'eve@example.com'
> SELECT type, status, fraction_completed FROM [SHOW JOBS]
---
Error: ERROR:  duplicate key value violates unique constraint "customers_email_key" (23505)
DETAIL:  Key (email)=(ada@example.com) already exists.
INSERT 0 1
id | name
5 | Eve
type | status | fraction_completed
RESTORE | succeeded | 1

# The users came along, and come back only when they are named.
> CREATE DATABASE people
> RESTORE system.users FROM 'nodelocal:///w13' WITH into_db = 'people'
> SELECT username FROM people.users
---
CREATE DATABASE
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 1 | 0 | 1 | 16
username
root
