# CHECK, NOT NULL and UNIQUE. What could go wrong: a row that breaks a rule is kept, a row that fulfils it is refused (NULL does),
# the error names another constraint, a statement that fails leaves rows behind.
> CREATE TABLE t (a INT PRIMARY KEY, b INT CHECK (b > 0), c STRING CONSTRAINT short CHECK (length(c) < 4), CHECK (a < b), CHECK (t.c <> 'no'), d INT UNIQUE)
> SHOW CONSTRAINTS FROM t
> SHOW CREATE TABLE t
---
CREATE TABLE
table_name | constraint_name | constraint_type | details | validated
t | t_pkey | PRIMARY KEY | PRIMARY KEY (a) | t
t | t_d_key | UNIQUE | UNIQUE (d) | t
t | t_b_check | CHECK | CHECK (b > 0) | t
t | short | CHECK | CHECK (length(c) < 4) | t
t | t_check | CHECK | CHECK (a < b) | t
t | t_c_check | CHECK | CHECK (c <> 'no') | t
table_name | create_statement
t | CREATE TABLE t (
	a INT8 NOT NULL,
	b INT8,
	c STRING,
	d INT8,
	CONSTRAINT t_pkey PRIMARY KEY (a),
	CONSTRAINT t_d_key UNIQUE (d),
	CONSTRAINT t_b_check CHECK (b > 0),
	CONSTRAINT short CHECK (length(c) < 4),
	CONSTRAINT t_check CHECK (a < b),
	CONSTRAINT t_c_check CHECK (c <> 'no')
)

> INSERT INTO t VALUES (1, 2, 'abc', 1), (2, NULL, NULL, NULL), (3, NULL, NULL, NULL)
!> INSERT INTO t VALUES (10, 11, 'x', 10), (11, 0, 'x', 11)
!> INSERT INTO t VALUES (20, 10, 'x', 20)
!> INSERT INTO t VALUES (21, 22, 'long', 21)
!> INSERT INTO t VALUES (21, 22, 'no', 21)
!> INSERT INTO t VALUES (21, 22, 'yes', 1)
!> UPSERT INTO t VALUES (1, 1, 'abc', 1)
!> UPDATE t SET b = b - 1 WHERE a = 1
!> UPDATE t SET a = NULL WHERE a = 1
> UPDATE t SET b = 5
> SELECT * FROM t ORDER BY a
---
INSERT 0 3
Error: ERROR:  new row for relation "t" violates check constraint "t_b_check" (23514)
DETAIL:  Failing row contains (11, 0, x, 11).
Error: ERROR:  new row for relation "t" violates check constraint "t_check" (23514)
DETAIL:  Failing row contains (20, 10, x, 20).
Error: ERROR:  new row for relation "t" violates check constraint "short" (23514)
DETAIL:  Failing row contains (21, 22, long, 21).
Error: ERROR:  new row for relation "t" violates check constraint "t_c_check" (23514)
DETAIL:  Failing row contains (21, 22, no, 21).
Error: ERROR:  duplicate key value violates unique constraint "t_d_key" (23505)
DETAIL:  Key (d)=(1) already exists.
Error: ERROR:  new row for relation "t" violates check constraint "t_check" (23514)
DETAIL:  Failing row contains (1, 1, abc, 1).
Error: ERROR:  new row for relation "t" violates check constraint "t_check" (23514)
DETAIL:  Failing row contains (1, 1, abc, 1).
Error: ERROR:  null value in column "a" of relation "t" violates not-null constraint (23502)
DETAIL:  Failing row contains (null, 2, abc, 1).
UPDATE 3
a | b | c | d
1 | 5 | abc | 1
2 | 5 | NULL | NULL
3 | 5 | NULL | NULL

