# AS OF SYSTEM TIME of SELECT. What could go wrong: rows of another instant, a definition of today over rows of then, an instant that is taken for
# now because nobody understood it, half a statement read at one instant and half at another.
> CREATE TABLE t (k INT PRIMARY KEY, v STRING)
> CREATE TABLE u (k INT PRIMARY KEY)
> INSERT INTO t VALUES (1, 'one'), (2, 'two')
> INSERT INTO u VALUES (1), (2)
advance 60
> UPDATE t SET v = 'changed' WHERE k = 1
> DELETE FROM t WHERE k = 2
> DELETE FROM u
> ALTER TABLE t RENAME COLUMN v TO w
> ALTER TABLE t ADD COLUMN late INT DEFAULT 5
> CREATE TABLE later (k INT PRIMARY KEY)
advance 60
---
CREATE TABLE
CREATE TABLE
INSERT 0 2
INSERT 0 2
UPDATE 1
DELETE 1
DELETE 2
ALTER TABLE
ALTER TABLE
CREATE TABLE

# Where it may stand: behind the FROM list, for all of the statement.
> SELECT * FROM t ORDER BY k
> SELECT * FROM t AS OF SYSTEM TIME '-90s' ORDER BY k
> SELECT v FROM t AS OF SYSTEM TIME '-90s' WHERE k = 1
> SELECT t.k, v FROM t JOIN u ON t.k = u.k AS OF SYSTEM TIME '-90s' ORDER BY t.k
> SELECT count(*) FROM t a, u b AS OF SYSTEM TIME '-90s'
> SELECT count(*) FROM t AS OF SYSTEM TIME '-90s' GROUP BY v ORDER BY 1 LIMIT 1
> (SELECT count(*) FROM u AS OF SYSTEM TIME '-90s')
> WITH w AS (SELECT * FROM u) SELECT count(*) FROM w AS OF SYSTEM TIME '-90s'
> SELECT k FROM t AS OF SYSTEM TIME '-90s' WHERE k IN (SELECT k FROM u AS OF SYSTEM TIME '-90s') ORDER BY k
> SELECT count(*) FROM (SELECT k FROM u) AS s AS OF SYSTEM TIME '-90s'
> PREPARE p AS SELECT count(*) FROM u AS OF SYSTEM TIME '-90s' WHERE k > $1
> EXECUTE p(1)
---
k | w | late
1 | changed | 5
k | v
1 | one
2 | two
v
one
k | v
1 | one
2 | two
count
4
count
1
count
2
count
2
k
1
2
count
2
PREPARE
count
1

# The definitions are those of then.
!> SELECT w FROM t AS OF SYSTEM TIME '-90s'
!> SELECT late FROM t AS OF SYSTEM TIME '-90s'
!> EXPLAIN SELECT late FROM t AS OF SYSTEM TIME '-90s'
!> SELECT * FROM later AS OF SYSTEM TIME '-90s'
!> SELECT * FROM t AS OF SYSTEM TIME '-10m'
---
Error: ERROR:  column "w" does not exist (42703)
Error: ERROR:  column "late" does not exist (42703)
Error: ERROR:  column "late" does not exist (42703)
Error: ERROR:  relation "later" does not exist (42P01)
Error: ERROR:  relation "t" does not exist (42P01)

