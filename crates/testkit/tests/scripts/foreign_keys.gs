# Foreign keys. What could go wrong: an orphan, by whichever statement; a parent that cannot be deleted although nothing refers to it;
# a cascade that stops half-way, goes round for ever, or misses rows that it changes itself.
> CREATE TABLE p (id INT PRIMARY KEY, a INT, b STRING, UNIQUE (b, a))
> CREATE TABLE c (id INT PRIMARY KEY, p INT REFERENCES p, a INT, b STRING, FOREIGN KEY (a, b) REFERENCES p (a, b))
> SHOW CONSTRAINTS FROM c
> SHOW CREATE TABLE c
> INSERT INTO p VALUES (1, 1, 'one'), (2, 2, 'two'), (3, 3, NULL)
> INSERT INTO c VALUES (1, 1, 1, 'one'), (2, NULL, 2, 'two'), (3, 3, 9, NULL)
---
CREATE TABLE
CREATE TABLE
table_name | constraint_name | constraint_type | details | validated
c | c_pkey | PRIMARY KEY | PRIMARY KEY (id) | t
c | c_p_fkey | FOREIGN KEY | FOREIGN KEY (p) REFERENCES p (id) | t
c | c_a_b_fkey | FOREIGN KEY | FOREIGN KEY (a, b) REFERENCES p (a, b) | t
table_name | create_statement
c | CREATE TABLE c (
	id INT8 NOT NULL,
	p INT8,
	a INT8,
	b STRING,
	CONSTRAINT c_pkey PRIMARY KEY (id),
	INDEX c_auto_index_c_p_fkey (p),
	INDEX c_auto_index_c_a_b_fkey (a, b),
	CONSTRAINT c_p_fkey FOREIGN KEY (p) REFERENCES p (id),
	CONSTRAINT c_a_b_fkey FOREIGN KEY (a, b) REFERENCES p (a, b)
)
INSERT 0 3
INSERT 0 3

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
Error: ERROR:  insert or update on table "c" violates foreign key constraint "c_p_fkey" (23503)
DETAIL:  Key (p)=(4) is not present in table "p".
Error: ERROR:  insert or update on table "c" violates foreign key constraint "c_a_b_fkey" (23503)
DETAIL:  Key (a, b)=(1, two) is not present in table "p".
Error: ERROR:  insert or update on table "c" violates foreign key constraint "c_p_fkey" (23503)
DETAIL:  Key (p)=(7) is not present in table "p".
Error: ERROR:  insert or update on table "c" violates foreign key constraint "c_p_fkey" (23503)
DETAIL:  Key (p)=(8) is not present in table "p".
Error: ERROR:  insert or update on table "c" violates foreign key constraint "c_a_b_fkey" (23503)
DETAIL:  Key (a, b)=(2, x) is not present in table "p".
Error: ERROR:  update or delete on table "p" violates foreign key constraint "c_p_fkey" on table "c" (23503)
DETAIL:  Key (id)=(1) is still referenced from table "c".
Error: ERROR:  update or delete on table "p" violates foreign key constraint "c_a_b_fkey" on table "c" (23503)
DETAIL:  Key (a, b)=(2, two) is still referenced from table "c".
Error: ERROR:  update or delete on table "p" violates foreign key constraint "c_p_fkey" on table "c" (23503)
DETAIL:  Key (id)=(3) is still referenced from table "c".
Error: ERROR:  update or delete on table "p" violates foreign key constraint "c_a_b_fkey" on table "c" (23503)
DETAIL:  Key (a, b)=(2, two) is still referenced from table "c".
UPDATE 1
UPDATE 2
id | a | b
1 | 10 | three
2 | 2 | two
3 | 1 | one
id | p | a | b
1 | 1 | 1 | one
2 | NULL | 2 | two
3 | 3 | 9 | NULL
DELETE 1
DELETE 1

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
BEGIN
INSERT 0 1
INSERT 0 1
Error: ERROR:  update or delete on table "p" violates foreign key constraint "c_p_fkey" on table "c" (23503)
DETAIL:  Key (id)=(50) is still referenced from table "c".
ROLLBACK
BEGIN
INSERT 0 1
INSERT 0 1
DELETE 1
DELETE 1
COMMIT

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
Error: ERROR:  relation "nothing" does not exist (42P01)
Error: ERROR:  there is no unique constraint matching given keys for referenced table "p" (42830)
Error: ERROR:  column "zz" of relation "p" does not exist (42703)
Error: ERROR:  foreign key constraint "x_a_fkey" cannot be implemented (42804)
DETAIL:  Key columns "a" and "id" are of incompatible types: text and bigint.
Error: ERROR:  number of referencing and referenced columns for foreign key disagree (42830)
Error: ERROR:  ON DELETE or ON UPDATE SET DEFAULT is not supported yet (0A000)
Error: ERROR:  MATCH FULL is not supported yet (0A000)
Error: ERROR:  a DEFERRABLE constraint is not supported yet (0A000)
HINT:  constraints are checked at the end of each statement
CREATE TABLE
Error: ERROR:  there is no primary key for referenced table "without_key" (42704)
Error: ERROR:  cannot drop table "p" because table "c" refers to it with a foreign key (2BP01)
DETAIL:  table c depends on table p
HINT:  use DROP ... CASCADE to drop the dependent objects too

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
CREATE TABLE
CREATE TABLE
CREATE TABLE
CREATE TABLE
INSERT 0 3
INSERT 0 3
INSERT 0 4
INSERT 0 1
UPDATE 2
k | l2 | double
1 | 11 | 22
2 | 12 | 24
3 | 12 | 24
4 | NULL | NULL
Error: ERROR:  new row for relation "l3" violates check constraint "l3_l2_check" (23514)
DETAIL:  Failing row contains (1, 200, 400).
Error: ERROR:  update or delete on table "l2" violates foreign key constraint "l4_l2_fkey" on table "l4" (23503)
DETAIL:  Key (id)=(3) is still referenced from table "l4".
DELETE 2
id
3
id
3
k | l2 | double
1 | NULL | NULL
2 | NULL | NULL
3 | NULL | NULL
4 | NULL | NULL