# Within a transaction the failing statement alone counts: the whole transaction has failed.
> BEGIN
> INSERT INTO t VALUES (4, 5, NULL, NULL)
!> INSERT INTO t VALUES (5, 5, NULL, NULL)
> ROLLBACK
> SELECT count(*) FROM t
---
BEGIN
INSERT 0 1
Error: ERROR:  new row for relation "t" violates check constraint "t_check" (23514)
DETAIL:  Failing row contains (5, 5, null, null).
ROLLBACK
count
3

# What cannot be a condition.
!> CREATE TABLE u (a INT CHECK (a))
!> CREATE TABLE u (a INT CHECK (b > 0))
!> CREATE TABLE u (a INT CHECK (a > (SELECT 1)))
!> CREATE TABLE u (a INT CHECK (sum(a) > 1))
!> CREATE TABLE u (a INT CHECK (random() > a))
!> CREATE TABLE u (a INT, CONSTRAINT x CHECK (a > 0), CONSTRAINT x CHECK (a > 1))
!> CREATE TABLE u (a INT CONSTRAINT u_pkey CHECK (a > 0), PRIMARY KEY (a))
!> CREATE TABLE u (a INT UNIQUE DEFERRABLE)
!> CREATE TABLE u (a INT, INVERTED INDEX (a))
!> CREATE TABLE u (a INT, a STRING)
!> CREATE TABLE u (a INT, PRIMARY KEY (a, a))
---
Error: ERROR:  argument of CHECK must be type boolean, not type bigint (42804)
Error: ERROR:  column "b" of relation "u" does not exist (42703)
Error: ERROR:  cannot use subquery in check constraint (0A000)
Error: ERROR:  aggregate functions are not allowed in check constraints (42803)
Error: ERROR:  check constraint is not immutable: random() may answer differently each time (42P17)
Error: ERROR:  constraint "x" for relation "u" already exists (42710)
Error: ERROR:  constraint "u_pkey" for relation "u" already exists (42710)
Error: ERROR:  a DEFERRABLE constraint is not supported yet (0A000)
HINT:  constraints are checked at the end of each statement
Error: ERROR:  INVERTED INDEX is not supported yet (0A000)
Error: ERROR:  column "a" specified more than once (42701)
Error: ERROR:  column "a" appears twice in a key (42701)

# Indexes inside CREATE TABLE, and constraints of several columns.
> CREATE TABLE u (a INT, b INT, c INT, INDEX (c), INDEX by_b (b DESC, c), UNIQUE INDEX (c, b), UNIQUE (a, b), CHECK (a + b > c))
> SHOW CONSTRAINTS FROM u
> SHOW CREATE TABLE u
!> INSERT INTO u VALUES (1, 1, 2)
> INSERT INTO u VALUES (1, 1, NULL), (1, 1000, 2)
!> INSERT INTO u VALUES (1, 1, 1)
!> INSERT INTO u VALUES (2, 1000, 2)
---
CREATE TABLE
table_name | constraint_name | constraint_type | details | validated
u | u_pkey | PRIMARY KEY | PRIMARY KEY (rowid) | t
u | u_a_b_key | UNIQUE | UNIQUE (a, b) | t
u | u_c_b_key | UNIQUE | UNIQUE (c, b) | t
u | u_check | CHECK | CHECK (a + b > c) | t
table_name | create_statement
u | CREATE TABLE u (
	a INT8,
	b INT8,
	c INT8,
	CONSTRAINT u_a_b_key UNIQUE (a, b),
	INDEX u_c_idx (c),
	INDEX by_b (b DESC, c),
	UNIQUE INDEX u_c_b_key (c, b),
	CONSTRAINT u_check CHECK (a + b > c)
)
Error: ERROR:  new row for relation "u" violates check constraint "u_check" (23514)
DETAIL:  Failing row contains (1, 1, 2).
INSERT 0 2
Error: ERROR:  duplicate key value violates unique constraint "u_a_b_key" (23505)
DETAIL:  Key (a, b)=(1, 1) already exists.
Error: ERROR:  duplicate key value violates unique constraint "u_c_b_key" (23505)
DETAIL:  Key (c, b)=(2, 1000) already exists.
