# Views: stored with full names, so that the same view means the same from every database. What could go wrong: a name that is looked
# up in the reader's database, a column added later that shows up in a `*`, a view that outlives what it reads.
> CREATE DATABASE bank
> CREATE DATABASE stats
> CREATE TABLE bank.customers (id INT PRIMARY KEY, name STRING, email STRING)
> CREATE TABLE bank.orders (id INT PRIMARY KEY, customer INT, total DECIMAL(10, 2))
> INSERT INTO bank.customers VALUES (1, 'Ada', 'a@x'), (2, 'Bob', NULL), (3, 'Cem', 'c@x')
> INSERT INTO bank.orders VALUES (10, 1, 5.00), (11, 1, 2.50), (12, 3, 1.00)
> SET database = bank
> CREATE VIEW early_customers AS SELECT * FROM customers WHERE id < 3
> CREATE VIEW stats.ordercounts (customer, orders, sum) AS SELECT c.name, count(*), sum(o.total) FROM customers AS c JOIN bank.orders o ON o.customer = c.id GROUP BY c.name
> CREATE VIEW names AS SELECT name, upper(name) FROM early_customers
> CREATE VIEW IF NOT EXISTS names AS SELECT 1
---
CREATE DATABASE
CREATE DATABASE
CREATE TABLE
CREATE TABLE
INSERT 0 3
INSERT 0 3
SET
CREATE VIEW
CREATE VIEW
CREATE VIEW
NOTICE:  relation "names" already exists, skipping
CREATE VIEW

> SELECT * FROM early_customers ORDER BY id
> SELECT * FROM names ORDER BY name
> SELECT * FROM stats.ordercounts ORDER BY customer
> SELECT e.name, o.total FROM early_customers e JOIN orders o ON o.customer = e.id ORDER BY o.id
> SELECT count(*) FROM stats.public.ordercounts WHERE orders > 1
> SET database = stats
> SELECT name FROM bank.names ORDER BY 1
> SHOW CREATE VIEW ordercounts
> SHOW CREATE bank.early_customers
> SHOW CREATE VIEW bank.names
> SHOW TABLES FROM bank
> SET database = bank
---
id | name | email
1 | Ada | a@x
2 | Bob | NULL
name | upper
Ada | ADA
Bob | BOB
customer | orders | sum
Ada | 2 | 7.50
Cem | 1 | 1.00
name | total
Ada | 5.00
Ada | 2.50
count
1
SET
name
Ada
Bob
table_name | create_statement
ordercounts | CREATE VIEW ordercounts (customer, orders, sum) AS SELECT c.name, count(*) AS count, sum(o.total) AS sum FROM bank.public.customers AS c JOIN bank.public.orders o ON o.customer = c.id GROUP BY c.name
table_name | create_statement
early_customers | CREATE VIEW early_customers (id, name, email) AS SELECT customers.id, customers.name, customers.email FROM bank.public.customers WHERE id < 3
table_name | create_statement
names | CREATE VIEW names (name, upper) AS SELECT name, upper(name) AS upper FROM bank.public.early_customers
schema_name | table_name | type
public | customers | table
public | early_customers | view
public | names | view
public | orders | table
SET

# WITH, set operations, subqueries: names that a WITH defines are not relations.
> CREATE VIEW mixed AS WITH orders AS (SELECT customer FROM orders WHERE total > 2), big AS (SELECT * FROM orders) SELECT * FROM big UNION ALL SELECT id FROM customers WHERE id IN (SELECT * FROM big)
> SHOW CREATE VIEW mixed
> SELECT * FROM mixed ORDER BY 1
---
CREATE VIEW
table_name | create_statement
mixed | CREATE VIEW mixed (customer) AS WITH orders AS (SELECT customer FROM bank.public.orders WHERE total > 2), big AS (SELECT orders.customer FROM orders) SELECT big.customer FROM big UNION ALL SELECT id FROM bank.public.customers WHERE id IN (SELECT big.customer FROM big)
customer
1
1
1

