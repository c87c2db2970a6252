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

> DROP DATABASE store CASCADE
> RESTORE DATABASE store FROM 'nodelocal:///all' WITH new_db_name = 'Store 2'
> SHOW CREATE VIEW "Store 2".early
> SELECT name FROM "Store 2".early ORDER BY name
> INSERT INTO "Store 2".customers (name) VALUES ('Fay')
> DROP TABLE part.customers
> DROP DATABASE part
---

