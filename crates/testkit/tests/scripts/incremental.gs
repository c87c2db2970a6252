# An incremental holds only what changed since the last backup listed. A delete must travel, or the row comes back from the
# dead; a table that was created, dropped, truncated or renamed in between must be as it is at the end; columns that came or
# went must be there or not; nothing changed must cost next to nothing.
> CREATE DATABASE bank
> CREATE TABLE bank.t (k INT PRIMARY KEY, v STRING, INDEX (v))
> CREATE TABLE bank.gone (k INT PRIMARY KEY)
> CREATE TABLE bank.renamed (k INT PRIMARY KEY)
> INSERT INTO bank.t VALUES (1, 'one'), (2, 'two'), (3, 'three'), (4, NULL)
> INSERT INTO bank.gone VALUES (1)
> INSERT INTO bank.renamed VALUES (7)
[objects]> BACKUP DATABASE bank TO 'nodelocal:///full'
---
CREATE DATABASE
CREATE TABLE
CREATE TABLE
CREATE TABLE
INSERT 0 4
INSERT 0 1
INSERT 0 1
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 6 | 4 | 1 | 94
object full/data/100/1-*.parquet
object full/data/101/1-*.parquet
object full/data/102/1-*.parquet
object full/lock-1.json
object full/manifest.json
object full/system/users-*.parquet

# Nothing changed: the manifest, the lock and the users.
[objects]> BACKUP DATABASE bank TO 'nodelocal:///nothing' INCREMENTAL FROM 'nodelocal:///full'
---
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 0 | 0 | 1 | 16
object nothing/lock-1.json
object nothing/manifest.json
object nothing/system/users-*.parquet

> UPDATE bank.t SET v = 'TWO' WHERE k = 2
> DELETE FROM bank.t WHERE k = 3
> INSERT INTO bank.t VALUES (5, 'five')
> DROP TABLE bank.gone
> CREATE TABLE bank.new (k INT PRIMARY KEY, v INT)
> INSERT INTO bank.new VALUES (1, 10)
> ALTER TABLE bank.renamed RENAME TO bank.other
[objects]> BACKUP DATABASE bank TO 'nodelocal:///inc1' INCREMENTAL FROM 'nodelocal:///full', 'nodelocal:///nothing'
> SHOW BACKUP 'nodelocal:///inc1'
---
UPDATE 1
DELETE 1
INSERT 0 1
DROP TABLE
CREATE TABLE
INSERT 0 1
ALTER TABLE
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 4 | 3 | 1 | 69
object inc1/data/100/1-*.parquet
object inc1/data/103/1-*.parquet
object inc1/lock-1.json
object inc1/manifest.json
object inc1/system/users-*.parquet
database | table | start_time | end_time | size_bytes | rows | object_type | backup_type | revision_history | fingerprint
bank | new | <start_time> | <end_time> | 12 | 1 | table | incremental | f | 154542d69af5a57c516564c330da0565
bank | other | <start_time> | <end_time> | 0 | 0 | table | incremental | f | b1528a3bc1e39b51d2839283a583fd8b
bank | t | <start_time> | <end_time> | 41 | 3 | table | incremental | f | 51c0ec040274b986f1b0c0e7b15d190e
system | users | <start_time> | <end_time> | 16 | 1 | table | incremental | f | 3d0218d168356cc21fb74951017594ce

> ALTER TABLE bank.t ADD COLUMN w INT DEFAULT 9
> UPDATE bank.t SET w = NULL WHERE k = 1
> ALTER TABLE bank.new DROP COLUMN v
[objects]> BACKUP DATABASE bank TO 'nodelocal:///inc2' INCREMENTAL FROM 'nodelocal:///full', 'nodelocal:///nothing', 'nodelocal:///inc1'
---
ALTER TABLE
UPDATE 1
ALTER TABLE
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 1 | 1 | 1 | 32
object inc2/data/100/1-*.parquet
object inc2/lock-1.json
object inc2/manifest.json
object inc2/system/users-*.parquet

> DROP DATABASE bank
> RESTORE DATABASE bank FROM 'nodelocal:///full', 'nodelocal:///nothing', 'nodelocal:///inc1', 'nodelocal:///inc2'
> SHOW TABLES FROM bank
> SELECT * FROM bank.t ORDER BY k
> SELECT k FROM bank.t WHERE v = 'TWO'
> SELECT * FROM bank.new
> SELECT * FROM bank.other
---
DROP DATABASE
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 6 | 4 | 1 | 100
schema_name | table_name | type
public | new | table
public | other | table
public | t | table
k | v | w
1 | one | NULL
2 | TWO | 9
4 | NULL | 9
5 | five | 9
k
2
k
1
k
7

# Fewer layers: an older state.
> RESTORE DATABASE bank FROM 'nodelocal:///full', 'nodelocal:///nothing', 'nodelocal:///inc1' WITH new_db_name = 'older'
> SELECT * FROM older.t ORDER BY k
> SELECT * FROM older.new
> RESTORE DATABASE bank FROM 'nodelocal:///full' WITH new_db_name = 'oldest'
> SELECT * FROM oldest.t ORDER BY k
> SHOW TABLES FROM oldest
---
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 6 | 4 | 1 | 95
k | v
1 | one
2 | TWO
4 | NULL
5 | five
k | v
1 | 10
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 6 | 4 | 1 | 94
k | v
1 | one
2 | two
3 | three
4 | NULL
schema_name | table_name | type
public | gone | table
public | renamed | table
public | t | table

# The restored database is new to the chain.
!> BACKUP DATABASE bank TO 'nodelocal:///inc3' INCREMENTAL FROM 'nodelocal:///full', 'nodelocal:///nothing', 'nodelocal:///inc1', 'nodelocal:///inc2'
---
Error: ERROR:  previous backup does not contain the complete database "bank": the one that it has is another database of that name, dropped or renamed since; make a new full backup, or leave the database out (22023)

# Another store takes the chain as well.
fresh
> RESTORE DATABASE bank FROM 'nodelocal:///full', 'nodelocal:///nothing', 'nodelocal:///inc1', 'nodelocal:///inc2'
> SELECT * FROM bank.t ORDER BY k
---
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 6 | 4 | 1 | 100
k | v | w
1 | one | NULL
2 | TWO | 9
4 | NULL | 9
5 | five | 9