# A column added later is not in the view's `*`; nothing is written through a view.
!> INSERT INTO early_customers VALUES (9, 'x', 'y')
!> UPDATE early_customers SET name = 'x'
!> DELETE FROM early_customers
!> CREATE VIEW twice AS SELECT * FROM customers c JOIN orders o ON c.id = o.customer
!> CREATE VIEW names AS SELECT 1
!> CREATE VIEW broken AS SELECT nothing FROM customers
!> CREATE VIEW broken AS SELECT * FROM nowhere
!> CREATE VIEW broken AS SELECT nextval('s')
!> CREATE MATERIALIZED VIEW m AS SELECT 1 AS a
---
Error: ERROR:  cannot change rows of view "early_customers" (42809)
HINT:  write to the tables that it reads
Error: ERROR:  cannot change rows of view "early_customers" (42809)
HINT:  write to the tables that it reads
Error: ERROR:  cannot change rows of view "early_customers" (42809)
HINT:  write to the tables that it reads
Error: ERROR:  column "id" specified more than once (42701)
HINT:  name the view's columns: CREATE VIEW name (column, …) AS …
Error: ERROR:  relation "names" already exists (42P07)
Error: ERROR:  column "nothing" does not exist (42703)
Error: ERROR:  relation "nowhere" does not exist (42P01)
Error: ERROR:  a sequence function in a view is not supported yet (0A000)
Error: ERROR:  MATERIALIZED views is not supported yet (0A000)

# CREATE OR REPLACE keeps the columns that were there.
> CREATE OR REPLACE VIEW early_customers AS SELECT id, name, email, id * 2 AS twice FROM customers WHERE id < 2
> SELECT * FROM early_customers
> SELECT * FROM names
!> CREATE OR REPLACE VIEW early_customers AS SELECT id FROM customers
!> CREATE OR REPLACE VIEW early_customers AS SELECT id AS a, name, email, id * 2 AS twice FROM customers
!> CREATE OR REPLACE VIEW early_customers AS SELECT id, name, email, id FROM names, customers
---
CREATE VIEW
id | name | email | twice
1 | Ada | a@x | 2
name | upper
Ada | ADA
Error: ERROR:  cannot drop columns from view (42P16)
Error: ERROR:  cannot change name of view column "id" to "a" (42P16)
Error: ERROR:  column reference "name" is ambiguous (42702)

# What a view reads cannot go, under its name or another.
!> DROP TABLE customers
!> DROP TABLE orders
!> DROP VIEW early_customers
!> DROP TABLE names
!> DROP VIEW customers
> ALTER VIEW early_customers RENAME TO first_customers
> SELECT * FROM names
> SHOW CREATE VIEW names
!> SELECT * FROM early_customers
---
Error: ERROR:  cannot drop relation "customers" because view "stats.public.ordercounts" depends on it (2BP01)
DETAIL:  view stats.public.ordercounts depends on table customers
HINT:  use DROP ... CASCADE to drop the dependent objects too
Error: ERROR:  cannot drop relation "orders" because view "stats.public.ordercounts" depends on it (2BP01)
DETAIL:  view stats.public.ordercounts depends on table orders
HINT:  use DROP ... CASCADE to drop the dependent objects too
Error: ERROR:  cannot drop relation "early_customers" because view "names" depends on it (2BP01)
DETAIL:  view names depends on view early_customers
HINT:  use DROP ... CASCADE to drop the dependent objects too
Error: ERROR:  "names" is not a table (42809)
HINT:  use DROP VIEW to remove a view
Error: ERROR:  "customers" is not a view (42809)
HINT:  use DROP TABLE to remove a table
ALTER VIEW
name | upper
Ada | ADA
table_name | create_statement
names | CREATE VIEW names (name, upper) AS SELECT name, upper(name) AS upper FROM bank.public.first_customers AS early_customers
Error: ERROR:  relation "early_customers" does not exist (42P01)

# CASCADE takes all views that stand on it, in every database.
> DROP TABLE customers CASCADE
> SHOW TABLES FROM bank
> SHOW TABLES FROM stats
> DROP VIEW IF EXISTS names
> CREATE TABLE customers (id INT PRIMARY KEY)
---
DROP TABLE
schema_name | table_name | type
public | orders | table
schema_name | table_name | type
NOTICE:  view "names" does not exist, skipping
DROP VIEW
CREATE TABLE

# The view of a time is the view of that time, over the rows of that time.
> CREATE VIEW v AS SELECT id FROM customers
> INSERT INTO customers VALUES (1), (2)
advance 20
> INSERT INTO customers VALUES (3)
> CREATE OR REPLACE VIEW v AS SELECT id + 100 AS id FROM customers
> SELECT * FROM v ORDER BY id
> SELECT * FROM v AS OF SYSTEM TIME '-10s' ORDER BY id
---
CREATE VIEW
INSERT 0 2
INSERT 0 1
CREATE VIEW
id
101
102
103
id
1
2
