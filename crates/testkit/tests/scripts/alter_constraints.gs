# A constraint added to rows that are there either holds of all of them or leaves no trace; from then on it is enforced.
> CREATE TABLE p (k INT PRIMARY KEY, u INT UNIQUE)
> CREATE TABLE t (k INT PRIMARY KEY, a INT, b INT, c INT)
> INSERT INTO p VALUES (1, 10), (2, 20)
> INSERT INTO t VALUES (1, 1, 1, 1), (2, 2, -2, 2), (3, 2, 3, 7)
!> ALTER TABLE t ADD CONSTRAINT positive CHECK (b > 0)
!> ALTER TABLE t ADD CONSTRAINT once UNIQUE (a)
!> ALTER TABLE t ADD CONSTRAINT to_p FOREIGN KEY (c) REFERENCES p
!> ALTER TABLE t ADD CONSTRAINT positive CHECK (k > 0), ADD CONSTRAINT once UNIQUE (a)
> SHOW CREATE TABLE t
> SELECT type, status, error FROM [SHOW JOBS]
---
CREATE TABLE
CREATE TABLE
INSERT 0 2
INSERT 0 3
Error: ERROR:  check constraint "positive" of relation "t" is violated by some row (23514)
Error: ERROR:  duplicate key value violates unique constraint "once" (23505)
Error: ERROR:  insert or update on table "t" violates foreign key constraint "to_p" (23503)
DETAIL:  Key (c)=(7) is not present in table "p".
Error: ERROR:  duplicate key value violates unique constraint "once" (23505)
table_name | create_statement
t | CREATE TABLE t (
	k INT8 NOT NULL,
	a INT8,
	b INT8,
	c INT8,
	CONSTRAINT t_pkey PRIMARY KEY (k)
)
type | status | error
SCHEMA CHANGE | failed | check constraint "positive" of relation "t" is violated by some row
SCHEMA CHANGE | failed | duplicate key value violates unique constraint "once"
SCHEMA CHANGE | failed | insert or update on table "t" violates foreign key constraint "to_p"
SCHEMA CHANGE | failed | duplicate key value violates unique constraint "once"

> UPDATE t SET a = k, b = 1, c = 1
> ALTER TABLE t ADD CONSTRAINT positive CHECK (b > 0), ADD UNIQUE (a), ADD CONSTRAINT to_p FOREIGN KEY (c) REFERENCES p ON DELETE CASCADE, ALTER COLUMN b SET DEFAULT 5
!> INSERT INTO t VALUES (4, 4, -1, 1)
!> INSERT INTO t VALUES (4, 1, 1, 1)
!> INSERT INTO t VALUES (4, 4, 1, 9)
!> ALTER TABLE t ADD CONSTRAINT positive CHECK (a > 0)
> SHOW CREATE TABLE t
---
UPDATE 3
ALTER TABLE
Error: ERROR:  new row for relation "t" violates check constraint "positive" (23514)
DETAIL:  Failing row contains (4, 4, -1, 1).
Error: ERROR:  duplicate key value violates unique constraint "t_a_key" (23505)
DETAIL:  Key (a)=(1) already exists.
Error: ERROR:  insert or update on table "t" violates foreign key constraint "to_p" (23503)
DETAIL:  Key (c)=(9) is not present in table "p".
Error: ERROR:  constraint "positive" for relation "t" already exists (42710)
table_name | create_statement
t | CREATE TABLE t (
	k INT8 NOT NULL,
	a INT8,
	b INT8 DEFAULT 5,
	c INT8,
	CONSTRAINT t_pkey PRIMARY KEY (k),
	CONSTRAINT t_a_key UNIQUE (a),
	INDEX t_auto_index_to_p (c),
	CONSTRAINT positive CHECK (b > 0),
	CONSTRAINT to_p FOREIGN KEY (c) REFERENCES p (k) ON DELETE CASCADE
)

