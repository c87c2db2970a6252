# A column that is added must read the same in rows from before and after, in the past and now; one that is dropped must
# be gone for good, even when another takes its name.
> CREATE TABLE t (k INT PRIMARY KEY, a STRING)
> INSERT INTO t VALUES (1, 'one'), (2, 'two')
> ALTER TABLE t ADD COLUMN b INT
> ALTER TABLE t ADD COLUMN c INT NOT NULL DEFAULT 7, ADD COLUMN d STRING DEFAULT 'x' || 'y'
> SELECT * FROM t
> INSERT INTO t (k) VALUES (3)
> ALTER TABLE t ALTER COLUMN c SET DEFAULT 8, ALTER COLUMN d DROP DEFAULT
> INSERT INTO t (k) VALUES (4)
> SELECT * FROM t
> SELECT k FROM t WHERE c = 7
> SHOW CREATE TABLE t
---
CREATE TABLE
INSERT 0 2
ALTER TABLE
ALTER TABLE
k | a | b | c | d
1 | one | NULL | 7 | xy
2 | two | NULL | 7 | xy
INSERT 0 1
ALTER TABLE
INSERT 0 1
k | a | b | c | d
1 | one | NULL | 7 | xy
2 | two | NULL | 7 | xy
3 | NULL | NULL | 7 | xy
4 | NULL | NULL | 8 | NULL
k
1
2
3
table_name | create_statement
t | CREATE TABLE t (
	k INT8 NOT NULL,
	a STRING,
	b INT8,
	c INT8 NOT NULL DEFAULT 8,
	d STRING,
	CONSTRAINT t_pkey PRIMARY KEY (k)
)

# A NOT NULL column needs a value for the rows there are.
!> ALTER TABLE t ADD COLUMN e INT NOT NULL
!> ALTER TABLE t ADD COLUMN e INT DEFAULT 'x'
!> ALTER TABLE t ADD COLUMN a INT
> ALTER TABLE t ADD COLUMN IF NOT EXISTS a INT
!> ALTER TABLE missing ADD COLUMN a INT
> ALTER TABLE IF EXISTS missing ADD COLUMN a INT
---
Error: ERROR:  column "e" of relation "t" contains null values (23502)
HINT:  add the column with a DEFAULT, or without NOT NULL
Error: ERROR:  invalid input syntax for type bigint: "x" (22P02)
Error: ERROR:  column "a" of relation "t" already exists (42701)
NOTICE:  column "a" of relation "t" already exists, skipping
ALTER TABLE
Error: ERROR:  relation "missing" does not exist (42P01)
NOTICE:  relation "missing" does not exist, skipping
ALTER TABLE

# What a dropped column held does not come back under its name.
> ALTER TABLE t DROP COLUMN b, DROP COLUMN IF EXISTS b
> ALTER TABLE t ADD COLUMN b INT
> UPDATE t SET b = 5 WHERE k = 1
> ALTER TABLE t DROP COLUMN b
> ALTER TABLE t ADD COLUMN b INT
> SELECT k, b FROM t
!> ALTER TABLE t DROP COLUMN k
!> ALTER TABLE t DROP COLUMN missing
---
NOTICE:  column "b" of relation "t" does not exist, skipping
ALTER TABLE
ALTER TABLE
UPDATE 1
ALTER TABLE
ALTER TABLE
k | b
1 | NULL
2 | NULL
3 | NULL
4 | NULL
Error: ERROR:  cannot drop column "k" because it is part of the primary key (2BP01)
HINT:  use ALTER TABLE … ALTER PRIMARY KEY USING COLUMNS first
Error: ERROR:  column "missing" of relation "t" does not exist (42703)

# A volatile default gives each row a value of its own, through a job.
> ALTER TABLE t ADD COLUMN u UUID NOT NULL DEFAULT gen_random_uuid()
> SELECT count(*), count(DISTINCT u), count(u) FROM t
> INSERT INTO t (k) VALUES (5)
> SELECT count(*), count(DISTINCT u) FROM t
!> UPDATE t SET u = NULL WHERE k = 1
> SELECT type, description, status, error FROM [SHOW JOBS]
> SELECT job_type, user_name, status FROM crdb_internal.jobs WHERE job_id > 0
> ALTER TABLE t DROP COLUMN u
---
ALTER TABLE
count | count | count
4 | 4 | 4
INSERT 0 1
count | count
5 | 5
Error: ERROR:  null value in column "u" of relation "t" violates not-null constraint (23502)
DETAIL:  Failing row contains (1, one, 7, xy, null, null).
type | description | status | error
SCHEMA CHANGE | ALTER TABLE t ADD COLUMN u UUID NOT NULL DEFAULT gen_random_uuid() | succeeded |
job_type | user_name | status
SCHEMA CHANGE | root | succeeded
ALTER TABLE

