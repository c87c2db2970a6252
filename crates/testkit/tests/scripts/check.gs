# CHECK, NOT NULL and UNIQUE. What could go wrong: a row that breaks a rule is kept, a row that fulfils it is refused (NULL does),
# the error names another constraint, a statement that fails leaves rows behind.
> CREATE TABLE t (a INT PRIMARY KEY, b INT CHECK (b > 0), c STRING CONSTRAINT short CHECK (length(c) < 4), CHECK (a < b), CHECK (t.c <> 'no'), d INT UNIQUE)
> SHOW CONSTRAINTS FROM t
> SHOW CREATE TABLE t
---

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

# Within a transaction the failing statement alone counts: the whole transaction has failed.
> BEGIN
> INSERT INTO t VALUES (4, 5, NULL, NULL)
!> INSERT INTO t VALUES (5, 5, NULL, NULL)
> ROLLBACK
> SELECT count(*) FROM t
---

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
---

# Indexes inside CREATE TABLE, and constraints of several columns.
> CREATE TABLE u (a INT, b INT, c INT, INDEX (c), INDEX by_b (b DESC, c), UNIQUE INDEX (c, b), UNIQUE (a, b), CHECK (a + b > c))
> SHOW CONSTRAINTS FROM u
> SHOW CREATE TABLE u
!> INSERT INTO u VALUES (1, 1, 2)
> INSERT INTO u VALUES (1, 1, NULL), (1, 1000, 2)
!> INSERT INTO u VALUES (1, 1, 1)
!> INSERT INTO u VALUES (2, 1000, 2)
---

