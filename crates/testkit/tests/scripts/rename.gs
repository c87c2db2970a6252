# A renamed thing keeps its rows, its indexes and its past; nothing of it is left under the old name.
> CREATE DATABASE other
> CREATE TABLE t (k INT PRIMARY KEY, a STRING)
> CREATE INDEX t_a ON t (a)
> INSERT INTO t VALUES (1, 'one')
> ALTER TABLE t RENAME COLUMN a TO "B b"
> SELECT * FROM t WHERE "B b" = 'one'
!> SELECT a FROM t
!> ALTER TABLE t RENAME COLUMN k TO "B b"
> SHOW CREATE TABLE t
---
CREATE DATABASE
CREATE TABLE
CREATE INDEX
INSERT 0 1
ALTER TABLE
k | B b
1 | one
Error: ERROR:  column "a" does not exist (42703)
Error: ERROR:  column "B b" of relation "t" already exists (42701)
table_name | create_statement
t | CREATE TABLE t (
	k INT8 NOT NULL,
	"B b" STRING,
	CONSTRAINT t_pkey PRIMARY KEY (k),
	INDEX t_a ("B b")
)

> ALTER TABLE t RENAME TO u
!> SELECT * FROM t
> SELECT * FROM u
> CREATE TABLE t (x INT)
!> ALTER TABLE u RENAME TO t
> ALTER TABLE u RENAME TO other.t
> SELECT * FROM other.t
> ALTER TABLE other.t RENAME TO u
> SHOW TABLES FROM other
!> ALTER TABLE other.u RENAME TO nowhere.u
---
ALTER TABLE
Error: ERROR:  relation "t" does not exist (42P01)
k | B b
1 | one
CREATE TABLE
Error: ERROR:  relation "t" already exists (42P07)
ALTER TABLE
k | B b
1 | one
ALTER TABLE
schema_name | table_name | type
public | u | table
Error: ERROR:  database "nowhere" does not exist (3D000)

> ALTER INDEX other.u@t_a RENAME TO by_b
!> ALTER INDEX other.u@by_b RENAME TO t_pkey
!> ALTER INDEX missing RENAME TO x
> ALTER INDEX IF EXISTS missing RENAME TO x
> ALTER TABLE other.u RENAME CONSTRAINT t_pkey TO u_pkey
> SHOW INDEXES FROM other.u
> DROP INDEX other.u@by_b
!> DROP INDEX other.by_b
> DROP INDEX IF EXISTS other.by_b
---
ALTER INDEX
Error: ERROR:  constraint "t_pkey" for relation "u" already exists (42710)
Error: ERROR:  index "missing" does not exist (42704)
NOTICE:  index "missing" does not exist, skipping
ALTER INDEX
ALTER TABLE
table_name | index_name | non_unique | seq_in_index | column_name | direction
u | u_pkey | f | 1 | k | ASC
u | by_b | t | 1 | B b | ASC
DROP INDEX
Error: ERROR:  index "other.by_b" does not exist (42704)
NOTICE:  index "other.by_b" does not exist, skipping
DROP INDEX

> ALTER DATABASE other RENAME TO another
!> SELECT * FROM other.u
> SELECT * FROM another.u
!> ALTER DATABASE another RENAME TO defaultdb
!> ALTER DATABASE defaultdb RENAME TO x
!> ALTER DATABASE missing RENAME TO x
---
ALTER DATABASE
Error: ERROR:  relation "other.u" does not exist (42P01)
k | B b
1 | one
Error: ERROR:  database "defaultdb" already exists (42P04)
Error: ERROR:  cannot rename the currently open database (55006)
HINT:  SET database to another one first
Error: ERROR:  database "missing" does not exist (3D000)

# A database called like a schema could not be told from it in a name of two parts.
!> CREATE DATABASE public
!> CREATE DATABASE "pg_catalog"
!> CREATE DATABASE IF NOT EXISTS information_schema
!> CREATE DATABASE crdb_internal
> CREATE DATABASE "Public"
!> ALTER DATABASE "Public" RENAME TO public
> BACKUP DATABASE "Public" TO 'nodelocal:///public'
!> RESTORE DATABASE "Public" FROM 'nodelocal:///public' WITH new_db_name = 'pg_catalog'
---
Error: ERROR:  "public" cannot be the name of a database: it is that of a schema (42939)
HINT:  choose another: in a name of two parts it would mean the schema
Error: ERROR:  "pg_catalog" cannot be the name of a database: it is that of a schema (42939)
HINT:  choose another: in a name of two parts it would mean the schema
Error: ERROR:  "information_schema" cannot be the name of a database: it is that of a schema (42939)
HINT:  choose another: in a name of two parts it would mean the schema
Error: ERROR:  "crdb_internal" cannot be the name of a database: it is that of a schema (42939)
HINT:  choose another: in a name of two parts it would mean the schema
CREATE DATABASE
Error: ERROR:  "public" cannot be the name of a database: it is that of a schema (42939)
HINT:  choose another: in a name of two parts it would mean the schema
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 0 | 0 | 1 | 16
Error: ERROR:  "pg_catalog" cannot be the name of a database: it is that of a schema (42939)
HINT:  give the restored one another name with the new_db_name option
