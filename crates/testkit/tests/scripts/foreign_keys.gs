# Foreign keys. What could go wrong: an orphan, by whichever statement; a parent that cannot be deleted although nothing refers to it;
# a cascade that stops half-way, goes round for ever, or misses rows that it changes itself.
> CREATE TABLE p (id INT PRIMARY KEY, a INT, b STRING, UNIQUE (b, a))
> CREATE TABLE c (id INT PRIMARY KEY, p INT REFERENCES p, a INT, b STRING, FOREIGN KEY (a, b) REFERENCES p (a, b))
> SHOW CONSTRAINTS FROM c
> SHOW CREATE TABLE c
> INSERT INTO p VALUES (1, 1, 'one'), (2, 2, 'two'), (3, 3, NULL)
> INSERT INTO c VALUES (1, 1, 1, 'one'), (2, NULL, 2, 'two'), (3, 3, 9, NULL)
---

!> INSERT INTO c VALUES (4, 4, NULL, NULL)
!> INSERT INTO c VALUES (4, 1, 1, 'two')
!> UPSERT INTO c VALUES (1, 7, 1, 'one')
!> UPDATE c SET p = 8 WHERE id = 1
!> UPDATE c SET b = 'x' WHERE id = 2
!> DELETE FROM p WHERE id = 1
!> DELETE FROM p WHERE id = 2
!> UPDATE p SET id = 10 WHERE id = 3
!> UPDATE p SET a = 10 WHERE id = 2
> UPDATE p SET a = 10, b = 'three' WHERE id = 3
> UPDATE p SET id = 4 - id WHERE id <> 2
> SELECT * FROM p ORDER BY id
> SELECT * FROM c ORDER BY id
> DELETE FROM c WHERE id = 2
> DELETE FROM p WHERE id = 2
---

# In a transaction, rows of the transaction itself count; both sides may come and go in one.
> BEGIN
> INSERT INTO p VALUES (50, 50, 'fifty')
> INSERT INTO c VALUES (50, 50, 50, 'fifty')
!> DELETE FROM p WHERE id = 50
> ROLLBACK
> BEGIN
> INSERT INTO p VALUES (51, 51, 'x')
> INSERT INTO c VALUES (51, 51, 51, 'x')
> DELETE FROM c WHERE id = 51
> DELETE FROM p WHERE id = 51
> COMMIT
---

# What a foreign key cannot be.
!> CREATE TABLE x (a INT REFERENCES nothing)
!> CREATE TABLE x (a INT REFERENCES p (a))
!> CREATE TABLE x (a INT REFERENCES p (zz))
!> CREATE TABLE x (a STRING REFERENCES p)
!> CREATE TABLE x (a INT, b INT, FOREIGN KEY (a, b) REFERENCES p)
!> CREATE TABLE x (a INT REFERENCES p ON DELETE SET DEFAULT)
!> CREATE TABLE x (a INT REFERENCES p MATCH FULL)
!> CREATE TABLE x (a INT REFERENCES p DEFERRABLE INITIALLY DEFERRED)
> CREATE TABLE without_key (a INT)
!> CREATE TABLE x (a INT REFERENCES without_key)
!> DROP TABLE p
---

# Several levels of CASCADE, SET NULL and a computed column on the way, and RESTRICT at the end.
> CREATE TABLE l1 (id INT PRIMARY KEY)
> CREATE TABLE l2 (id INT PRIMARY KEY REFERENCES l1 ON DELETE CASCADE ON UPDATE CASCADE)
> CREATE TABLE l3 (k INT PRIMARY KEY, l2 INT REFERENCES l2 ON DELETE SET NULL ON UPDATE CASCADE, double INT AS (l2 * 2) STORED, CHECK (l2 < 100))
> CREATE TABLE l4 (k INT PRIMARY KEY, l2 INT REFERENCES l2 ON DELETE RESTRICT)
> INSERT INTO l1 VALUES (1), (2), (3)
> INSERT INTO l2 VALUES (1), (2), (3)
> INSERT INTO l3 VALUES (1, 1), (2, 2), (3, 2), (4, NULL)
> INSERT INTO l4 VALUES (1, 3)
> UPDATE l1 SET id = id + 10 WHERE id < 3
> SELECT * FROM l3 ORDER BY k
!> UPDATE l1 SET id = 200 WHERE id = 11
!> DELETE FROM l1
> DELETE FROM l1 WHERE id < 20 AND id > 10
> SELECT * FROM l1 ORDER BY id
> SELECT * FROM l2 ORDER BY id
> SELECT * FROM l3 ORDER BY k
---

# Rows that swap keys take their children along.
> CREATE TABLE sp (id INT PRIMARY KEY)
> CREATE TABLE sc (k STRING PRIMARY KEY, p INT NOT NULL REFERENCES sp ON UPDATE CASCADE ON DELETE SET NULL)
> INSERT INTO sp VALUES (1), (2)
> INSERT INTO sc VALUES ('one', 1), ('two', 2)
> UPDATE sp SET id = 3 - id
> SELECT * FROM sc ORDER BY k
!> DELETE FROM sp WHERE id = 1
---

# A table that refers to itself: a tree, a row that is its own parent, and a ring of two tables.
> CREATE TABLE tree (id INT PRIMARY KEY, parent INT REFERENCES tree (id) ON DELETE CASCADE)
> INSERT INTO tree VALUES (4, 3), (3, 2), (2, 1), (1, NULL), (10, 10), (11, 10)
!> INSERT INTO tree VALUES (20, 21)
> DELETE FROM tree WHERE id IN (2, 10)
> SELECT * FROM tree
> CREATE TABLE self (id INT PRIMARY KEY, parent INT REFERENCES self)
> INSERT INTO self VALUES (2, 1), (1, 2), (3, NULL)
!> DELETE FROM self WHERE id = 1
> DELETE FROM self
> SHOW CREATE TABLE tree
---

# A chain of 1,000 rows goes at once.
> CREATE TABLE digits (d INT PRIMARY KEY)
> INSERT INTO digits VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)
> INSERT INTO tree SELECT n, CASE WHEN n > 100 THEN n - 1 END FROM (SELECT 100 + a.d * 100 + b.d * 10 + c.d AS n FROM digits a, digits b, digits c) AS numbers
> DELETE FROM tree WHERE id = 100
> SELECT count(*) FROM tree
---

# Across databases, and from there the database cannot be dropped as if nothing referred to it: its keys go with it.
> CREATE DATABASE other
> CREATE TABLE other.far (id INT PRIMARY KEY REFERENCES p)
!> INSERT INTO other.far VALUES (99)
> INSERT INTO other.far VALUES (1)
!> DELETE FROM p WHERE id = 1
!> DROP TABLE p
> DROP DATABASE other CASCADE
> DROP TABLE c
> DROP TABLE p
> SHOW TABLES
---

