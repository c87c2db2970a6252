# ON CONFLICT and UPSERT. What could go wrong: a row lost or doubled because the wrong index was asked, an update that sees the wrong
# one of the two rows, a row changed twice by one statement, index entries that no longer fit their rows.
> CREATE TABLE t (k INT PRIMARY KEY, u STRING UNIQUE, n INT DEFAULT 0)
> INSERT INTO t VALUES (1, 'one', 1), (2, 'two', 2)
---
CREATE TABLE
INSERT 0 2

# DO NOTHING: of any clash, or of the one that is named.
> INSERT INTO t VALUES (1, 'x', 9), (3, 'two', 9), (4, 'four', 4) ON CONFLICT DO NOTHING
> INSERT INTO t VALUES (1, 'x', 9) ON CONFLICT (k) DO NOTHING
!> INSERT INTO t VALUES (5, 'two', 9) ON CONFLICT (k) DO NOTHING
> INSERT INTO t VALUES (5, 'two', 9) ON CONFLICT (u) DO NOTHING
> INSERT INTO t VALUES (5, 'two', 9) ON CONFLICT ON CONSTRAINT t_u_key DO NOTHING
> INSERT INTO t VALUES (6, 'six', 6), (6, 'again', 6) ON CONFLICT DO NOTHING
> SELECT * FROM t ORDER BY k
---
INSERT 0 1
INSERT 0 0
Error: ERROR:  duplicate key value violates unique constraint "t_u_key" (23505)
DETAIL:  Key (u)=(two) already exists.
INSERT 0 0
INSERT 0 0
INSERT 0 1
k | u | n
1 | one | 1
2 | two | 2
4 | four | 4
6 | six | 6

# DO UPDATE: the row that is there by the table's name, the one that was not inserted as excluded.
> INSERT INTO t VALUES (1, 'uno', 10) ON CONFLICT (k) DO UPDATE SET u = excluded.u, n = t.n + excluded.n
> INSERT INTO t AS old VALUES (7, 'two', 20) ON CONFLICT (u) DO UPDATE SET n = old.n + excluded.n WHERE old.n < 100 RETURNING k, u, n
> INSERT INTO t VALUES (2, 'x', 20) ON CONFLICT (k) DO UPDATE SET n = 0 WHERE false
> INSERT INTO t VALUES (2, 'x', 20), (8, 'eight', 8) ON CONFLICT ON CONSTRAINT t_pkey DO UPDATE SET (n, u) = (excluded.n + 1, DEFAULT)
> INSERT INTO t (k) VALUES (8) ON CONFLICT (k) DO UPDATE SET n = (SELECT max(n) FROM t) + 1
> INSERT INTO t (k, u) VALUES (4, 'y') ON CONFLICT (k) DO UPDATE SET k = 40
> SELECT * FROM t ORDER BY k
> SELECT k FROM t WHERE u = 'uno'
> SELECT k FROM t WHERE u = 'one'
---
INSERT 0 1
k | u | n
2 | two | 22
INSERT 0 0
INSERT 0 2
INSERT 0 1
INSERT 0 1
k | u | n
1 | uno | 11
2 | NULL | 21
6 | six | 6
8 | eight | 22
40 | four | 4
k
1
k

