# TRUNCATE leaves an empty table with everything else as it was: its definition, what refers to it, and its past.
> CREATE TABLE p (k INT PRIMARY KEY, v INT UNIQUE)
> CREATE TABLE c (k INT PRIMARY KEY, p INT REFERENCES p ON DELETE CASCADE, me INT REFERENCES c (k))
> INSERT INTO p VALUES (1, 1), (2, 2)
> INSERT INTO c VALUES (1, 1, 1), (2, 2, 1)
!> TRUNCATE p
> TRUNCATE c
> SELECT * FROM c
> SELECT * FROM p
> INSERT INTO c VALUES (1, 1, 1)
!> INSERT INTO c VALUES (2, 3, 1)
!> INSERT INTO c VALUES (2, 1, 3)
> DELETE FROM p WHERE k = 1
> SELECT * FROM c
---
CREATE TABLE
CREATE TABLE
INSERT 0 2
INSERT 0 2
Error: ERROR:  cannot truncate a table referenced in a foreign key constraint (0A000)
DETAIL:  Table "c" references "p".
HINT:  truncate table "c" at the same time, or use TRUNCATE ... CASCADE
TRUNCATE
k | p | me
k | v
1 | 1
2 | 2
INSERT 0 1
Error: ERROR:  insert or update on table "c" violates foreign key constraint "c_p_fkey" (23503)
DETAIL:  Key (p)=(3) is not present in table "p".
Error: ERROR:  insert or update on table "c" violates foreign key constraint "c_me_fkey" (23503)
DETAIL:  Key (me)=(3) is not present in table "c".
DELETE 1
k | p | me

> INSERT INTO c VALUES (3, 2, 3)
> TRUNCATE TABLE p, c
> SELECT count(*) FROM p
> SELECT count(*) FROM c
> INSERT INTO p VALUES (7, 7)
> INSERT INTO c VALUES (7, 7, 7)
> TRUNCATE p CASCADE
> SELECT count(*) FROM c
> SHOW CREATE TABLE c
!> TRUNCATE missing
!> TRUNCATE system.users
---
INSERT 0 1
TRUNCATE
count
0
count
0
INSERT 0 1
INSERT 0 1
TRUNCATE
count
0
table_name | create_statement
c | CREATE TABLE c (
	k INT8 NOT NULL,
	p INT8,
	me INT8,
	CONSTRAINT c_pkey PRIMARY KEY (k),
	INDEX c_auto_index_c_p_fkey (p),
	INDEX c_auto_index_c_me_fkey (me),
	CONSTRAINT c_p_fkey FOREIGN KEY (p) REFERENCES p (k) ON DELETE CASCADE,
	CONSTRAINT c_me_fkey FOREIGN KEY (me) REFERENCES c (k)
)
Error: ERROR:  relation "missing" does not exist (42P01)
Error: ERROR:  table "users" belongs to the system and cannot be changed (42501)

# Inside a transaction it counts with the rest of it, or not at all.
> INSERT INTO p VALUES (8, 8)
> BEGIN
> INSERT INTO p VALUES (9, 9)
> TRUNCATE p, c
> INSERT INTO p VALUES (10, 10)
> SELECT * FROM p
> ROLLBACK
> SELECT * FROM p
> BEGIN
> TRUNCATE p, c
> INSERT INTO p VALUES (11, 8)
> COMMIT
> SELECT * FROM p WHERE v = 8
---
INSERT 0 1
BEGIN
INSERT 0 1
TRUNCATE
INSERT 0 1
k | v
10 | 10
ROLLBACK
k | v
8 | 8
BEGIN
TRUNCATE
INSERT 0 1
COMMIT
k | v
11 | 8

# A writer that began before conflicts instead of writing into the old rows.
a:> BEGIN
a:> INSERT INTO p VALUES (12, 12)
> TRUNCATE p, c
a:!> COMMIT
> SELECT * FROM p
---
a: BEGIN
a: INSERT 0 1
TRUNCATE
a: Error: ERROR:  restart transaction: something it read was changed by another transaction (40001)
a: HINT:  run the whole transaction again
k | v

# Emptied and renamed in one transaction, in both orders: the view follows the name, the rows are gone, nothing is left behind.
> CREATE DATABASE renamed
> CREATE TABLE renamed.first (k INT PRIMARY KEY)
> INSERT INTO renamed.first VALUES (1)
> CREATE VIEW renamed.reader AS SELECT k FROM renamed.first
> BEGIN
> TRUNCATE renamed.first
> ALTER TABLE renamed.first RENAME TO renamed.second
> COMMIT
> SELECT * FROM renamed.reader
> SHOW CREATE VIEW renamed.reader
> INSERT INTO renamed.second VALUES (2)
> BEGIN
> ALTER TABLE renamed.second RENAME TO third
> TRUNCATE renamed.third
> INSERT INTO renamed.third VALUES (3)
> COMMIT
> SELECT * FROM renamed.reader
> SHOW TABLES FROM renamed
---
CREATE DATABASE
CREATE TABLE
INSERT 0 1
CREATE VIEW
BEGIN
TRUNCATE
ALTER TABLE
COMMIT
k
table_name | create_statement
reader | CREATE VIEW reader (k) AS SELECT k FROM renamed.public.second AS first
INSERT 0 1
BEGIN
ALTER TABLE
TRUNCATE
INSERT 0 1
COMMIT
k
3
schema_name | table_name | type
public | reader | view
public | third | table
