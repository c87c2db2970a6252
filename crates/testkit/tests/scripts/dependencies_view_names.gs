# into_db and new_db_name give the names in views their new databases by the parsed query. What could go wrong: a name in a text literal
# that is changed too, an alias taken for a database, a name of another database that is changed or forgotten.
> CREATE DATABASE store
> CREATE DATABASE "Other store"
> CREATE TABLE store.store (store INT PRIMARY KEY, name STRING)
> CREATE TABLE "Other store"."Order" (id INT PRIMARY KEY, store INT)
> INSERT INTO store.store VALUES (1, 'store.public.store')
> INSERT INTO "Other store"."Order" VALUES (10, 1)
> CREATE VIEW store.aliases AS SELECT store.store, store.name AS store_name FROM store.store AS store WHERE store.name <> 'store.store'
> CREATE VIEW store.across AS SELECT o.id, s.name || ' of store.public.store' AS text FROM "Other store"."Order" o JOIN store.store s ON o.store = s.store
> CREATE VIEW store.nested AS WITH store AS (SELECT store AS k FROM store.store) SELECT (SELECT count(*) FROM store.aliases) AS n, k FROM store AS s WHERE EXISTS (SELECT 1 FROM "Other store"."Order" WHERE "Order".store = s.k)
> CREATE VIEW "Other store".back AS SELECT * FROM store.across UNION ALL SELECT store, name FROM store.store
> SELECT * FROM store.nested
> SELECT * FROM "Other store".back ORDER BY id
> BACKUP DATABASE store, "Other store" TO 'nodelocal:///all'
---
CREATE DATABASE
CREATE DATABASE
CREATE TABLE
CREATE TABLE
INSERT 0 1
INSERT 0 1
CREATE VIEW
CREATE VIEW
CREATE VIEW
CREATE VIEW
n | k
1 | 1
id | text
1 | store.public.store
10 | store.public.store of store.public.store
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 2 | 0 | 1 | 58

> CREATE DATABASE "new ""db"""
> RESTORE store.*, "Other store".* FROM 'nodelocal:///all' WITH into_db = 'new "db"'
> SHOW CREATE VIEW "new ""db""".aliases
> SHOW CREATE VIEW "new ""db""".across
> SHOW CREATE VIEW "new ""db""".nested
> SHOW CREATE VIEW "new ""db""".back
> DROP DATABASE store CASCADE
> DROP DATABASE "Other store" CASCADE
> SELECT * FROM "new ""db""".aliases
> SELECT * FROM "new ""db""".across
> SELECT * FROM "new ""db""".nested
> SELECT * FROM "new ""db""".back ORDER BY id
---
CREATE DATABASE
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 2 | 0 | 1 | 58
table_name | create_statement
aliases | CREATE VIEW aliases (store, store_name) AS SELECT store.store, store.name AS store_name FROM "new ""db""".public.store AS store WHERE store.name <> 'store.store'
table_name | create_statement
across | CREATE VIEW across (id, text) AS SELECT o.id, s.name || ' of store.public.store' AS text FROM "new ""db""".public."Order" o JOIN "new ""db""".public.store s ON o.store = s.store
table_name | create_statement
nested | CREATE VIEW nested (n, k) AS WITH store AS (SELECT store AS k FROM "new ""db""".public.store) SELECT (SELECT count(*) FROM "new ""db""".public.aliases) AS n, k FROM store AS s WHERE EXISTS (SELECT 1 FROM "new ""db""".public."Order" WHERE "Order".store = s.k)
table_name | create_statement
back | CREATE VIEW back (id, text) AS SELECT across.id, across.text FROM "new ""db""".public.across UNION ALL SELECT store, name FROM "new ""db""".public.store
DROP DATABASE
DROP DATABASE
store | store_name
1 | store.public.store
id | text
10 | store.public.store of store.public.store
n | k
1 | 1
id | text
1 | store.public.store
10 | store.public.store of store.public.store

# A view that reads another database: restored with it, or refused, or left out.
!> RESTORE DATABASE store FROM 'nodelocal:///all' WITH new_db_name = 'store2'
> RESTORE DATABASE store FROM 'nodelocal:///all' WITH new_db_name = 'store2', skip_missing_views
> SHOW TABLES FROM store2
> SELECT * FROM store2.aliases
> SHOW CREATE VIEW store2.aliases
> RESTORE DATABASE store, "Other store" FROM 'nodelocal:///all'
> SHOW CREATE VIEW "Other store".back
> SELECT * FROM "Other store".back ORDER BY id
> ALTER DATABASE store RENAME TO shop
> BACKUP DATABASE shop, "Other store" TO 'nodelocal:///renamed'
> CREATE DATABASE again
> RESTORE shop.*, "Other store".* FROM 'nodelocal:///renamed' WITH into_db = 'again'
> SHOW CREATE VIEW again.nested
> SELECT * FROM again.nested
---
Error: ERROR:  cannot restore view "store.across" without restoring referenced table "Other store.Order" (or "skip_missing_views" option); cannot restore view "store.nested" without restoring referenced table "Other store.Order" (or "skip_missing_views" option) (2BP01)
HINT:  name them all in one RESTORE
NOTICE:  view store.across is left out: it reads what is not restored
NOTICE:  view store.nested is left out: it reads what is not restored
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 1 | 0 | 1 | 46
schema_name | table_name | type
public | aliases | view
public | store | table
store | store_name
1 | store.public.store
table_name | create_statement
aliases | CREATE VIEW aliases (store, store_name) AS SELECT store.store, store.name AS store_name FROM store2.public.store AS store WHERE store.name <> 'store.store'
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 2 | 0 | 1 | 58
table_name | create_statement
back | CREATE VIEW back (id, text) AS SELECT across.id, across.text FROM store.public.across UNION ALL SELECT store, name FROM store.public.store
id | text
1 | store.public.store
10 | store.public.store of store.public.store
ALTER DATABASE
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 2 | 0 | 1 | 58
CREATE DATABASE
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 2 | 0 | 1 | 58
table_name | create_statement
nested | CREATE VIEW nested (n, k) AS WITH store AS (SELECT store AS k FROM again.public.store) SELECT (SELECT count(*) FROM again.public.aliases) AS n, k FROM store AS s WHERE EXISTS (SELECT 1 FROM again.public."Order" WHERE "Order".store = s.k)
n | k
1 | 1