# What cannot be.
!> INSERT INTO t VALUES (9, 'nine', 1), (9, 'neuf', 2) ON CONFLICT (k) DO UPDATE SET n = excluded.n
!> INSERT INTO t VALUES (1, 'a', 1), (1, 'b', 2) ON CONFLICT (k) DO UPDATE SET n = excluded.n
!> INSERT INTO t VALUES (1, 'a', 1) ON CONFLICT (n) DO NOTHING
!> INSERT INTO t VALUES (1, 'a', 1) ON CONFLICT (nope) DO NOTHING
!> INSERT INTO t VALUES (1, 'a', 1) ON CONFLICT ON CONSTRAINT nope DO NOTHING
!> INSERT INTO t VALUES (1, 'a', 1) ON CONFLICT DO UPDATE SET n = 1
!> INSERT INTO t VALUES (1, 'a', 1) ON CONFLICT (k) DO UPDATE SET n = n + 1
!> INSERT INTO t VALUES (1, 'a', 1) ON CONFLICT (k) DO UPDATE SET k = 2
!> INSERT INTO t VALUES (50, 'uno', 1) ON CONFLICT (k) DO UPDATE SET n = 1
!> INSERT INTO t VALUES (1, 'a', 1) ON CONFLICT (k) DO UPDATE SET n = 1, n = 2
> SELECT * FROM t ORDER BY k
---
Error: ERROR:  ON CONFLICT DO UPDATE command cannot affect row a second time (21000)
HINT:  ensure that no rows proposed for insertion within the same command have duplicate constrained values
Error: ERROR:  ON CONFLICT DO UPDATE command cannot affect row a second time (21000)
HINT:  ensure that no rows proposed for insertion within the same command have duplicate constrained values
Error: ERROR:  there is no unique or exclusion constraint matching the ON CONFLICT specification (42P10)
HINT:  name the columns of the primary key or of a unique index
Error: ERROR:  column "nope" of relation "t" does not exist (42703)
Error: ERROR:  constraint "nope" for table "t" does not exist (42704)
Error: ERROR:  ON CONFLICT DO UPDATE requires inference specification or constraint name (42601)
HINT:  for example, ON CONFLICT (column_name)
Error: ERROR:  column reference "n" is ambiguous (42702)
Error: ERROR:  duplicate key value violates unique constraint "t_pkey" (23505)
DETAIL:  Key (k)=(2) already exists.
Error: ERROR:  duplicate key value violates unique constraint "t_u_key" (23505)
DETAIL:  Key (u)=(uno) already exists.
Error: ERROR:  multiple assignments to same column "n" (42601)
k | u | n
1 | uno | 11
2 | NULL | 21
6 | six | 6
8 | eight | 22
40 | four | 4

# UPSERT: by primary key; columns that it does not name stay.
> UPSERT INTO t (k, n) VALUES (1, 100), (60, 60)
> UPSERT INTO t VALUES (2, 'zwei', 200), (61, 'b', 61) RETURNING *
!> UPSERT INTO t VALUES (62, 'zwei', 1)
!> UPSERT INTO t VALUES (63, 'c', 1), (63, 'd', 2)
> UPSERT INTO t (k) VALUES (2)
> SELECT * FROM t ORDER BY k
---
INSERT 0 2
k | u | n
2 | zwei | 200
61 | b | 61
Error: ERROR:  duplicate key value violates unique constraint "t_u_key" (23505)
DETAIL:  Key (u)=(zwei) already exists.
Error: ERROR:  UPSERT command cannot affect row a second time (21000)
HINT:  ensure that no rows proposed for insertion within the same command have duplicate constrained values
INSERT 0 1
k | u | n
1 | uno | 100
2 | zwei | 200
6 | six | 6
8 | eight | 22
40 | four | 4
60 | NULL | 60
61 | b | 61

# In one transaction a later statement meets what an earlier one wrote.
> BEGIN
> INSERT INTO t VALUES (70, 'seventy', 70)
> INSERT INTO t VALUES (70, 's', 1) ON CONFLICT (k) DO UPDATE SET n = t.n + 1
> INSERT INTO t VALUES (70, 's', 1) ON CONFLICT (k) DO UPDATE SET n = t.n + 1
> DELETE FROM t WHERE k = 70
> INSERT INTO t VALUES (71, 'seventy', 1) ON CONFLICT (u) DO UPDATE SET n = 1
> SELECT * FROM t WHERE k >= 70
> COMMIT
---
BEGIN
INSERT 0 1
INSERT 0 1
INSERT 0 1
DELETE 1
INSERT 0 1
k | u | n
71 | seventy | 1
COMMIT
