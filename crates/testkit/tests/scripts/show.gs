# The SHOW family. What could go wrong: an object that is not listed, one that is listed under another's name or database, a column that scripts
# rely on and that is called differently, a form that cannot be used as a row source.
> CREATE DATABASE shop
> CREATE TABLE shop.customers (id INT PRIMARY KEY, email STRING UNIQUE, born DATE)
> CREATE SEQUENCE shop.numbers
> CREATE TABLE shop.orders (customer INT REFERENCES shop.customers (id), number INT DEFAULT nextval('shop.numbers'), total DECIMAL(10, 2) NOT NULL CHECK (total >= 0), twice DECIMAL(11, 2) AS (total * 2) STORED, PRIMARY KEY (customer, number), INDEX by_total (total DESC))
> CREATE VIEW shop.large AS SELECT number FROM shop.orders WHERE total > 100
> COMMENT ON DATABASE shop IS 'everything'
---
CREATE DATABASE
CREATE TABLE
CREATE SEQUENCE
CREATE TABLE
CREATE VIEW
COMMENT

> SHOW DATABASES
> SHOW SCHEMAS
> SHOW SCHEMAS FROM shop
> SHOW TABLES
> SHOW TABLES FROM shop
> SHOW TABLES FROM shop.public
> SHOW SEQUENCES FROM shop
> SHOW COLUMNS FROM shop.orders
> SHOW INDEXES FROM shop.orders
> SHOW INDEX FROM shop.customers
> SHOW KEYS FROM shop.customers
> SHOW CONSTRAINTS FROM shop.orders
> SHOW CONSTRAINT FROM shop.customers
> SHOW CREATE DATABASE shop
> SHOW CREATE TABLE shop.orders
> SHOW CREATE VIEW shop.large
> SHOW CREATE SEQUENCE shop.numbers
> SHOW CREATE shop.customers
---
database_name
defaultdb
postgres
shop
system
schema_name
information_schema
pg_catalog
public
schema_name
information_schema
pg_catalog
public
schema_name | table_name | type
schema_name | table_name | type
public | customers | table
public | large | view
public | numbers | sequence
public | orders | table
schema_name | table_name | type
public | customers | table
public | large | view
public | numbers | sequence
public | orders | table
sequence_schema | sequence_name
public | numbers
column_name | data_type | is_nullable | column_default | indices | is_hidden
customer | INT8 | f | NULL | {orders_pkey} | f
number | INT8 | f | nextval('shop.public.numbers') | {orders_pkey} | f
total | DECIMAL(10, 2) | f | NULL | {by_total} | f
twice | DECIMAL(11, 2) | t | NULL | {} | f
table_name | index_name | non_unique | seq_in_index | column_name | direction
orders | orders_pkey | f | 1 | customer | ASC
orders | orders_pkey | f | 2 | number | ASC
orders | by_total | t | 1 | total | DESC
table_name | index_name | non_unique | seq_in_index | column_name | direction
customers | customers_pkey | f | 1 | id | ASC
customers | customers_email_key | f | 1 | email | ASC
table_name | index_name | non_unique | seq_in_index | column_name | direction
customers | customers_pkey | f | 1 | id | ASC
customers | customers_email_key | f | 1 | email | ASC
table_name | constraint_name | constraint_type | details | validated
orders | orders_pkey | PRIMARY KEY | PRIMARY KEY (customer, number) | t
orders | orders_total_check | CHECK | CHECK (total >= 0) | t
orders | orders_customer_fkey | FOREIGN KEY | FOREIGN KEY (customer) REFERENCES customers (id) | t
table_name | constraint_name | constraint_type | details | validated
customers | customers_pkey | PRIMARY KEY | PRIMARY KEY (id) | t
customers | customers_email_key | UNIQUE | UNIQUE (email) | t
database_name | create_statement
shop | CREATE DATABASE shop;
COMMENT ON DATABASE shop IS 'everything'
table_name | create_statement
orders | CREATE TABLE orders (
	customer INT8 NOT NULL,
	number INT8 NOT NULL DEFAULT nextval('shop.public.numbers'),
	total DECIMAL(10, 2) NOT NULL,
	twice DECIMAL(11, 2) AS (total * 2) STORED,
	CONSTRAINT orders_pkey PRIMARY KEY (customer, number),
	INDEX by_total (total DESC),
	CONSTRAINT orders_total_check CHECK (total >= 0),
	CONSTRAINT orders_customer_fkey FOREIGN KEY (customer) REFERENCES customers (id)
)
table_name | create_statement
large | CREATE VIEW large (number) AS SELECT number FROM shop.public.orders WHERE total > 100
table_name | create_statement
numbers | CREATE SEQUENCE numbers INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1
table_name | create_statement
customers | CREATE TABLE customers (
	id INT8 NOT NULL,
	email STRING,
	born DATE,
	CONSTRAINT customers_pkey PRIMARY KEY (id),
	CONSTRAINT customers_email_key UNIQUE (email)
)

