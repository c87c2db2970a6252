# Transactions as a client sees them. What could go wrong: a write seen too early or not at all, a conflict that is
# not reported, a session that goes on in a failed transaction as if nothing had happened.
> CREATE TABLE t (k INT PRIMARY KEY, v STRING)
> INSERT INTO t VALUES (1, 'a'), (2, 'b')
---
CREATE TABLE
INSERT 0 2

a:> BEGIN
a:> UPDATE t SET v = 'a2' WHERE k = 1
a:> SELECT * FROM t ORDER BY k
b:> SELECT * FROM t ORDER BY k
a:> COMMIT
b:> SELECT * FROM t ORDER BY k
---
a: BEGIN
a: UPDATE 1
a: k | v
a: 1 | a2
a: 2 | b
b: k | v
b: 1 | a
b: 2 | b
a: COMMIT
b: k | v
b: 1 | a2
b: 2 | b

# Two that read what the other writes: the second to commit is told to try again.
a:> BEGIN
b:> BEGIN
a:> SELECT v FROM t WHERE k = 1
b:> SELECT v FROM t WHERE k = 2
a:> UPDATE t SET v = 'from a' WHERE k = 2
b:> UPDATE t SET v = 'from b' WHERE k = 1
a:> COMMIT
b:!> COMMIT
> SELECT * FROM t ORDER BY k
---
a: BEGIN
b: BEGIN
a: v
a: a2
b: v
b: b
a: UPDATE 1
b: UPDATE 1
a: COMMIT
b: Error: ERROR:  restart transaction: something it read was changed by another transaction (40001)
b: HINT:  run the whole transaction again
k | v
1 | a2
2 | from a

# A failed transaction refuses everything but its end.
> BEGIN
> INSERT INTO t VALUES (3, 'c')
!> INSERT INTO t VALUES (3, 'd')
!> SELECT 1
> ROLLBACK
> SELECT count(*) FROM t
---
BEGIN
INSERT 0 1
Error: ERROR:  duplicate key value violates unique constraint "t_pkey" (23505)
DETAIL:  Key (k)=(3) already exists.
Error: ERROR:  current transaction is aborted, commands ignored until end of transaction block (25P02)
ROLLBACK
count
2

# Some statements cannot be taken back, and are not begun.
> BEGIN
!> BACKUP TABLE t TO 'nodelocal:///t'
> ROLLBACK
---
BEGIN
Error: ERROR:  BACKUP cannot be used inside a transaction (25001)
HINT:  BACKUP … WITH detached may be: its job begins at COMMIT
ROLLBACK

# The past stays readable.
advance 60
> DELETE FROM t WHERE k = 1
> SELECT count(*) FROM t
> SELECT count(*) FROM t AS OF SYSTEM TIME '-30s'
!> SELECT count(*) FROM t AS OF SYSTEM TIME '+30s'
---
DELETE 1
count
1
count
2
Error: ERROR:  AS OF SYSTEM TIME: cannot specify timestamp in the future (22023)

# EXECUTE is no end of a transaction: it must not hold one, which would be forgotten as the statement ends.
> CREATE TABLE kept (k INT PRIMARY KEY)
!> PREPARE c AS COMMIT
!> PREPARE c AS ROLLBACK
!> PREPARE c AS SET timezone = 'Asia/Tokyo'
!> PREPARE c AS CREATE TABLE u (k INT PRIMARY KEY)
> PREPARE c AS INSERT INTO kept VALUES ($1)
> BEGIN
> EXECUTE c (1)
> COMMIT
> SELECT * FROM kept
---
CREATE TABLE
Error: ERROR:  PREPARE does not take such a statement (42601)
HINT:  it takes queries, changes of rows, SHOW, BACKUP, RESTORE, and what controls jobs
Error: ERROR:  PREPARE does not take such a statement (42601)
HINT:  it takes queries, changes of rows, SHOW, BACKUP, RESTORE, and what controls jobs
Error: ERROR:  PREPARE does not take such a statement (42601)
HINT:  it takes queries, changes of rows, SHOW, BACKUP, RESTORE, and what controls jobs
Error: ERROR:  PREPARE does not take such a statement (42601)
HINT:  it takes queries, changes of rows, SHOW, BACKUP, RESTORE, and what controls jobs
PREPARE
BEGIN
INSERT 0 1
COMMIT
k
1
