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

# WITH, set operations, subqueries: names that a WITH defines are not relations.
> CREATE VIEW mixed AS WITH orders AS (SELECT customer FROM orders WHERE total > 2), big AS (SELECT * FROM orders) SELECT * FROM big UNION ALL SELECT id FROM customers WHERE id IN (SELECT * FROM big)
> SHOW CREATE VIEW mixed
> SELECT * FROM mixed ORDER BY 1
---

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

# CREATE OR REPLACE keeps the columns that were there.
> CREATE OR REPLACE VIEW early_customers AS SELECT id, name, email, id * 2 AS twice FROM customers WHERE id < 2
> SELECT * FROM early_customers
> SELECT * FROM names
!> CREATE OR REPLACE VIEW early_customers AS SELECT id FROM customers
!> CREATE OR REPLACE VIEW early_customers AS SELECT id AS a, name, email, id * 2 AS twice FROM customers
!> CREATE OR REPLACE VIEW early_customers AS SELECT id, name, email, id FROM names, customers
---

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

# CASCADE takes all views that stand on it, in every database.
> DROP TABLE customers CASCADE
> SHOW TABLES FROM bank
> SHOW TABLES FROM stats
> DROP VIEW IF EXISTS names
> CREATE TABLE customers (id INT PRIMARY KEY)
---

# The view of a time is the view of that time, over the rows of that time.
> CREATE VIEW v AS SELECT id FROM customers
> INSERT INTO customers VALUES (1), (2)
advance 20
> INSERT INTO customers VALUES (3)
> CREATE OR REPLACE VIEW v AS SELECT id + 100 AS id FROM customers
> SELECT * FROM v ORDER BY id
> SELECT * FROM v AS OF SYSTEM TIME '-10s' ORDER BY id
---

