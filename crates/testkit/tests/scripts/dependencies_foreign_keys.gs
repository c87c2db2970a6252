# Foreign keys through backups: to itself, in a circle, into another database. What could go wrong: a constraint that is lost, that leads to
# the old table, that is checked against the wrong one, or a restore of half of what belongs together.
> CREATE DATABASE store
> CREATE DATABASE people
> CREATE TABLE people.persons (id INT PRIMARY KEY, boss INT REFERENCES people.persons (id))
> CREATE TABLE store.customers (id INT PRIMARY KEY, person INT CONSTRAINT is_person REFERENCES people.persons (id) ON UPDATE CASCADE)
> CREATE TABLE store.orders (id INT PRIMARY KEY, customer INT NOT NULL REFERENCES store.customers (id) ON DELETE CASCADE, "last" INT)
> CREATE TABLE store.lines ("order" INT REFERENCES store.orders (id), line INT, PRIMARY KEY ("order", line))
> ALTER TABLE store.orders ADD CONSTRAINT last_line FOREIGN KEY (id, "last") REFERENCES store.lines ("order", line)
> INSERT INTO people.persons VALUES (1, NULL), (2, 1), (3, 3)
> INSERT INTO store.customers VALUES (1, 2), (2, 3)
> INSERT INTO store.orders VALUES (10, 1, NULL), (11, 2, NULL)
> INSERT INTO store.lines VALUES (10, 1), (10, 2)
> UPDATE store.orders SET "last" = 2 WHERE id = 10
> BACKUP DATABASE store, people TO 'nodelocal:///all'
> BACKUP DATABASE store TO 'nodelocal:///store'
> BACKUP store.orders TO 'nodelocal:///orders'
---
CREATE DATABASE
CREATE DATABASE
CREATE TABLE
CREATE TABLE
CREATE TABLE
CREATE TABLE
ALTER TABLE
INSERT 0 3
INSERT 0 2
INSERT 0 2
INSERT 0 2
UPDATE 1
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 9 | 9 | 1 | 126
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 6 | 6 | 1 | 91
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 2 | 4 | 1 | 43

# All together, into other databases: the constraints lead to what was restored with them.
> CREATE DATABASE copy
> RESTORE store.*, people.* FROM 'nodelocal:///all' WITH into_db = 'copy'
> SHOW CREATE TABLE copy.customers
> SHOW CREATE TABLE copy.orders
> SHOW CREATE TABLE copy.persons
!> INSERT INTO copy.customers VALUES (3, 99)
!> DELETE FROM copy.persons WHERE id = 1
> UPDATE copy.persons SET id = 20 WHERE id = 2
> SELECT * FROM copy.customers ORDER BY id
> SELECT * FROM people.persons ORDER BY id
!> DELETE FROM copy.lines WHERE line = 2
!> DELETE FROM copy.orders WHERE id = 10
> SELECT * FROM copy.orders ORDER BY id
!> DROP TABLE copy.persons
> DROP DATABASE copy
---
CREATE DATABASE
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 9 | 9 | 1 | 126
table_name | create_statement
customers | CREATE TABLE customers (
	id INT8 NOT NULL,
	person INT8,
	CONSTRAINT customers_pkey PRIMARY KEY (id),
	INDEX customers_auto_index_is_person (person),
	CONSTRAINT is_person FOREIGN KEY (person) REFERENCES persons (id) ON UPDATE CASCADE
)
table_name | create_statement
orders | CREATE TABLE orders (
	id INT8 NOT NULL,
	customer INT8 NOT NULL,
	last INT8,
	CONSTRAINT orders_pkey PRIMARY KEY (id),
	INDEX orders_auto_index_orders_customer_fkey (customer),
	INDEX orders_auto_index_last_line (id, last),
	CONSTRAINT orders_customer_fkey FOREIGN KEY (customer) REFERENCES customers (id) ON DELETE CASCADE,
	CONSTRAINT last_line FOREIGN KEY (id, last) REFERENCES lines ("order", line)
)
table_name | create_statement
persons | CREATE TABLE persons (
	id INT8 NOT NULL,
	boss INT8,
	CONSTRAINT persons_pkey PRIMARY KEY (id),
	INDEX persons_auto_index_persons_boss_fkey (boss),
	CONSTRAINT persons_boss_fkey FOREIGN KEY (boss) REFERENCES persons (id)
)
Error: ERROR:  insert or update on table "customers" violates foreign key constraint "is_person" (23503)
DETAIL:  Key (person)=(99) is not present in table "persons".
Error: ERROR:  update or delete on table "persons" violates foreign key constraint "persons_boss_fkey" on table "persons" (23503)
DETAIL:  Key (id)=(1) is still referenced from table "persons".
UPDATE 1
id | person
1 | 20
2 | 3
id | boss
1 | NULL
2 | 1
3 | 3
Error: ERROR:  update or delete on table "lines" violates foreign key constraint "last_line" on table "orders" (23503)
DETAIL:  Key (order, line)=(10, 2) is still referenced from table "orders".
Error: ERROR:  update or delete on table "orders" violates foreign key constraint "lines_order_fkey" on table "lines" (23503)
DETAIL:  Key (id)=(10) is still referenced from table "lines".
id | customer | last
10 | 1 | 2
11 | 2 | NULL
Error: ERROR:  cannot drop table "persons" because table "customers" refers to it with a foreign key (2BP01)
DETAIL:  table customers depends on table persons
HINT:  use DROP ... CASCADE to drop the dependent objects too
DROP DATABASE