# Rows that swap keys take their children along.
> CREATE TABLE sp (id INT PRIMARY KEY)
> CREATE TABLE sc (k STRING PRIMARY KEY, p INT NOT NULL REFERENCES sp ON UPDATE CASCADE ON DELETE SET NULL)
> INSERT INTO sp VALUES (1), (2)
> INSERT INTO sc VALUES ('one', 1), ('two', 2)
> UPDATE sp SET id = 3 - id
> SELECT * FROM sc ORDER BY k
!> DELETE FROM sp WHERE id = 1
---
CREATE TABLE
CREATE TABLE
INSERT 0 2
INSERT 0 2
UPDATE 2
k | p
one | 2
two | 1
Error: ERROR:  null value in column "p" of relation "sc" violates not-null constraint (23502)
DETAIL:  Failing row contains (two, null).

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
CREATE TABLE
INSERT 0 6
Error: ERROR:  insert or update on table "tree" violates foreign key constraint "tree_parent_fkey" (23503)
DETAIL:  Key (parent)=(21) is not present in table "tree".
DELETE 2
id | parent
1 | NULL
CREATE TABLE
INSERT 0 3
Error: ERROR:  update or delete on table "self" violates foreign key constraint "self_parent_fkey" on table "self" (23503)
DETAIL:  Key (id)=(1) is still referenced from table "self".
DELETE 3
table_name | create_statement
tree | CREATE TABLE tree (
	id INT8 NOT NULL,
	parent INT8,
	CONSTRAINT tree_pkey PRIMARY KEY (id),
	INDEX tree_auto_index_tree_parent_fkey (parent),
	CONSTRAINT tree_parent_fkey FOREIGN KEY (parent) REFERENCES tree (id) ON DELETE CASCADE
)

# A chain of 1,000 rows goes at once.
> CREATE TABLE digits (d INT PRIMARY KEY)
> INSERT INTO digits VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)
> INSERT INTO tree SELECT n, CASE WHEN n > 100 THEN n - 1 END FROM (SELECT 100 + a.d * 100 + b.d * 10 + c.d AS n FROM digits a, digits b, digits c) AS numbers
> DELETE FROM tree WHERE id = 100
> SELECT count(*) FROM tree
---
CREATE TABLE
INSERT 0 10
INSERT 0 1000
DELETE 1
count
1

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
CREATE DATABASE
CREATE TABLE
Error: ERROR:  insert or update on table "far" violates foreign key constraint "far_id_fkey" (23503)
DETAIL:  Key (id)=(99) is not present in table "p".
INSERT 0 1
Error: ERROR:  update or delete on table "p" violates foreign key constraint "c_p_fkey" on table "c" (23503)
DETAIL:  Key (id)=(1) is still referenced from table "c".
Error: ERROR:  cannot drop table "p" because table "c" refers to it with a foreign key (2BP01)
DETAIL:  table c depends on table p
HINT:  use DROP ... CASCADE to drop the dependent objects too
DROP DATABASE
DROP TABLE
DROP TABLE
schema_name | table_name | type
public | digits | table
public | l1 | table
public | l2 | table
public | l3 | table
public | l4 | table
public | sc | table
public | self | table
public | sp | table
public | tree | table
public | without_key | table
