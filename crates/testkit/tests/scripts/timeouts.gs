# Timeouts. What could go wrong: a time that is accepted and never ends anything, a session that is gone with its statement.
> CREATE TABLE t (k INT PRIMARY KEY)
> INSERT INTO t SELECT i FROM generate_series(1, 1000) AS s (i)
> SET statement_timeout = '1s'
> SHOW statement_timeout
!> SELECT count(*) FROM t a, t b, t c, t d WHERE a.k + b.k + c.k + d.k < 0
!> SELECT pg_sleep(600)
> BEGIN
!> SELECT count(*) FROM t a, t b, t c, t d WHERE a.k + b.k + c.k + d.k < 0
!> SELECT 1
> ROLLBACK
> SELECT count(*) FROM t
> SET statement_timeout = 60000
> SHOW statement_timeout
> SET statement_timeout = 0
> SHOW statement_timeout
!> SET statement_timeout = 'soon'
---
CREATE TABLE
INSERT 0 1000
SET
statement_timeout
1s
Error: ERROR:  canceling statement due to statement timeout (57014)
Error: ERROR:  canceling statement due to statement timeout (57014)
BEGIN
Error: ERROR:  canceling statement due to statement timeout (57014)
Error: ERROR:  current transaction is aborted, commands ignored until end of transaction block (25P02)
ROLLBACK
count
1000
SET
statement_timeout
1min
SET
statement_timeout
0
Error: ERROR:  invalid value for parameter "statement_timeout": "soon" (22023)
HINT:  milliseconds, or a number with one of the units ms, s, min, h, d; 0 for none

# generate_series as a table, its column named as in PostgreSQL.
> SELECT * FROM generate_series(1, 3)
> SELECT g * 2 AS twice FROM generate_series(-1, 1) AS g
> SELECT x.i FROM generate_series(5, 1, -2) AS x (i)
> SELECT g FROM generate_series('2026-01-31'::TIMESTAMP, '2026-02-02'::TIMESTAMP, INTERVAL '1 day') AS g
> SELECT count(*) FROM generate_series(1, 0)
---
generate_series
1
2
3
twice
-2
0
2
i
5
3
1
g
2026-01-31 00:00:00
2026-02-01 00:00:00
2026-02-02 00:00:00
count
0