# NOT VALID holds of new rows only, until it is validated.
> INSERT INTO t VALUES (5, -5, 1, 2)
> ALTER TABLE t ADD CONSTRAINT later CHECK (a > 0) NOT VALID
!> INSERT INTO t VALUES (6, -6, 1, 2)
!> ALTER TABLE t VALIDATE CONSTRAINT later
> SHOW CREATE TABLE t
> DELETE FROM t WHERE k = 5
> ALTER TABLE t VALIDATE CONSTRAINT later
> ALTER TABLE t VALIDATE CONSTRAINT later
> SHOW CONSTRAINTS FROM t
!> ALTER TABLE t VALIDATE CONSTRAINT t_a_key
!> ALTER TABLE t ADD CONSTRAINT x UNIQUE (b) NOT VALID
---
INSERT 0 1
ALTER TABLE
Error: ERROR:  new row for relation "t" violates check constraint "later" (23514)
DETAIL:  Failing row contains (6, -6, 1, 2).
Error: ERROR:  check constraint "later" of relation "t" is violated by some row (23514)
table_name | create_statement
t | CREATE TABLE t (
	k INT8 NOT NULL,
	a INT8,
	b INT8 DEFAULT 5,
	c INT8,
	CONSTRAINT t_pkey PRIMARY KEY (k),
	CONSTRAINT t_a_key UNIQUE (a),
	INDEX t_auto_index_to_p (c),
	CONSTRAINT positive CHECK (b > 0),
	CONSTRAINT later CHECK (a > 0) NOT VALID,
	CONSTRAINT to_p FOREIGN KEY (c) REFERENCES p (k) ON DELETE CASCADE
)
DELETE 1
ALTER TABLE
ALTER TABLE
table_name | constraint_name | constraint_type | details | validated
t | t_pkey | PRIMARY KEY | PRIMARY KEY (k) | t
t | t_a_key | UNIQUE | UNIQUE (a) | t
t | positive | CHECK | CHECK (b > 0) | t
t | later | CHECK | CHECK (a > 0) | t
t | to_p | FOREIGN KEY | FOREIGN KEY (c) REFERENCES p (k) ON DELETE CASCADE | t
Error: ERROR:  constraint "t_a_key" of relation "t" is not a foreign key or check constraint (42809)
Error: ERROR:  UNIQUE and PRIMARY KEY constraints cannot be marked NOT VALID (0A000)

# Dropped, together with what leans on them only by CASCADE.
> ALTER TABLE t RENAME CONSTRAINT later TO afterwards
> ALTER TABLE t DROP CONSTRAINT afterwards, DROP CONSTRAINT positive
!> ALTER TABLE t DROP CONSTRAINT positive
> ALTER TABLE t DROP CONSTRAINT IF EXISTS positive
!> ALTER TABLE t DROP CONSTRAINT t_pkey
> ALTER TABLE t ADD CONSTRAINT to_u FOREIGN KEY (b) REFERENCES p (u) NOT VALID
!> ALTER TABLE p DROP CONSTRAINT p_u_key
!> DROP INDEX p@p_u_key
!> ALTER TABLE p DROP COLUMN u
> ALTER TABLE p DROP CONSTRAINT p_u_key CASCADE
> ALTER TABLE p DROP COLUMN u
> SHOW CREATE TABLE t
> SHOW CREATE TABLE p
> ALTER TABLE t DROP CONSTRAINT to_p
> INSERT INTO t VALUES (9, 9, 9, 9)
> DROP TABLE p
---
ALTER TABLE
ALTER TABLE
Error: ERROR:  constraint "positive" of relation "t" does not exist (42704)
NOTICE:  constraint "positive" of relation "t" does not exist, skipping
ALTER TABLE
Error: ERROR:  DROP CONSTRAINT of a primary key alone is not supported yet (0A000)
HINT:  use ALTER TABLE … ALTER PRIMARY KEY USING COLUMNS, or add the new one in the same statement
WARNING:  no index begins with the columns of foreign key "to_u"; create one
ALTER TABLE
Error: ERROR:  cannot drop constraint "p_u_key" because foreign key "to_u" of relation "t" depends on it (2BP01)
HINT:  use CASCADE to drop the foreign key too
Error: ERROR:  index "p_u_key" is in use as unique constraint (2BP01)
HINT:  use ALTER TABLE p DROP CONSTRAINT p_u_key, or CASCADE
Error: ERROR:  cannot drop column "u" because foreign key "to_u" of relation "t" depends on it (2BP01)
HINT:  use CASCADE to drop the foreign key too
ALTER TABLE
ALTER TABLE
table_name | create_statement
t | CREATE TABLE t (
	k INT8 NOT NULL,
	a INT8,
	b INT8 DEFAULT 5,
	c INT8,
	CONSTRAINT t_pkey PRIMARY KEY (k),
	CONSTRAINT t_a_key UNIQUE (a),
	INDEX t_auto_index_to_p (c),
	CONSTRAINT to_p FOREIGN KEY (c) REFERENCES p (k) ON DELETE CASCADE
)
table_name | create_statement
p | CREATE TABLE p (
	k INT8 NOT NULL,
	CONSTRAINT p_pkey PRIMARY KEY (k)
)
ALTER TABLE
INSERT 0 1
DROP TABLE

