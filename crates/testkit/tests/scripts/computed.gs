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

# As a primary key.
> CREATE TABLE k (a INT, b INT AS (a % 3) STORED, PRIMARY KEY (b, a))
> INSERT INTO k VALUES (1), (2), (3), (4)
> SELECT b, a FROM k
!> INSERT INTO k VALUES (NULL)
---

!> CREATE TABLE u (a INT, b INT AS (a + 1) STORED, c INT AS (b + 1) STORED)
!> CREATE TABLE u (a INT AS (a + 1) STORED)
!> CREATE TABLE u (a INT, b INT DEFAULT 1 AS (a + 1) STORED)
!> CREATE TABLE u (a INT, b TIMESTAMPTZ AS (now()) STORED)
!> CREATE TABLE u (a INT, b BOOL AS (a + 1) STORED)
!> CREATE TABLE u (a INT, b INT AS (zz + 1) STORED)
!> CREATE TABLE u (a INT, b INT AS (a + 1) VIRTUAL)
!> CREATE TABLE u (a INT, p INT AS (a + 1) STORED REFERENCES t (c) ON DELETE SET NULL)
---