# The databases themselves, both in one statement.
> DROP DATABASE store
> DROP DATABASE people
> RESTORE DATABASE store, people FROM 'nodelocal:///all'
> SHOW CREATE TABLE store.customers
!> INSERT INTO store.customers VALUES (3, 99)
---
DROP DATABASE
DROP DATABASE
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 9 | 9 | 1 | 126
table_name | create_statement
customers | CREATE TABLE customers (
	id INT8 NOT NULL,
	person INT8,
	CONSTRAINT customers_pkey PRIMARY KEY (id),
	INDEX customers_auto_index_is_person (person),
	CONSTRAINT is_person FOREIGN KEY (person) REFERENCES people.public.persons (id) ON UPDATE CASCADE
)
Error: ERROR:  insert or update on table "customers" violates foreign key constraint "is_person" (23503)
DETAIL:  Key (person)=(99) is not present in table "persons".

# Something is missing: all of it is named, whether the backup has it or not.
!> RESTORE DATABASE store FROM 'nodelocal:///all' WITH new_db_name = 'store2'
!> RESTORE DATABASE store FROM 'nodelocal:///store' WITH new_db_name = 'store2'
> CREATE DATABASE part
!> RESTORE store.orders FROM 'nodelocal:///orders' WITH into_db = 'part'
!> RESTORE store.orders, store.customers FROM 'nodelocal:///store' WITH into_db = 'part'
> RESTORE DATABASE store FROM 'nodelocal:///store' WITH new_db_name = 'store2', skip_missing_foreign_keys
> SHOW CREATE TABLE store2.customers
> SHOW CREATE TABLE store2.lines
> INSERT INTO store2.customers VALUES (3, 99)
!> INSERT INTO store2.orders VALUES (12, 4, NULL)
> RESTORE store.orders FROM 'nodelocal:///orders' WITH into_db = 'part', skip_missing_foreign_keys
> SHOW CREATE TABLE part.orders
> RESTORE people.persons FROM 'nodelocal:///all' WITH into_db = 'part'
> SHOW CREATE TABLE part.persons
!> INSERT INTO part.persons VALUES (9, 8)
> ALTER TABLE part.orders ADD FOREIGN KEY (customer) REFERENCES part.persons (id)
---
Error: ERROR:  cannot restore table "store.customers" without referenced table "people.persons" (or "skip_missing_foreign_keys" option) (2BP01)
HINT:  name them all in one RESTORE
Error: ERROR:  cannot restore table "store.customers" without referenced table "people.persons" (or "skip_missing_foreign_keys" option) (2BP01)
HINT:  name them all in one RESTORE
CREATE DATABASE
Error: ERROR:  cannot restore table "store.orders" without referenced table "store.customers" (or "skip_missing_foreign_keys" option); cannot restore table "store.orders" without referenced table "store.lines" (or "skip_missing_foreign_keys" option) (2BP01)
HINT:  name them all in one RESTORE
Error: ERROR:  cannot restore table "store.customers" without referenced table "people.persons" (or "skip_missing_foreign_keys" option); cannot restore table "store.orders" without referenced table "store.lines" (or "skip_missing_foreign_keys" option) (2BP01)
HINT:  name them all in one RESTORE
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 6 | 6 | 1 | 91
table_name | create_statement
customers | CREATE TABLE customers (
	id INT8 NOT NULL,
	person INT8,
	CONSTRAINT customers_pkey PRIMARY KEY (id),
	INDEX customers_auto_index_is_person (person)
)
table_name | create_statement
lines | CREATE TABLE lines (
	"order" INT8 NOT NULL,
	line INT8 NOT NULL,
	CONSTRAINT lines_pkey PRIMARY KEY ("order", line),
	CONSTRAINT lines_order_fkey FOREIGN KEY ("order") REFERENCES orders (id)
)
INSERT 0 1
Error: ERROR:  insert or update on table "orders" violates foreign key constraint "orders_customer_fkey" (23503)
DETAIL:  Key (customer)=(4) is not present in table "customers".
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 2 | 4 | 1 | 43
table_name | create_statement
orders | CREATE TABLE orders (
	id INT8 NOT NULL,
	customer INT8 NOT NULL,
	last INT8,
	CONSTRAINT orders_pkey PRIMARY KEY (id),
	INDEX orders_auto_index_orders_customer_fkey (customer),
	INDEX orders_auto_index_last_line (id, last)
)
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 3 | 3 | 1 | 51
table_name | create_statement
persons | CREATE TABLE persons (
	id INT8 NOT NULL,
	boss INT8,
	CONSTRAINT persons_pkey PRIMARY KEY (id),
	INDEX persons_auto_index_persons_boss_fkey (boss),
	CONSTRAINT persons_boss_fkey FOREIGN KEY (boss) REFERENCES persons (id)
)
Error: ERROR:  insert or update on table "persons" violates foreign key constraint "persons_boss_fkey" (23503)
DETAIL:  Key (boss)=(8) is not present in table "persons".
ALTER TABLE
