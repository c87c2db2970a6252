# Views and sequences in backups. What could go wrong: a view that reads the old database after a restore into another, a sequence that hands
# out a number again that was in use, a restore that brings back half of what belongs together.
> CREATE DATABASE store
> CREATE DATABASE storestats
> CREATE SEQUENCE store.numbers START 100
> CREATE TABLE store.customers (id SERIAL PRIMARY KEY, number INT DEFAULT nextval('store.numbers'), name STRING)
> INSERT INTO store.customers (name) VALUES ('Ada'), ('Bob'), ('Cem')
> CREATE VIEW store.early AS SELECT * FROM store.customers WHERE id < 3
> CREATE VIEW store.texts AS SELECT name, 'store.public.customers' AS text FROM store.early
> CREATE VIEW storestats.counts AS SELECT count(*) FROM store.customers c, store.early
[objects]> BACKUP DATABASE store, storestats TO 'nodelocal:///all'
> BACKUP DATABASE storestats TO 'nodelocal:///stats'
> BACKUP TABLE store.numbers, store.texts TO 'nodelocal:///some'
> SHOW BACKUP 'nodelocal:///all'
---
CREATE DATABASE
CREATE DATABASE
CREATE SEQUENCE
CREATE TABLE
INSERT 0 3
CREATE VIEW
CREATE VIEW
CREATE VIEW
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 5 | 0 | 1 | 96
object all/data/100/1-*.parquet
object all/data/101/1-*.parquet
object all/data/102/1-*.parquet
object all/lock-1.json
object all/manifest.json
object all/system/users-*.parquet
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 0 | 0 | 1 | 16
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 1 | 0 | 1 | 31
database | table | start_time | end_time | size_bytes | rows | object_type | backup_type | revision_history | fingerprint
store | customers | NULL | <end_time> | 51 | 3 | table | full | f | ee10704cff1703f07d8cc20de703826e
store | customers_id_seq | NULL | <end_time> | 14 | 1 | sequence | full | f | fcea312c1d6b74103d88301bf5633f6b
store | early | NULL | <end_time> | 0 | 0 | view | full | f | NULL
store | numbers | NULL | <end_time> | 15 | 1 | sequence | full | f | 360032a5d0f3867a72b1239178deaa28
store | texts | NULL | <end_time> | 0 | 0 | view | full | f | NULL
storestats | counts | NULL | <end_time> | 0 | 0 | view | full | f | NULL
system | users | NULL | <end_time> | 16 | 1 | table | full | f | 3d0218d168356cc21fb74951017594ce

# After the backup numbers went on; restored, they go on from what was reserved: no number comes back.
> INSERT INTO store.customers (name) VALUES ('Dan')
> CREATE DATABASE copy
> RESTORE store.*, storestats.* FROM 'nodelocal:///all' WITH into_db = 'copy'
> SELECT name FROM copy.customers ORDER BY id
> SELECT * FROM copy.texts ORDER BY name
> SELECT * FROM copy.counts
> SHOW CREATE VIEW copy.early
> SHOW CREATE VIEW copy.texts
> SHOW CREATE VIEW copy.counts
> SHOW CREATE TABLE copy.customers
> INSERT INTO copy.customers (name) VALUES ('Eve')
> SELECT count(*), count(DISTINCT id), count(DISTINCT number) FROM copy.customers
> SELECT min(id) > 3, min(number) > 102 FROM copy.customers WHERE name = 'Eve'
!> DROP TABLE copy.customers
!> DROP SEQUENCE copy.numbers
> DROP DATABASE copy
---
INSERT 0 1
CREATE DATABASE
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 5 | 0 | 1 | 96
name
Ada
Bob
Cem
name | text
Ada | store.public.customers
Bob | store.public.customers
count
6
table_name | create_statement
early | CREATE VIEW early (id, number, name) AS SELECT customers.id, customers.number, customers.name FROM copy.public.customers WHERE id < 3
table_name | create_statement
texts | CREATE VIEW texts (name, text) AS SELECT name, 'store.public.customers' AS text FROM copy.public.early
table_name | create_statement
counts | CREATE VIEW counts (count) AS SELECT count(*) AS count FROM copy.public.customers c, copy.public.early
table_name | create_statement
customers | CREATE TABLE customers (
	id INT8 NOT NULL DEFAULT nextval('copy.public.customers_id_seq'),
	number INT8 DEFAULT nextval('copy.public.numbers'),
	name STRING,
	CONSTRAINT customers_pkey PRIMARY KEY (id)
)
INSERT 0 1
count | count | count
4 | 4 | 4
?column? | ?column?
t | t
Error: ERROR:  cannot drop relation "customers" because view "early" depends on it (2BP01)
DETAIL:  view early depends on table customers
HINT:  use DROP ... CASCADE to drop the dependent objects too
Error: ERROR:  cannot drop sequence numbers because other objects depend on it (2BP01)
DETAIL:  a DEFAULT of table customers uses it
HINT:  use DROP ... CASCADE to drop the dependent objects too
DROP DATABASE

