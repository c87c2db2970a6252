# The first three statements of the specification's section 2, and their RESTOREs. What could go wrong: a row more
# or less than there was ten seconds ago, counts that differ between BACKUP, SHOW BACKUP and RESTORE, a name left
# taken, a backup that another store cannot read.
> CREATE DATABASE bank
> CREATE TABLE bank.customers (id INT PRIMARY KEY, name STRING NOT NULL, email STRING, UNIQUE INDEX customers_email (email))
> CREATE TABLE bank.accounts (id INT PRIMARY KEY, customer INT NOT NULL, balance DECIMAL(18, 2) NOT NULL, INDEX accounts_customer (customer))
> INSERT INTO bank.customers VALUES (1, 'Ada', 'ada@example.com'), (2, 'Bob', NULL), (3, 'Cem', 'cem@example.com')
> INSERT INTO bank.accounts VALUES (10, 1, 100.00), (11, 1, 0.50), (12, 2, -20.00), (13, 3, 7.25)
---

# Ten seconds later somebody goes on working; the backups are of ten seconds ago and do not hold it.
advance 20
> INSERT INTO bank.customers VALUES (4, 'Too late', NULL)
> UPDATE bank.accounts SET balance = 0 WHERE id = 10
> SELECT count(*) FROM bank.customers
---

[objects]> BACKUP bank.customers TO 'nodelocal:///w13-customers' AS OF SYSTEM TIME '-10s'
[objects]> BACKUP bank.customers, bank.accounts TO 'nodelocal:///w13-two' AS OF SYSTEM TIME '-10s'
[objects]> BACKUP DATABASE bank TO 'nodelocal:///w13' AS OF SYSTEM TIME '-10s'
---

> SHOW BACKUP 'nodelocal:///w13-customers'
> SHOW BACKUP 'nodelocal:///w13-two'
> SHOW BACKUP 'nodelocal:///w13'
---

# A destination in use is refused, and leaves no job behind.
!> BACKUP DATABASE bank TO 'nodelocal:///w13'
> SELECT type, description, username, status, fraction_completed, error FROM [SHOW JOBS] ORDER BY description
---

# One table into another database, beside the one that is still there.
> CREATE DATABASE inspect
> RESTORE bank.customers FROM 'nodelocal:///w13-customers' WITH into_db = 'inspect'
> SELECT * FROM inspect.customers ORDER BY id
> SELECT id FROM inspect.customers WHERE email = 'cem@example.com'
---

# Names that are taken, or missing, are refused before any job.
!> RESTORE bank.customers FROM 'nodelocal:///w13-customers'
!> RESTORE bank.customers FROM 'nodelocal:///w13-customers' WITH into_db = 'nowhere'
!> RESTORE DATABASE bank FROM 'nodelocal:///w13'
!> RESTORE DATABASE bank FROM 'nodelocal:///w13-two'
---

# Both tables by name, after they were dropped.
> DROP TABLE bank.customers
> DROP TABLE bank.accounts
> RESTORE bank.customers, bank.accounts FROM 'nodelocal:///w13-two'
> SELECT * FROM bank.customers ORDER BY id
> SELECT * FROM bank.accounts ORDER BY id
---

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

# The restored indexes are real: a unique one refuses, and a restored table is written to as any other.
!> INSERT INTO bank.customers VALUES (5, 'Eve', 'ada@example.com')
> INSERT INTO bank.customers VALUES (5, 'Eve', 'eve@example.com')
> SELECT id, name FROM bank.customers WHERE email = 'eve@example.com'
> SELECT type, status, fraction_completed FROM [SHOW JOBS]
---

# The users came along, and come back only when they are named.
> CREATE DATABASE people
> RESTORE system.users FROM 'nodelocal:///w13' WITH into_db = 'people'
> SELECT username FROM people.users
---
