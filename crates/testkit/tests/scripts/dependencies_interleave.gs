# Hierarchies of three levels through chains and histories. What could go wrong: half of one in a backup, with history too; one that was whole
# when the backup began and is not at its end; keys that no longer fit.
> CREATE DATABASE h
> CREATE DATABASE other
> SET database = h
> CREATE TABLE a (a INT PRIMARY KEY)
> CREATE TABLE b (a INT, b INT, PRIMARY KEY (a, b)) INTERLEAVE IN PARENT a (a)
> CREATE TABLE c (a INT, b INT, c INT, PRIMARY KEY (a, b, c)) INTERLEAVE IN PARENT b (a, b)
> CREATE TABLE alone (k INT PRIMARY KEY)
> INSERT INTO a VALUES (1), (2)
> INSERT INTO b VALUES (1, 1), (2, 1)
> INSERT INTO c VALUES (1, 1, 1), (2, 1, 1)
---
CREATE DATABASE
CREATE DATABASE
SET
CREATE TABLE
CREATE TABLE
CREATE TABLE
CREATE TABLE
INSERT 0 2
INSERT 0 2
INSERT 0 2

# Half a hierarchy is refused, whatever the kind of backup; all that is missing is named.
!> BACKUP b TO 'nodelocal:///x'
!> BACKUP b TO 'nodelocal:///x' WITH revision_history
!> BACKUP a, b TO 'nodelocal:///x' WITH revision_history
> BACKUP a, b, c TO 'nodelocal:///list' WITH revision_history
> BACKUP DATABASE h TO 'nodelocal:///0'
---
Error: ERROR:  cannot backup table "h.b" without interleave parent "h.a"; cannot backup table "h.b" without interleave child table "h.c" (2BP01)
HINT:  name the whole hierarchy, or its database
Error: ERROR:  cannot backup table "h.b" without interleave parent "h.a"; cannot backup table "h.b" without interleave child table "h.c" (2BP01)
HINT:  name the whole hierarchy, or its database
Error: ERROR:  cannot backup table "h.b" without interleave child table "h.c" (2BP01)
HINT:  name the whole hierarchy, or its database
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 6 | 0 | 1 | 88
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 6 | 0 | 1 | 88

advance 100
> DELETE FROM c WHERE a = 1
> INSERT INTO b VALUES (3, 3)
> BACKUP DATABASE h TO 'nodelocal:///1' INCREMENTAL FROM 'nodelocal:///0' WITH revision_history
advance 100
> DROP TABLE c
> CREATE TABLE d (a INT, d STRING, PRIMARY KEY (a, d)) INTERLEAVE IN PARENT a (a)
> INSERT INTO d VALUES (1, 'x')
!> BACKUP a, b TO 'nodelocal:///x' INCREMENTAL FROM 'nodelocal:///list'
!> BACKUP a, b TO 'nodelocal:///x' INCREMENTAL FROM 'nodelocal:///list' WITH revision_history
!> BACKUP a, b, d TO 'nodelocal:///x' INCREMENTAL FROM 'nodelocal:///list'
advance 100
> BACKUP DATABASE h TO 'nodelocal:///2' INCREMENTAL FROM 'nodelocal:///0', 'nodelocal:///1' WITH revision_history
---
DELETE 1
INSERT 0 1
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 2 | 0 | 1 | 42
DROP TABLE
CREATE TABLE
INSERT 0 1
Error: ERROR:  cannot backup table "h.a" without interleave child table "h.d" (2BP01)
HINT:  name the whole hierarchy, or its database
Error: ERROR:  cannot backup table "h.a" without interleave child table "h.d" (2BP01)
HINT:  name the whole hierarchy, or its database
Error: ERROR:  previous backup does not contain table "h.d": make a new full backup, or leave the table out (22023)
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 1 | 0 | 1 | 30

