# With revision history every state in the window comes back: rows, deleted ones too, a table that was dropped inside the window,
# one that was created later, columns and names as they were.
> CREATE DATABASE bank
> CREATE TABLE bank.t (k INT PRIMARY KEY, v STRING)
> CREATE TABLE bank.dropped (k INT PRIMARY KEY)
> INSERT INTO bank.t VALUES (1, 'first'), (2, 'stays')
> INSERT INTO bank.dropped VALUES (1)
> BACKUP DATABASE bank TO 'nodelocal:///full'
---

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
> BACKUP DATABASE bank TO 'nodelocal:///inc' INCREMENTAL FROM 'nodelocal:///full' WITH revision_history
> SHOW BACKUP 'nodelocal:///inc'
---

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

# The dropped table alone, from before its drop; at the end there is no such table.
> CREATE DATABASE inspect
> RESTORE bank.dropped FROM 'nodelocal:///full', 'nodelocal:///inc' AS OF SYSTEM TIME '-250s' WITH into_db = 'inspect'
> SELECT * FROM inspect.dropped
!> RESTORE bank.dropped FROM 'nodelocal:///full', 'nodelocal:///inc' WITH into_db = 'inspect'
!> RESTORE bank.u FROM 'nodelocal:///full', 'nodelocal:///inc' AS OF SYSTEM TIME '-250s' WITH into_db = 'inspect'
---

# A full backup with history stands alone.
> BACKUP DATABASE bank TO 'nodelocal:///whole' WITH revision_history
> RESTORE DATABASE bank FROM 'nodelocal:///whole' AS OF SYSTEM TIME '-250s' WITH new_db_name = 'w250'
> SELECT * FROM w250.t ORDER BY k
> SHOW TABLES FROM w250
---