# Where it may not.
!> SELECT 1 AS OF SYSTEM TIME '-90s'
!> SELECT * FROM t WHERE k = 1 AS OF SYSTEM TIME '-90s'
!> SELECT * FROM t ORDER BY k AS OF SYSTEM TIME '-90s'
!> UPDATE t SET w = 'x' AS OF SYSTEM TIME '-90s'
!> DELETE FROM t AS OF SYSTEM TIME '-90s'
!> INSERT INTO t VALUES (3, 'x') AS OF SYSTEM TIME '-90s'
!> INSERT INTO u SELECT k FROM t AS OF SYSTEM TIME '-90s'
!> CREATE VIEW v AS SELECT * FROM t AS OF SYSTEM TIME '-90s'
!> SELECT * FROM (SELECT * FROM t AS OF SYSTEM TIME '-90s') AS s
!> SELECT * FROM t AS OF SYSTEM TIME '-90s' WHERE k IN (SELECT k FROM u AS OF SYSTEM TIME '-80s')
!> SELECT * FROM t AS OF SYSTEM TIME '-90s' UNION ALL SELECT * FROM t AS OF SYSTEM TIME '-80s'
!> SELECT * FROM t AS OF SYSTEM TIME
> BEGIN
!> SELECT * FROM t AS OF SYSTEM TIME '-90s'
> ROLLBACK
!> BEGIN AS OF SYSTEM TIME '-90s'
!> SET TRANSACTION AS OF SYSTEM TIME '-90s'
---
Error: ERROR:  syntax error at or near "AS": expected the end of the statement: AS OF SYSTEM TIME must follow the FROM list of a SELECT (42601)
Error: ERROR:  syntax error at or near "AS": expected the end of the statement: AS OF SYSTEM TIME must follow the FROM list of a SELECT (42601)
Error: ERROR:  syntax error at or near "AS": expected the end of the statement: AS OF SYSTEM TIME must follow the FROM list of a SELECT (42601)
Error: ERROR:  syntax error at or near "AS": expected the end of the statement: AS OF SYSTEM TIME must follow the FROM list of a SELECT (42601)
Error: ERROR:  syntax error at or near "AS": expected the end of the statement: AS OF SYSTEM TIME must follow the FROM list of a SELECT (42601)
Error: ERROR:  syntax error at or near "AS": expected the end of the statement: AS OF SYSTEM TIME must follow the FROM list of a SELECT (42601)
Error: ERROR:  AS OF SYSTEM TIME must be provided on a top-level statement (42601)
Error: ERROR:  AS OF SYSTEM TIME must be provided on a top-level statement (42601)
Error: ERROR:  AS OF SYSTEM TIME must be provided on a top-level statement (42601)
Error: ERROR:  cannot specify AS OF SYSTEM TIME with different timestamps (42601)
Error: ERROR:  cannot specify AS OF SYSTEM TIME with different timestamps (42601)
Error: ERROR:  syntax error at end of input: expected an expression (42601)
BEGIN
Error: ERROR:  AS OF SYSTEM TIME must be provided on a top-level statement: not inside a transaction (0A000)
ROLLBACK
Error: ERROR:  AS OF SYSTEM TIME of a whole transaction is not supported yet (0A000)
Error: ERROR:  AS OF SYSTEM TIME of a whole transaction is not supported yet (0A000)

# Every form of an instant. The store was made at 2026-01-01 00:00:00.
> SELECT count(*) FROM u AS OF SYSTEM TIME '2026-01-01 00:00:30'
> SELECT count(*) FROM u AS OF SYSTEM TIME '2026-01-01T00:00:30.123456789Z'
> SELECT count(*) FROM u AS OF SYSTEM TIME '2026-01-01 01:00:30.25+01:00'
> SELECT count(*) FROM u AS OF SYSTEM TIME 1767225630000000000
> SELECT count(*) FROM u AS OF SYSTEM TIME '1767225630000000000'
> SELECT count(*) FROM u AS OF SYSTEM TIME 1767225630000000000.0000000001
> SELECT count(*) FROM u AS OF SYSTEM TIME '1767225630000000000.0000000001'
> SELECT count(*) FROM u AS OF SYSTEM TIME 1.76722563e18
> SELECT count(*) FROM u AS OF SYSTEM TIME INTERVAL '-90s'
> SELECT count(*) FROM u AS OF SYSTEM TIME '-1m30s'
> SELECT count(*) FROM u AS OF SYSTEM TIME '-00:01:30'
> SELECT count(*) FROM u AS OF SYSTEM TIME '-1us'
---
count
2
count
2
count
2
count
2
count
2
count
2
count
2
count
2
count
2
count
2
count
2
count
0