# Lacking something: all of it is named at once.
> CREATE DATABASE part
!> RESTORE DATABASE storestats FROM 'nodelocal:///stats' WITH new_db_name = 'part2'
!> RESTORE TABLE store.customers, store.texts FROM 'nodelocal:///all' WITH into_db = 'part'
!> RESTORE TABLE store.texts FROM 'nodelocal:///some' WITH into_db = 'part'
> RESTORE TABLE store.customers, store.texts FROM 'nodelocal:///all' WITH into_db = 'part', skip_missing_sequences, skip_missing_views
> SHOW TABLES FROM part
> SHOW CREATE TABLE part.customers
> RESTORE TABLE store.numbers FROM 'nodelocal:///some' WITH into_db = 'part'
> SELECT nextval('part.numbers') > 102
> DROP SEQUENCE part.numbers
> RESTORE TABLE store.customers, store.early, store.customers_id_seq, store.numbers FROM 'nodelocal:///all' WITH into_db = 'storestats'
> SHOW CREATE VIEW storestats.early
---
CREATE DATABASE
Error: ERROR:  cannot restore view "storestats.counts" without restoring referenced table "store.customers" (or "skip_missing_views" option); cannot restore view "storestats.counts" without restoring referenced table "store.early" (or "skip_missing_views" option) (2BP01)
HINT:  name them all in one RESTORE
Error: ERROR:  cannot restore table "store.customers" without referenced sequence "store.customers_id_seq" (or "skip_missing_sequences" option); cannot restore table "store.customers" without referenced sequence "store.numbers" (or "skip_missing_sequences" option); cannot restore view "store.texts" without restoring referenced table "store.early" (or "skip_missing_views" option) (2BP01)
HINT:  name them all in one RESTORE
Error: ERROR:  cannot restore view "store.texts" without restoring referenced table "store.early" (or "skip_missing_views" option) (2BP01)
HINT:  name them all in one RESTORE
NOTICE:  view store.texts is left out: it reads what is not restored
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 3 | 0 | 1 | 67
schema_name | table_name | type
public | customers | table
table_name | create_statement
customers | CREATE TABLE customers (
	id INT8 NOT NULL,
	number INT8,
	name STRING,
	CONSTRAINT customers_pkey PRIMARY KEY (id)
)
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 1 | 0 | 1 | 31
?column?
t
DROP SEQUENCE
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 5 | 0 | 1 | 96
table_name | create_statement
early | CREATE VIEW early (id, number, name) AS SELECT customers.id, customers.number, customers.name FROM storestats.public.customers WHERE id < 3

> DROP DATABASE store CASCADE
> RESTORE DATABASE store FROM 'nodelocal:///all' WITH new_db_name = 'Store 2'
> SHOW CREATE VIEW "Store 2".early
> SELECT name FROM "Store 2".early ORDER BY name
> INSERT INTO "Store 2".customers (name) VALUES ('Fay')
> DROP TABLE part.customers
> DROP DATABASE part
---
DROP DATABASE
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 5 | 0 | 1 | 96
table_name | create_statement
early | CREATE VIEW early (id, number, name) AS SELECT customers.id, customers.number, customers.name FROM "Store 2".public.customers WHERE id < 3
name
Ada
Bob
INSERT 0 1
DROP TABLE
DROP DATABASE
