# Computed columns. What could go wrong: a value that does not follow its columns, by whichever statement; a value of the user's in its
# place; an index or a constraint over an old value.
> CREATE TABLE t (a INT, b INT, c INT AS (a + b) STORED, d STRING GENERATED ALWAYS AS (upper(n)) STORED, n STRING, UNIQUE (c), INDEX (d), CHECK (c < 100))
> INSERT INTO t VALUES (1, 2)
> INSERT INTO t (n, a, b) VALUES ('x', 5, 5), (NULL, NULL, 1)
> INSERT INTO t (a, b, c) VALUES (7, 7, DEFAULT)
> SELECT * FROM t ORDER BY c
!> INSERT INTO t VALUES (1, 2, 3)
!> INSERT INTO t (c) SELECT 1
!> INSERT INTO t (a, b) VALUES (2, 1)
!> INSERT INTO t (a, b) VALUES (99, 1)
!> UPDATE t SET c = 5
> UPDATE t SET a = a + 1, n = 'y', c = DEFAULT
> SELECT * FROM t ORDER BY c
> SELECT a FROM t WHERE c = 15
> SELECT count(*) FROM t WHERE d = 'Y'
!> UPDATE t SET a = 1, b = 1
> SHOW CREATE TABLE t
---
CREATE TABLE
INSERT 0 1
INSERT 0 2
INSERT 0 1
a | b | c | d | n
1 | 2 | 3 | NULL | NULL
5 | 5 | 10 | X | x
7 | 7 | 14 | NULL | NULL
NULL | 1 | NULL | NULL | NULL
Error: ERROR:  cannot insert a non-DEFAULT value into column "c" (428C9)
DETAIL:  Column "c" is a generated column.
Error: ERROR:  cannot insert a non-DEFAULT value into column "c" (428C9)
DETAIL:  Column "c" is a generated column.
Error: ERROR:  duplicate key value violates unique constraint "t_c_key" (23505)
DETAIL:  Key (c)=(3) already exists.
Error: ERROR:  new row for relation "t" violates check constraint "t_c_check" (23514)
DETAIL:  Failing row contains (99, 1, 100, null, null).
Error: ERROR:  column "c" can only be updated to DEFAULT (428C9)
DETAIL:  Column "c" is a generated column.
UPDATE 4
a | b | c | d | n
2 | 2 | 4 | Y | y
6 | 5 | 11 | Y | y
8 | 7 | 15 | Y | y
NULL | 1 | NULL | Y | y
a
8
count
4
Error: ERROR:  duplicate key value violates unique constraint "t_c_key" (23505)
DETAIL:  Key (c)=(2) already exists.
table_name | create_statement
t | CREATE TABLE t (
	a INT8,
	b INT8,
	c INT8 AS (a + b) STORED,
	d STRING AS (upper(n)) STORED,
	n STRING,
	CONSTRAINT t_c_key UNIQUE (c),
	INDEX t_d_idx (d),
	CONSTRAINT t_c_check CHECK (c < 100)
)

# As a primary key.
> CREATE TABLE k (a INT, b INT AS (a % 3) STORED, PRIMARY KEY (b, a))
> INSERT INTO k VALUES (1), (2), (3), (4)
> SELECT b, a FROM k
!> INSERT INTO k VALUES (NULL)
---
CREATE TABLE
INSERT 0 4
b | a
0 | 3
1 | 1
1 | 4
2 | 2
Error: ERROR:  null value in column "a" of relation "k" violates not-null constraint (23502)
DETAIL:  Failing row contains (null, null).

!> CREATE TABLE u (a INT, b INT AS (a + 1) STORED, c INT AS (b + 1) STORED)
!> CREATE TABLE u (a INT AS (a + 1) STORED)
!> CREATE TABLE u (a INT, b INT DEFAULT 1 AS (a + 1) STORED)
!> CREATE TABLE u (a INT, b TIMESTAMPTZ AS (now()) STORED)
!> CREATE TABLE u (a INT, b BOOL AS (a + 1) STORED)
!> CREATE TABLE u (a INT, b INT AS (zz + 1) STORED)
!> CREATE TABLE u (a INT, b INT AS (a + 1) VIRTUAL)
!> CREATE TABLE u (a INT, p INT AS (a + 1) STORED REFERENCES t (c) ON DELETE SET NULL)
---
Error: ERROR:  cannot use generated column "b" in column generation expression (42P17)
DETAIL:  A generated column cannot reference another generated column.
Error: ERROR:  cannot use generated column "a" in column generation expression (42P17)
DETAIL:  A generated column cannot reference another generated column.
Error: ERROR:  both default and generation expression specified for column "b" of table "u" (42601)
Error: ERROR:  column generation expression is not immutable: now() may answer differently each time (42P17)
Error: ERROR:  column "b" is of type boolean but expression is of type bigint (42804)
HINT:  you will need to rewrite or cast the expression
Error: ERROR:  column "zz" of relation "u" does not exist (42703)
Error: ERROR:  syntax error at or near "VIRTUAL": expected STORED (42601)
Error: ERROR:  invalid ON DELETE action for foreign key constraint containing generated column (42601)