# As row sources.
> SELECT table_name FROM [SHOW TABLES FROM shop] WHERE type = 'view'
> SELECT column_name FROM [SHOW COLUMNS FROM shop.orders] WHERE is_nullable
> SELECT count(*) FROM [SHOW DATABASES], [SHOW USERS]
> SELECT create_statement LIKE 'CREATE TABLE%' FROM [SHOW CREATE TABLE shop.customers]
---
table_name
large
column_name
twice
count
4
?column?
t

# What is not there, or is another kind.
!> SHOW TABLES FROM nowhere
!> SHOW TABLES FROM shop.other
!> SHOW SCHEMAS FROM nowhere
!> SHOW COLUMNS FROM shop.nothing
!> SHOW INDEXES FROM shop.nothing
!> SHOW CONSTRAINTS FROM nowhere.nothing
!> SHOW CREATE TABLE shop.large
!> SHOW CREATE VIEW shop.orders
!> SHOW CREATE SEQUENCE shop.orders
!> SHOW CREATE DATABASE nowhere
!> SHOW CREATE shop.nothing
!> SHOW nothing
!> SHOW
!> SHOW COLUMNS
!> SHOW JOB
!> SHOW JOB 5
!> SHOW JOB 'five'
!> SHOW BACKUP
!> SELECT * FROM [SHOW TABLES WHERE true]
!> SELECT * FROM [INSERT INTO shop.customers VALUES (1) RETURNING id]
!> SHOW QUERIES
!> SHOW SESSIONS
!> SHOW RANGES FROM TABLE shop.orders
!> SHOW STATISTICS FOR TABLE shop.orders
!> SHOW ROLES
!> SHOW SCHEDULES
!> SHOW AUTOMATIC JOBS
!> SHOW JOBS FOR SCHEDULE 1
!> SHOW JOBS WHEN COMPLETE (SELECT 1)
---
Error: ERROR:  database "nowhere" does not exist (3D000)
Error: ERROR:  every database has one schema, public (3F000)
Error: ERROR:  database "nowhere" does not exist (3D000)
Error: ERROR:  relation "shop.nothing" does not exist (42P01)
Error: ERROR:  relation "shop.nothing" does not exist (42P01)
Error: ERROR:  relation "nowhere.nothing" does not exist (42P01)
Error: ERROR:  "large" is not a table: it is a view (42809)
Error: ERROR:  "orders" is not a view: it is a table (42809)
Error: ERROR:  "orders" is not a sequence: it is a table (42809)
Error: ERROR:  database "nowhere" does not exist (3D000)
Error: ERROR:  relation "shop.nothing" does not exist (42P01)
Error: ERROR:  unrecognized configuration parameter "nothing" (42704)
Error: ERROR:  syntax error at end of input: expected what to show (42601)
Error: ERROR:  unrecognized configuration parameter "columns" (42704)
Error: ERROR:  syntax error at end of input: expected an expression (42601)
Error: ERROR:  job with ID 5 does not exist (42704)
Error: ERROR:  a job's id is an INT, got 'five' (42804)
Error: ERROR:  syntax error at end of input: expected a location ('scheme://…' or $n) (42601)
HINT:  try \h SHOW BACKUP
Error: ERROR:  syntax error at or near "WHERE": expected the end of the statement (42601)
Error: ERROR:  INSERT as a relation is not supported yet (0A000)
Error: ERROR:  SHOW QUERIES is not supported yet (0A000)
Error: ERROR:  SHOW SESSIONS is not supported yet (0A000)
Error: ERROR:  SHOW RANGES is not supported yet (0A000)
Error: ERROR:  SHOW STATISTICS is not supported yet (0A000)
Error: ERROR:  SHOW ROLES is not supported yet (0A000)
Error: ERROR:  SHOW SCHEDULES is not supported yet (0A000)
Error: ERROR:  SHOW AUTOMATIC JOBS is not supported yet (0A000)
Error: ERROR:  SHOW JOBS FOR SCHEDULE is not supported yet (0A000)
Error: ERROR:  SHOW JOBS WHEN COMPLETE is not supported yet (0A000)

# One job.
> BACKUP shop.customers TO 'nodelocal:///customers'
> SELECT type, description, status, fraction_completed FROM [SHOW JOB <job_id>]
> SELECT count(*) FROM [SHOW JOBS]
---
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 0 | 0 | 1 | 16
type | description | status | fraction_completed
BACKUP | BACKUP TABLE shop.customers TO 'nodelocal:///customers' | succeeded | 1
count
1