# A column with its constraints in one go; its own indexes and checks go with it again.
> ALTER TABLE t ADD COLUMN d INT DEFAULT 3 CHECK (d < 9), ADD COLUMN e UUID DEFAULT gen_random_uuid() UNIQUE, ADD COLUMN f INT AS (a + 1) STORED
!> ALTER TABLE t ADD COLUMN g INT DEFAULT 1 UNIQUE
!> ALTER TABLE t ADD COLUMN g INT DEFAULT 1 CHECK (g > 1)
> SELECT k, d, f FROM t WHERE d = 3
> SELECT count(DISTINCT e) FROM t
> SHOW CREATE TABLE t
!> ALTER TABLE t DROP COLUMN a
> ALTER TABLE t RENAME COLUMN d TO dd
!> INSERT INTO t (k, dd, e) VALUES (10, 9, '00000000-0000-0000-0000-000000000010')
> ALTER TABLE t DROP COLUMN dd, DROP COLUMN e, DROP COLUMN f
> SHOW CREATE TABLE t
---
ALTER TABLE
Error: ERROR:  duplicate key value violates unique constraint "t_g_key" (23505)
Error: ERROR:  check constraint "t_g_check" of relation "t" is violated by some row (23514)
k | d | f
1 | 3 | 2
2 | 3 | 3
3 | 3 | 4
9 | 3 | 10
count
4
table_name | create_statement
t | CREATE TABLE t (
	k INT8 NOT NULL,
	a INT8,
	b INT8 DEFAULT 5,
	c INT8,
	d INT8 DEFAULT 3,
	e UUID DEFAULT gen_random_uuid(),
	f INT8 AS (a + 1) STORED,
	CONSTRAINT t_pkey PRIMARY KEY (k),
	CONSTRAINT t_a_key UNIQUE (a),
	CONSTRAINT t_e_key UNIQUE (e),
	INDEX t_auto_index_to_p (c),
	CONSTRAINT t_d_check CHECK (d < 9)
)
Error: ERROR:  cannot drop column "a" because column "f" is computed from it (2BP01)
ALTER TABLE
Error: ERROR:  new row for relation "t" violates check constraint "t_d_check" (23514)
DETAIL:  Failing row contains (10, null, 5, null, 9, <uuid>, null).
ALTER TABLE
table_name | create_statement
t | CREATE TABLE t (
	k INT8 NOT NULL,
	a INT8,
	b INT8 DEFAULT 5,
	c INT8,
	CONSTRAINT t_pkey PRIMARY KEY (k),
	CONSTRAINT t_a_key UNIQUE (a),
	INDEX t_auto_index_to_p (c)
)

# With an empty table everything stands in one commit, also inside a transaction.
> CREATE TABLE n (k INT, v INT)
> BEGIN
> ALTER TABLE n ADD CONSTRAINT pos CHECK (v > 0), ADD CONSTRAINT once UNIQUE (v), ALTER COLUMN v SET NOT NULL
> CREATE INDEX n_k ON n (k)
> INSERT INTO n VALUES (1, 1)
!> ALTER TABLE n ADD CONSTRAINT pos2 CHECK (v > 0)
> ROLLBACK
> SHOW CREATE TABLE n
---
CREATE TABLE
BEGIN
ALTER TABLE
CREATE INDEX
INSERT 0 1
Error: ERROR:  ALTER TABLE of a table with rows cannot be used inside a transaction here: it takes several commits (25001)
HINT:  COMMIT first, or change the table while it is empty
ROLLBACK
table_name | create_statement
n | CREATE TABLE n (
	k INT8,
	v INT8
)
