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
CREATE TABLE
CREATE TABLE
INSERT 0 3
INSERT 0 1
ALTER TABLE
k | a | b
1 | 30 | x
2 | 20 | y
3 | 10 | NULL
k | a | b
2 | 20 | y
k | a | b
3 | 10 | NULL
Error: ERROR:  duplicate key value violates unique constraint "t_pkey" (23505)
DETAIL:  Key (a)=(30) already exists.
Error: ERROR:  duplicate key value violates unique constraint "t_k_key" (23505)
DETAIL:  Key (k)=(1) already exists.
Error: ERROR:  update or delete on table "t" violates foreign key constraint "child_t_fkey" on table "child" (23503)
DETAIL:  Key (k)=(1) is still referenced from table "child".
Error: ERROR:  insert or update on table "child" violates foreign key constraint "child_t_fkey" (23503)
DETAIL:  Key (t)=(9) is not present in table "t".
INSERT 0 1
INSERT 0 1
table_name | create_statement
t | CREATE TABLE t (
	k INT8 NOT NULL,
	a INT8 NOT NULL,
	b STRING,
	CONSTRAINT t_pkey PRIMARY KEY (a DESC),
	CONSTRAINT t_k_key UNIQUE (k),
	INDEX by_b (b)
)
table_name | create_statement
child | CREATE TABLE child (
	k INT8 NOT NULL,
	t INT8,
	CONSTRAINT child_pkey PRIMARY KEY (k),
	INDEX child_auto_index_child_t_fkey (t),
	CONSTRAINT child_t_fkey FOREIGN KEY (t) REFERENCES t (k)
)

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
Error: ERROR:  column "b" of relation "t" contains null values (23502)
UPDATE 4
Error: ERROR:  duplicate key value violates unique constraint "t_pkey" (23505)
Error: ERROR:  column "missing" named in key does not exist (42703)
Error: ERROR:  multiple primary keys for table "t" are not allowed (42P16)
HINT:  use ALTER TABLE … ALTER PRIMARY KEY USING COLUMNS
k | a | b
1 | 30 | z
2 | 20 | z
3 | 10 | z
9 | 9 | z
table_name | create_statement
t | CREATE TABLE t (
	k INT8 NOT NULL,
	a INT8 NOT NULL,
	b STRING,
	CONSTRAINT t_pkey PRIMARY KEY (a DESC),
	CONSTRAINT t_k_key UNIQUE (k),
	INDEX by_b (b)
)
type | status | error
SCHEMA CHANGE | succeeded |
SCHEMA CHANGE | failed | column "b" of relation "t" contains null values
SCHEMA CHANGE | failed | duplicate key value violates unique constraint "t_pkey"

# A foreign key that leans on the old key forbids it to go.
!> ALTER TABLE child DROP CONSTRAINT child_pkey
> CREATE TABLE grandchild (k INT PRIMARY KEY, c INT REFERENCES child (k))
!> ALTER TABLE child DROP CONSTRAINT child_pkey, ADD CONSTRAINT other PRIMARY KEY (t, k)
> ALTER TABLE grandchild DROP CONSTRAINT grandchild_c_fkey
> ALTER TABLE child DROP CONSTRAINT child_pkey, ADD CONSTRAINT other PRIMARY KEY (t, k)
> SELECT * FROM child
> SHOW CREATE TABLE child
---
Error: ERROR:  DROP CONSTRAINT of a primary key alone is not supported yet (0A000)
HINT:  use ALTER TABLE … ALTER PRIMARY KEY USING COLUMNS, or add the new one in the same statement
CREATE TABLE
Error: ERROR:  cannot drop the primary key because foreign key "grandchild_c_fkey" of relation "grandchild" depends on it (2BP01)
HINT:  use CASCADE to drop the foreign key too
ALTER TABLE
ALTER TABLE
k | t
1 | 1
2 | 9
table_name | create_statement
child | CREATE TABLE child (
	k INT8 NOT NULL,
	t INT8 NOT NULL,
	CONSTRAINT other PRIMARY KEY (t, k),
	INDEX child_auto_index_child_t_fkey (t),
	CONSTRAINT child_t_fkey FOREIGN KEY (t) REFERENCES t (k)
)

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
CREATE TABLE
INSERT 0 2
ALTER TABLE
a | b
1 | 2
2 | 1
INSERT 0 1
Error: ERROR:  duplicate key value violates unique constraint "h_key" (23505)
DETAIL:  Key (a)=(3) already exists.
table_name | create_statement
h | CREATE TABLE h (
	a INT8 NOT NULL,
	b INT8,
	CONSTRAINT h_key PRIMARY KEY (a)
)
column_name | data_type | is_nullable | column_default | indices | is_hidden
a | INT8 | f | NULL | {h_key} | f
b | INT8 | t | NULL | {} | f

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
CREATE TABLE
BEGIN
ALTER TABLE
INSERT 0 1
COMMIT
table_name | create_statement
e | CREATE TABLE e (
	a INT8 NOT NULL,
	b INT8 NOT NULL,
	CONSTRAINT e_pkey PRIMARY KEY (b, a)
)
BEGIN
Error: ERROR:  ALTER TABLE of a table with rows cannot be used inside a transaction here: it takes several commits (25001)
HINT:  COMMIT first, or change the table while it is empty
ROLLBACK

# A backup takes the new key's table as it is.
> BACKUP TABLE t, child TO 'nodelocal:///keys'
> CREATE DATABASE back
> RESTORE TABLE t, child FROM 'nodelocal:///keys' WITH into_db = 'back'
> SELECT * FROM back.t
> SHOW CREATE TABLE back.t
---
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 6 | 10 | 1 | 100
CREATE DATABASE
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 6 | 10 | 1 | 100
k | a | b
1 | 30 | z
2 | 20 | z
3 | 10 | z
9 | 9 | z
table_name | create_statement
t | CREATE TABLE t (
	k INT8 NOT NULL,
	a INT8 NOT NULL,
	b STRING,
	CONSTRAINT t_pkey PRIMARY KEY (a DESC),
	CONSTRAINT t_k_key UNIQUE (k),
	INDEX by_b (b)
)
