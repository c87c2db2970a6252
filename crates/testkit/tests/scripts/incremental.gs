# An incremental holds only what changed since the last backup listed. A delete must travel, or the row comes back from the
# dead; a table that was created, dropped, truncated or renamed in between must be as it is at the end; columns that came or
# went must be there or not; nothing changed must cost next to nothing.
> CREATE DATABASE bank
> CREATE TABLE bank.t (k INT PRIMARY KEY, v STRING, INDEX (v))
> CREATE TABLE bank.gone (k INT PRIMARY KEY)
> CREATE TABLE bank.renamed (k INT PRIMARY KEY)
> INSERT INTO bank.t VALUES (1, 'one'), (2, 'two'), (3, 'three'), (4, NULL)
> INSERT INTO bank.gone VALUES (1)
> INSERT INTO bank.renamed VALUES (7)
[objects]> BACKUP DATABASE bank TO 'nodelocal:///full'
---

# Nothing changed: the manifest, the lock and the users.
[objects]> BACKUP DATABASE bank TO 'nodelocal:///nothing' INCREMENTAL FROM 'nodelocal:///full'
---

> UPDATE bank.t SET v = 'TWO' WHERE k = 2
> DELETE FROM bank.t WHERE k = 3
> INSERT INTO bank.t VALUES (5, 'five')
> DROP TABLE bank.gone
> CREATE TABLE bank.new (k INT PRIMARY KEY, v INT)
> INSERT INTO bank.new VALUES (1, 10)
> ALTER TABLE bank.renamed RENAME TO bank.other
[objects]> BACKUP DATABASE bank TO 'nodelocal:///inc1' INCREMENTAL FROM 'nodelocal:///full', 'nodelocal:///nothing'
> SHOW BACKUP 'nodelocal:///inc1'
---

> ALTER TABLE bank.t ADD COLUMN w INT DEFAULT 9
> UPDATE bank.t SET w = NULL WHERE k = 1
> ALTER TABLE bank.new DROP COLUMN v
[objects]> BACKUP DATABASE bank TO 'nodelocal:///inc2' INCREMENTAL FROM 'nodelocal:///full', 'nodelocal:///nothing', 'nodelocal:///inc1'
---

> DROP DATABASE bank
> RESTORE DATABASE bank FROM 'nodelocal:///full', 'nodelocal:///nothing', 'nodelocal:///inc1', 'nodelocal:///inc2'
> SHOW TABLES FROM bank
> SELECT * FROM bank.t ORDER BY k
> SELECT k FROM bank.t WHERE v = 'TWO'
> SELECT * FROM bank.new
> SELECT * FROM bank.other
---

# Fewer layers: an older state.
> RESTORE DATABASE bank FROM 'nodelocal:///full', 'nodelocal:///nothing', 'nodelocal:///inc1' WITH new_db_name = 'older'
> SELECT * FROM older.t ORDER BY k
> SELECT * FROM older.new
> RESTORE DATABASE bank FROM 'nodelocal:///full' WITH new_db_name = 'oldest'
> SELECT * FROM oldest.t ORDER BY k
> SHOW TABLES FROM oldest
---

# The restored database is new to the chain.
!> BACKUP DATABASE bank TO 'nodelocal:///inc3' INCREMENTAL FROM 'nodelocal:///full', 'nodelocal:///nothing', 'nodelocal:///inc1', 'nodelocal:///inc2'
---

# Another store takes the chain as well.
fresh
> RESTORE DATABASE bank FROM 'nodelocal:///full', 'nodelocal:///nothing', 'nodelocal:///inc1', 'nodelocal:///inc2'
> SELECT * FROM bank.t ORDER BY k
---