# Each instant has the hierarchy of its time.
> RESTORE DATABASE h FROM 'nodelocal:///0', 'nodelocal:///1', 'nodelocal:///2' AS OF SYSTEM TIME '-250s' WITH new_db_name = 'h250'
> SHOW TABLES FROM h250
> SELECT count(*) FROM h250.c
> SHOW CREATE TABLE h250.c
> RESTORE DATABASE h FROM 'nodelocal:///0', 'nodelocal:///1' WITH new_db_name = 'h1'
> SELECT * FROM h1.c
> SELECT * FROM h1.b ORDER BY a
> RESTORE DATABASE h FROM 'nodelocal:///0', 'nodelocal:///1', 'nodelocal:///2' WITH new_db_name = 'h2'
> SHOW TABLES FROM h2
> SHOW CREATE TABLE h2.d
!> DROP TABLE h2.a
!> RESTORE h.a, h.b FROM 'nodelocal:///0', 'nodelocal:///1', 'nodelocal:///2' WITH into_db = 'other'
!> RESTORE h.a, h.b, h.d FROM 'nodelocal:///0', 'nodelocal:///1' WITH into_db = 'other'
> RESTORE h.a, h.b, h.d FROM 'nodelocal:///0', 'nodelocal:///1', 'nodelocal:///2' WITH into_db = 'other'
> SHOW CREATE TABLE other.b
---
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 6 | 0 | 1 | 88
schema_name | table_name | type
public | a | table
public | alone | table
public | b | table
public | c | table
count
2
table_name | create_statement
c | CREATE TABLE c (
	a INT8 NOT NULL,
	b INT8 NOT NULL,
	c INT8 NOT NULL,
	CONSTRAINT c_pkey PRIMARY KEY (a, b, c)
) INTERLEAVE IN PARENT b (a, b)
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 6 | 0 | 1 | 86
a | b | c
2 | 1 | 1
a | b
1 | 1
2 | 1
3 | 3
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 6 | 0 | 1 | 86
schema_name | table_name | type
public | a | table
public | alone | table
public | b | table
public | d | table
table_name | create_statement
d | CREATE TABLE d (
	a INT8 NOT NULL,
	d STRING NOT NULL,
	CONSTRAINT d_pkey PRIMARY KEY (a, d)
) INTERLEAVE IN PARENT a (a)
Error: ERROR:  cannot drop table "a" because table "b" is interleaved in it (2BP01)
DETAIL:  table b depends on table a
HINT:  use DROP ... CASCADE to drop the dependent objects too
Error: ERROR:  cannot restore table "h.a" without interleave child table "h.d" (2BP01)
HINT:  name them all in one RESTORE
Error: ERROR:  table "h.d" does not exist (42P01)
HINT:  SHOW BACKUP shows what a backup holds at its end
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 6 | 0 | 1 | 86
table_name | create_statement
b | CREATE TABLE b (
	a INT8 NOT NULL,
	b INT8 NOT NULL,
	CONSTRAINT b_pkey PRIMARY KEY (a, b)
) INTERLEAVE IN PARENT a (a)

# A part of the hierarchy that went to another database: named by where it is, in the backup and in the restore.
> ALTER TABLE b RENAME TO other.bb
!> BACKUP DATABASE h TO 'nodelocal:///x' INCREMENTAL FROM 'nodelocal:///0', 'nodelocal:///1', 'nodelocal:///2' WITH revision_history
!> BACKUP DATABASE h TO 'nodelocal:///x'
> BACKUP DATABASE h, other TO 'nodelocal:///both'
!> RESTORE DATABASE h FROM 'nodelocal:///both' WITH new_db_name = 'h3'
> CREATE DATABASE h3
> RESTORE h.a, h.d, other.bb FROM 'nodelocal:///both' WITH into_db = 'h3'
> SHOW CREATE TABLE h3.bb
---
ALTER TABLE
Error: ERROR:  cannot backup table "h.a" without interleave child table "other.bb" (2BP01)
HINT:  name the whole hierarchy, or its database
Error: ERROR:  cannot backup table "h.a" without interleave child table "other.bb" (2BP01)
HINT:  name the whole hierarchy, or its database
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 12 | 0 | 1 | 156
Error: ERROR:  cannot restore table "h.a" without interleave child table "other.bb" (2BP01)
HINT:  name them all in one RESTORE
CREATE DATABASE
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 6 | 0 | 1 | 86
table_name | create_statement
bb | CREATE TABLE bb (
	a INT8 NOT NULL,
	b INT8 NOT NULL,
	CONSTRAINT b_pkey PRIMARY KEY (a, b)
) INTERLEAVE IN PARENT a (a)
