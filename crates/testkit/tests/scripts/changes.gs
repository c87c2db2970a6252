# INSERT, UPDATE and DELETE in all their forms. What could go wrong: a statement that meets its own writes, a key that two rows hold
# half-way through a statement, a default or a column in the wrong place.
> CREATE TABLE t (k INT PRIMARY KEY, u INT UNIQUE, s STRING DEFAULT 'def', n INT)
> CREATE TABLE o (k INT PRIMARY KEY, s STRING)
> INSERT INTO t (k, u, s, n) VALUES (1, 10, DEFAULT, 1), (2, 20, 'b', DEFAULT), (3, 30, NULL, 3)
> INSERT INTO t (k) VALUES (4)
> INSERT INTO o VALUES (1, 'eins'), (2, 'zwei')
> SELECT * FROM t ORDER BY k
---
CREATE TABLE
CREATE TABLE
INSERT 0 3
INSERT 0 1
INSERT 0 2
k | u | s | n
1 | 10 | def | 1
2 | 20 | b | NULL
3 | 30 | NULL | 3
4 | NULL | def | NULL

# Keys and unique values may change hands within a statement.
> UPDATE t SET k = k + 1
> UPDATE t SET u = CASE u WHEN 10 THEN 20 WHEN 20 THEN 10 ELSE u END
> UPDATE t SET k = CASE k WHEN 2 THEN 5 WHEN 5 THEN 2 ELSE k END
!> UPDATE t SET k = 3 WHERE k = 4
!> UPDATE t SET u = 10 WHERE k = 4
!> UPDATE t SET k = 1
> SELECT * FROM t ORDER BY k
> SELECT k FROM t WHERE u = 10
> SELECT k FROM t WHERE u = 20
---
UPDATE 4
UPDATE 4
UPDATE 4
Error: ERROR:  duplicate key value violates unique constraint "t_pkey" (23505)
DETAIL:  Key (k)=(3) already exists.
Error: ERROR:  duplicate key value violates unique constraint "t_u_key" (23505)
DETAIL:  Key (u)=(10) already exists.
Error: ERROR:  duplicate key value violates unique constraint "t_pkey" (23505)
DETAIL:  Key (k)=(1) already exists.
k | u | s | n
2 | NULL | def | NULL
3 | 10 | b | NULL
4 | 30 | NULL | 3
5 | 20 | def | 1
k
3
k
5

# A statement reads what was there when it began.
> INSERT INTO t (k, n) SELECT k + 100, n FROM t
> UPDATE t SET n = (SELECT count(*) FROM t WHERE k > 100) WHERE k > 100
> DELETE FROM t WHERE k > 100 AND n = (SELECT count(*) FROM t WHERE k > 100)
> SELECT count(*) FROM t
---
INSERT 0 4
UPDATE 4
DELETE 4
count
4

# Other tables, aliases, several columns, ORDER BY and LIMIT.
> UPDATE t AS x SET s = o.s, n = o.k FROM o WHERE o.k = x.k
> UPDATE t SET (s, n) = ('both', 7) WHERE k = 3
> UPDATE t SET (s, n) = (SELECT max(s), count(*) FROM o) WHERE k = 4
> UPDATE t SET n = DEFAULT, s = DEFAULT WHERE k = 5
> UPDATE t SET n = -1 WHERE k = 3 OR k = 5 LIMIT 2
> DELETE FROM t AS x USING o AS y WHERE y.k = x.k AND y.s = 'eins'
> DELETE FROM t ORDER BY k LIMIT 1
> SELECT * FROM t ORDER BY k
!> UPDATE t SET (s, n) = ('one')
!> UPDATE t SET (s, n) = (SELECT 1)
---
UPDATE 1
UPDATE 1
UPDATE 1
UPDATE 1
UPDATE 2
DELETE 0
DELETE 1
k | u | s | n
3 | 10 | both | -1
4 | 30 | zwei | 2
5 | 20 | def | -1
Error: ERROR:  number of columns does not match number of values (42601)
Error: ERROR:  number of columns does not match number of values (42601)

# RETURNING gives the rows as they are written, or were.
> INSERT INTO t (k, u) VALUES (10, 100), (11, 110) RETURNING *
> INSERT INTO t (k) VALUES (12) RETURNING k * 2 AS twice, s, t.k
> UPDATE t AS x SET n = k WHERE k >= 10 RETURNING x.k, n, s || '!'
> DELETE FROM t WHERE k = 12 RETURNING *
> UPDATE t SET s = o.s FROM o WHERE t.k = 10 AND o.k = 1 RETURNING t.*
> DELETE FROM t WHERE k = 1000 RETURNING k
> INSERT INTO o SELECT k, s FROM t WHERE k >= 10 RETURNING k, upper(s)
!> INSERT INTO t (k) VALUES (13) RETURNING nope
!> UPDATE t SET s = o.s FROM o WHERE t.k = o.k RETURNING *
!> INSERT INTO t (k) VALUES (14) RETURNING 1 / (k - 14)
> SELECT k FROM t WHERE k > 12
---
k | u | s | n
10 | 100 | def | NULL
11 | 110 | def | NULL
twice | s | k
24 | def | 12
k | n | ?column?
10 | 10 | def!
11 | 11 | def!
12 | 12 | def!
k | u | s | n
12 | NULL | def | 12
k | u | s | n
10 | 100 | eins | 10
k
k | upper
10 | EINS
11 | DEF
Error: ERROR:  column "nope" does not exist (42703)
Error: ERROR:  RETURNING * of a statement that joins other tables is not supported yet (0A000)
HINT:  name the table: RETURNING t.*
Error: ERROR:  division by zero (22012)
k