# What is no instant.
!> SELECT count(*) FROM u AS OF SYSTEM TIME 'xxx'
!> SELECT count(*) FROM u AS OF SYSTEM TIME ''
!> SELECT count(*) FROM u AS OF SYSTEM TIME '2026-02-30'
!> SELECT count(*) FROM u AS OF SYSTEM TIME 0
!> SELECT count(*) FROM u AS OF SYSTEM TIME '0.0000000000'
!> SELECT count(*) FROM u AS OF SYSTEM TIME '-0s'
!> SELECT count(*) FROM u AS OF SYSTEM TIME 1.12345678901
!> SELECT count(*) FROM u AS OF SYSTEM TIME 1e40
!> SELECT count(*) FROM u AS OF SYSTEM TIME '10s'
!> SELECT count(*) FROM u AS OF SYSTEM TIME '2999-01-01'
!> SELECT count(*) FROM u AS OF SYSTEM TIME '1969-12-31'
!> SELECT count(*) FROM u AS OF SYSTEM TIME true
!> SELECT count(*) FROM u AS OF SYSTEM TIME NULL
!> SELECT count(*) FROM u AS OF SYSTEM TIME k
!> SELECT count(*) FROM u AS OF SYSTEM TIME now()
!> SELECT count(*) FROM u AS OF SYSTEM TIME follower_read_timestamp()
!> SELECT count(*) FROM u AS OF SYSTEM TIME $1
---
Error: ERROR:  AS OF SYSTEM TIME: value is neither timestamp nor decimal (22023)
Error: ERROR:  AS OF SYSTEM TIME: value is neither timestamp nor decimal (22023)
Error: ERROR:  AS OF SYSTEM TIME: value is neither timestamp nor decimal (22023)
Error: ERROR:  AS OF SYSTEM TIME: zero timestamp is invalid (22023)
Error: ERROR:  AS OF SYSTEM TIME: zero timestamp is invalid (22023)
Error: ERROR:  AS OF SYSTEM TIME: interval value is too small: it must be at least one microsecond (22023)
Error: ERROR:  AS OF SYSTEM TIME: logical part has too many digits (22023)
Error: ERROR:  AS OF SYSTEM TIME: value out of range (22023)
Error: ERROR:  AS OF SYSTEM TIME: cannot specify timestamp in the future (22023)
Error: ERROR:  AS OF SYSTEM TIME: cannot specify timestamp in the future (22023)
Error: ERROR:  batch timestamp 0.0000000000 must be after GC threshold <decimal> of the catalog (55000)
HINT:  read at a later time, or restore from a backup
Error: ERROR:  AS OF SYSTEM TIME: expected timestamp, got bool (true) (22023)
Error: ERROR:  AS OF SYSTEM TIME: expected timestamp, got unknown (NULL) (22023)
Error: ERROR:  AS OF SYSTEM TIME: only constant expressions are allowed, got k (22023)
Error: ERROR:  AS OF SYSTEM TIME: only constant expressions are allowed, got now() (22023)
Error: ERROR:  follower_read_timestamp() in AS OF SYSTEM TIME is not supported yet (0A000)
Error: ERROR:  syntax error at or near "$1": expected a constant: AS OF SYSTEM TIME takes no placeholder (42601)

# The instant of a transaction, as a number that can be given back.
> SELECT cluster_logical_timestamp()
> CREATE TABLE moments (k INT PRIMARY KEY, at DECIMAL)
> INSERT INTO moments VALUES (1, cluster_logical_timestamp())
> SELECT at = 1767225720000000000.0000000000 OR at > 1767225720000000000 FROM moments
---
cluster_logical_timestamp
<cluster_logical_timestamp>
CREATE TABLE
INSERT 0 1
?column?
t
