# INTERLEAVE IN PARENT is a declared hierarchy: it is checked, shown and kept whole. What could go wrong: a parent that goes while
# children need it, a backup of half a hierarchy.
> CREATE TABLE customers (id INT PRIMARY KEY, name STRING)
> CREATE TABLE orders (customer INT, id INT, total INT, PRIMARY KEY (customer, id)) INTERLEAVE IN PARENT customers (customer)
> CREATE TABLE lines (customer INT, "order" INT, line INT, PRIMARY KEY (customer, "order", line)) INTERLEAVE IN PARENT orders (customer, "order") RESTRICT
> SHOW CREATE TABLE orders
> SHOW CREATE TABLE lines
> INSERT INTO orders VALUES (1, 1, 5)
> SELECT * FROM orders
---
CREATE TABLE
CREATE TABLE
CREATE TABLE
table_name | create_statement
orders | CREATE TABLE orders (
	customer INT8 NOT NULL,
	id INT8 NOT NULL,
	total INT8,
	CONSTRAINT orders_pkey PRIMARY KEY (customer, id)
) INTERLEAVE IN PARENT customers (customer)
table_name | create_statement
lines | CREATE TABLE lines (
	customer INT8 NOT NULL,
	"order" INT8 NOT NULL,
	line INT8 NOT NULL,
	CONSTRAINT lines_pkey PRIMARY KEY (customer, "order", line)
) INTERLEAVE IN PARENT orders (customer, "order")
INSERT 0 1
customer | id | total
1 | 1 | 5

!> CREATE TABLE bad (id INT PRIMARY KEY) INTERLEAVE IN PARENT orders (id)
!> CREATE TABLE bad (c STRING, id INT, PRIMARY KEY (c, id)) INTERLEAVE IN PARENT customers (c)
!> CREATE TABLE bad (c INT, id INT, PRIMARY KEY (c DESC, id)) INTERLEAVE IN PARENT customers (c)
!> CREATE TABLE bad (c INT, id INT, PRIMARY KEY (id, c)) INTERLEAVE IN PARENT customers (c)
!> CREATE TABLE bad (c INT, id INT, PRIMARY KEY (c, id)) INTERLEAVE IN PARENT nowhere (c)
!> CREATE TABLE bad (c INT, id INT, PRIMARY KEY (c, id)) INTERLEAVE IN PARENT customers (c) CASCADE
!> CREATE INDEX i ON orders (customer) INTERLEAVE IN PARENT customers (customer)
!> DROP TABLE customers
!> DROP TABLE orders
---
Error: ERROR:  cannot interleave table "bad" in "orders": the columns must match the parent's primary index, which has 2 (42P16)
Error: ERROR:  cannot interleave table "bad" in "customers": column "c" is of type STRING, the parent's "id" of type INT8 (42P16)
Error: ERROR:  cannot interleave table "bad" in "customers": column "c" is DESC, the parent's "id" is ASC (42P16)
Error: ERROR:  cannot interleave table "bad" in "customers": column "c" is not column 1 of the primary key (42P16)
Error: ERROR:  relation "nowhere" does not exist (42P01)
Error: ERROR:  INTERLEAVE IN PARENT … CASCADE is not supported yet (0A000)
Error: ERROR:  INTERLEAVE IN PARENT of an index is not supported yet (0A000)
Error: ERROR:  cannot drop table "customers" because table "orders" is interleaved in it (2BP01)
DETAIL:  table orders depends on table customers
HINT:  use DROP ... CASCADE to drop the dependent objects too
Error: ERROR:  cannot drop table "orders" because table "lines" is interleaved in it (2BP01)
DETAIL:  table lines depends on table orders
HINT:  use DROP ... CASCADE to drop the dependent objects too

!> BACKUP TABLE customers TO 'nodelocal:///part'
!> BACKUP TABLE orders TO 'nodelocal:///part'
> BACKUP TABLE customers, orders, lines TO 'nodelocal:///whole'
> CREATE DATABASE there
!> RESTORE TABLE orders FROM 'nodelocal:///whole' WITH into_db = 'there'
> RESTORE TABLE customers, orders, lines FROM 'nodelocal:///whole' WITH into_db = 'there'
> SHOW CREATE TABLE there.lines
!> DROP TABLE there.customers
---
Error: ERROR:  cannot backup table "defaultdb.customers" without interleave child table "defaultdb.orders" (2BP01)
HINT:  name the whole hierarchy, or its database
Error: ERROR:  cannot backup table "defaultdb.orders" without interleave parent "defaultdb.customers"; cannot backup table "defaultdb.orders" without interleave child table "defaultdb.lines" (2BP01)
HINT:  name the whole hierarchy, or its database
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 1 | 0 | 1 | 30
CREATE DATABASE
Error: ERROR:  cannot restore table "defaultdb.orders" without interleave parent "defaultdb.customers"; cannot restore table "defaultdb.orders" without interleave child table "defaultdb.lines" (2BP01)
HINT:  name them all in one RESTORE
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 1 | 0 | 1 | 30
table_name | create_statement
lines | CREATE TABLE lines (
	customer INT8 NOT NULL,
	"order" INT8 NOT NULL,
	line INT8 NOT NULL,
	CONSTRAINT lines_pkey PRIMARY KEY (customer, "order", line)
) INTERLEAVE IN PARENT orders (customer, "order")
Error: ERROR:  cannot drop table "customers" because table "orders" is interleaved in it (2BP01)
DETAIL:  table orders depends on table customers
HINT:  use DROP ... CASCADE to drop the dependent objects too

> DROP TABLE lines
> DROP TABLE customers CASCADE
> SHOW CREATE TABLE orders
> DROP TABLE orders
---
DROP TABLE
DROP TABLE
table_name | create_statement
orders | CREATE TABLE orders (
	customer INT8 NOT NULL,
	id INT8 NOT NULL,
	total INT8,
	CONSTRAINT orders_pkey PRIMARY KEY (customer, id)
)
DROP TABLE
