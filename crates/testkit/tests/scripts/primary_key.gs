# Another primary key: the same rows under another order, with every index, constraint and reference still meaning them.
> CREATE TABLE t (k INT PRIMARY KEY, a INT NOT NULL, b STRING, INDEX by_b (b))
> CREATE TABLE child (k INT PRIMARY KEY, t INT REFERENCES t (k))
> INSERT INTO t VALUES (1, 30, 'x'), (2, 20, 'y'), (3, 10, NULL)
> INSERT INTO child VALUES (1, 1)
> ALTER TABLE t ALTER PRIMARY KEY USING COLUMNS (a DESC)
> SELECT * FROM t
> SELECT * FROM t WHERE b = 'y'
> SELECT * FROM t WHERE k = 3
!> INSERT INTO t VALUES (4, 30, 'z')
!> INSERT INTO t VALUES (1, 40, 'z')
!> DELETE FROM t WHERE k = 1
!> INSERT INTO child VALUES (2, 9)
> INSERT INTO t VALUES (9, 9, 'z')
> INSERT INTO child VALUES (2, 9)
> SHOW CREATE TABLE t
> SHOW CREATE TABLE child
---

# A key that cannot be leaves everything as it was.
!> ALTER TABLE t ALTER PRIMARY KEY USING COLUMNS (b)
> UPDATE t SET b = 'z'
!> ALTER TABLE t ALTER PRIMARY KEY USING COLUMNS (b)
!> ALTER TABLE t ALTER PRIMARY KEY USING COLUMNS (missing)
!> ALTER TABLE t ADD PRIMARY KEY (b)
> SELECT * FROM t
> SHOW CREATE TABLE t
> SELECT type, status, error FROM [SHOW JOBS]
---

# A foreign key that leans on the old key forbids it to go.
!> ALTER TABLE child DROP CONSTRAINT child_pkey
> CREATE TABLE grandchild (k INT PRIMARY KEY, c INT REFERENCES child (k))
!> ALTER TABLE child DROP CONSTRAINT child_pkey, ADD CONSTRAINT other PRIMARY KEY (t, k)
> ALTER TABLE grandchild DROP CONSTRAINT grandchild_c_fkey
> ALTER TABLE child DROP CONSTRAINT child_pkey, ADD CONSTRAINT other PRIMARY KEY (t, k)
> SELECT * FROM child
> SHOW CREATE TABLE child
---

# A table that declared no key gets one; the row id is gone.
> CREATE TABLE h (a INT, b INT)
> INSERT INTO h VALUES (2, 1), (1, 2)
> ALTER TABLE h ADD CONSTRAINT h_key PRIMARY KEY (a)
> SELECT * FROM h
> INSERT INTO h VALUES (3, 3)
!> INSERT INTO h VALUES (3, 3)
> SHOW CREATE TABLE h
> SHOW COLUMNS FROM h
---

# On an empty table at once, also inside a transaction.
> CREATE TABLE e (a INT, b INT NOT NULL)
> BEGIN
> ALTER TABLE e ADD PRIMARY KEY (b, a)
> INSERT INTO e VALUES (1, 2)
> COMMIT
> SHOW CREATE TABLE e
> BEGIN
!> ALTER TABLE e ALTER PRIMARY KEY USING COLUMNS (a)
> ROLLBACK
---

# A backup takes the new key's table as it is.
> BACKUP TABLE t, child TO 'nodelocal:///keys'
> CREATE DATABASE back
> RESTORE TABLE t, child FROM 'nodelocal:///keys' WITH into_db = 'back'
> SELECT * FROM back.t
> SHOW CREATE TABLE back.t
---
