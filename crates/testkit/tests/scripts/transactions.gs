# Transactions as a client sees them. What could go wrong: a write seen too early or not at all, a conflict that is
# not reported, a session that goes on in a failed transaction as if nothing had happened.
> CREATE TABLE t (k INT PRIMARY KEY, v STRING)
> INSERT INTO t VALUES (1, 'a'), (2, 'b')
---

a:> BEGIN
a:> UPDATE t SET v = 'a2' WHERE k = 1
a:> SELECT * FROM t ORDER BY k
b:> SELECT * FROM t ORDER BY k
a:> COMMIT
b:> SELECT * FROM t ORDER BY k
---

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

# A failed transaction refuses everything but its end.
> BEGIN
> INSERT INTO t VALUES (3, 'c')
!> INSERT INTO t VALUES (3, 'd')
!> SELECT 1
> ROLLBACK
> SELECT count(*) FROM t
---

# Some statements cannot be taken back, and are not begun.
> BEGIN
!> BACKUP TABLE t TO 'nodelocal:///t'
> ROLLBACK
---

# The past stays readable.
advance 60
> DELETE FROM t WHERE k = 1
> SELECT count(*) FROM t
> SELECT count(*) FROM t AS OF SYSTEM TIME '-30s'
!> SELECT count(*) FROM t AS OF SYSTEM TIME '+30s'
---