# NOT NULL holds of all rows or is refused.
!> ALTER TABLE t ALTER COLUMN b SET NOT NULL
> INSERT INTO t (k) VALUES (6)
> UPDATE t SET b = k
> ALTER TABLE t ALTER COLUMN b SET NOT NULL
!> INSERT INTO t (k) VALUES (7)
> ALTER TABLE t ALTER COLUMN b DROP NOT NULL
> INSERT INTO t (k) VALUES (7)
!> ALTER TABLE t ALTER COLUMN k DROP NOT NULL
---
Error: ERROR:  column "b" of relation "t" contains null values (23502)
INSERT 0 1
UPDATE 6
ALTER TABLE
Error: ERROR:  null value in column "b" of relation "t" violates not-null constraint (23502)
DETAIL:  Failing row contains (7, null, 8, null, null).
ALTER TABLE
INSERT 0 1
Error: ERROR:  column "k" is in a primary key (42P16)

# A type that reads the same bytes needs no rewrite; the rest is refused by name.
> CREATE TABLE w (k INT2 PRIMARY KEY, v VARCHAR(3) DEFAULT 'ab', n DECIMAL(4, 2))
> CREATE INDEX w_v ON w (v)
> INSERT INTO w VALUES (1, 'abc', 12.34)
!> INSERT INTO w VALUES (2, 'abcd', 1)
> ALTER TABLE w ALTER COLUMN v TYPE VARCHAR(5), ALTER COLUMN v SET DATA TYPE VARCHAR(6)
> INSERT INTO w VALUES (2, 'abcdef', 56.78)
> SELECT * FROM w
> SELECT * FROM w WHERE v = 'abc'
!> ALTER TABLE w ALTER COLUMN v TYPE INT
!> ALTER TABLE w ALTER COLUMN v TYPE VARCHAR(2)
!> ALTER TABLE w ALTER COLUMN n TYPE DECIMAL(8, 3)
!> ALTER TABLE w ALTER COLUMN k TYPE INT8
> ALTER TABLE w ALTER COLUMN v TYPE STRING
> SHOW CREATE TABLE w
---
CREATE TABLE
CREATE INDEX
INSERT 0 1
Error: ERROR:  value too long for type character varying(3) (22001)
ALTER TABLE
INSERT 0 1
k | v | n
1 | abc | 12.34
2 | abcdef | 56.78
k | v | n
1 | abc | 12.34
Error: ERROR:  ALTER COLUMN TYPE from VARCHAR(6) to INT8 is not supported yet (0A000)
HINT:  add a column of the new type, UPDATE it, drop the old one and rename it
Error: ERROR:  ALTER COLUMN TYPE from VARCHAR(6) to VARCHAR(2) is not supported yet (0A000)
HINT:  add a column of the new type, UPDATE it, drop the old one and rename it
Error: ERROR:  ALTER COLUMN TYPE from DECIMAL(4, 2) to DECIMAL(8, 3) is not supported yet (0A000)
HINT:  add a column of the new type, UPDATE it, drop the old one and rename it
Error: ERROR:  ALTER COLUMN TYPE from INT2 to INT8 is not supported yet (0A000)
HINT:  add a column of the new type, UPDATE it, drop the old one and rename it
ALTER TABLE
table_name | create_statement
w | CREATE TABLE w (
	k INT2 NOT NULL,
	v STRING DEFAULT 'ab',
	n DECIMAL(4, 2),
	CONSTRAINT w_pkey PRIMARY KEY (k),
	INDEX w_v (v)
)

# Inside a transaction: what one commit can do.
> BEGIN
> ALTER TABLE t ADD COLUMN f INT DEFAULT 1
> SELECT k, f FROM t WHERE k = 1
!> ALTER TABLE t ADD COLUMN u UUID DEFAULT gen_random_uuid()
> ROLLBACK
> SHOW COLUMNS FROM t
---
BEGIN
ALTER TABLE
k | f
1 | 1
Error: ERROR:  ALTER TABLE of a table with rows cannot be used inside a transaction here: it takes several commits (25001)
HINT:  COMMIT first, or change the table while it is empty
ROLLBACK
column_name | data_type | is_nullable | column_default | indices | is_hidden
k | INT8 | f | NULL | {t_pkey} | f
a | STRING | t | NULL | {} | f
c | INT8 | f | 8 | {} | f
d | STRING | t | NULL | {} | f
b | INT8 | t | NULL | {} | f
