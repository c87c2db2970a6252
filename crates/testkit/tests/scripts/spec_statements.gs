# The nine statements of the specification's section 2, as they stand there, on the day that they name. What could go wrong: a clause that is not read
# where it stands, a chain of plain and history layers that cannot be restored to an instant inside the last one.
> CREATE DATABASE bank
> CREATE TABLE bank.customers (id INT PRIMARY KEY, name STRING NOT NULL)
> CREATE TABLE bank.accounts (id INT PRIMARY KEY, customer INT REFERENCES bank.customers (id), balance DECIMAL(18, 2) NOT NULL)
> CREATE DATABASE inspect
advance 28080000
> INSERT INTO bank.customers VALUES (1, 'Ada'), (2, 'Bob')
> INSERT INTO bank.accounts VALUES (10, 1, 100.00), (20, 2, 50.00)
advance 3600
> BACKUP bank.customers TO 'nodelocal:///w13-customers' AS OF SYSTEM TIME '-10s'
> BACKUP bank.customers, bank.accounts TO 'nodelocal:///w13-two' AS OF SYSTEM TIME '-10s'
> BACKUP DATABASE bank TO 'nodelocal:///w13' AS OF SYSTEM TIME '-10s'
> BACKUP DATABASE bank TO 'nodelocal:///w13h' AS OF SYSTEM TIME '-10s' WITH revision_history
> UPDATE bank.accounts SET balance = 90.00 WHERE id = 10
advance 3600
> BACKUP DATABASE bank TO 'nodelocal:///d14' AS OF SYSTEM TIME '-10s' INCREMENTAL FROM 'nodelocal:///w13'
> DELETE FROM bank.accounts WHERE id = 20
advance 29701
> SELECT now()
> UPDATE bank.accounts SET balance = 80.00 WHERE id = 10
> DROP TABLE bank.accounts
> UPDATE bank.customers SET name = 'Eve' WHERE id = 2
advance 3600
> BACKUP DATABASE bank TO 'nodelocal:///d15' AS OF SYSTEM TIME '-10s' INCREMENTAL FROM 'nodelocal:///w13', 'nodelocal:///d14'
> BACKUP DATABASE bank TO 'nodelocal:///d15h' AS OF SYSTEM TIME '-10s' INCREMENTAL FROM 'nodelocal:///w13', 'nodelocal:///d14' WITH revision_history
---
CREATE DATABASE
CREATE TABLE
CREATE TABLE
CREATE DATABASE
INSERT 0 2
INSERT 0 2
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 2 | 0 | 1 | 46
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 4 | 2 | 1 | 76
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 4 | 2 | 1 | 76
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 4 | 2 | 1 | 76
UPDATE 1
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 1 | 1 | 1 | 31
DELETE 1
now
2026-11-22 10:15:01+00
UPDATE 1
DROP TABLE
UPDATE 1
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 1 | 0 | 1 | 31
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 3 | 2 | 1 | 56

> RESTORE bank.customers FROM 'nodelocal:///w13' WITH into_db = 'inspect'
> SELECT * FROM inspect.customers ORDER BY id
> SELECT * FROM bank.customers ORDER BY id
> SHOW TABLES FROM bank
---
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 2 | 0 | 1 | 46
id | name
1 | Ada
2 | Bob
id | name
1 | Ada
2 | Eve
schema_name | table_name | type
public | customers | table

# A quarter past ten, a second before the mishap: the table is back, and what was deleted before is not.
> DROP DATABASE bank
> RESTORE DATABASE bank FROM 'nodelocal:///w13', 'nodelocal:///d14', 'nodelocal:///d15h' AS OF SYSTEM TIME '2026-11-22 10:15:00.25+00'
> SELECT * FROM bank.customers ORDER BY id
> SELECT * FROM bank.accounts ORDER BY id
---
DROP DATABASE
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 3 | 1 | 1 | 61
id | name
1 | Ada
2 | Bob
id | customer | balance
10 | 1 | 90.00

# The plain chain has only its ends.
!> RESTORE DATABASE bank FROM 'nodelocal:///w13', 'nodelocal:///d14', 'nodelocal:///d15' AS OF SYSTEM TIME '2026-11-22 10:15:00.25+00' WITH new_db_name = 'b'
> RESTORE DATABASE bank FROM 'nodelocal:///w13', 'nodelocal:///d14', 'nodelocal:///d15' WITH new_db_name = 'b'
> SHOW TABLES FROM b
---
Error: ERROR:  invalid RESTORE timestamp: restoring to arbitrary time requires that BACKUP for requested time be created with 'revision_history' option. nearest backup times are <time> (<decimal>) or <time> (<decimal>) (22023)
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 2 | 0 | 1 | 46
schema_name | table_name | type
public | customers | table
