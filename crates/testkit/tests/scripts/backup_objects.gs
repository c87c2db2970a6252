# Every object there is survives a full BACKUP and RESTORE on an empty store: what SHOW CREATE prints and what the tables hold are the
# same before and after, and what they do is still done: keys, checks, computed columns, values from sequences.
> CREATE DATABASE shop
> USE shop
> CREATE SEQUENCE invoices INCREMENT 5 START 100 MINVALUE 10 MAXVALUE 100000
> CREATE TABLE regions (id SERIAL PRIMARY KEY, code VARCHAR(3) NOT NULL UNIQUE, CHECK (length(code) > 1))
> CREATE TABLE customers (id INT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, region INT REFERENCES regions ON DELETE SET NULL ON UPDATE CASCADE, name STRING NOT NULL DEFAULT 'nobody', upper_name STRING AS (upper(name)) STORED, boss INT REFERENCES customers (id) ON DELETE CASCADE, CONSTRAINT named CHECK (name <> ''), INDEX by_name (name DESC, region), UNIQUE (upper_name, region))
> CREATE TABLE orders (customer INT, number INT DEFAULT nextval('invoices'), total DECIMAL(12, 2) CHECK (total >= 0), placed TIMESTAMPTZ, tags STRING[], note JSONB, PRIMARY KEY (customer, number DESC)) INTERLEAVE IN PARENT customers (customer)
> CREATE TABLE no_key (a INT, b STRING)
> CREATE VIEW big AS SELECT customer, number, total FROM orders WHERE total > 10
> CREATE VIEW big_named (who, how_much) AS SELECT c.name, sum(b.total) FROM customers c JOIN big b ON b.customer = c.id GROUP BY c.name
> COMMENT ON DATABASE shop IS 'the shop'
> COMMENT ON TABLE customers IS 'who buys'
> COMMENT ON COLUMN customers.boss IS 'another customer'
> COMMENT ON INDEX by_name IS 'for the list'
> COMMENT ON CONSTRAINT named ON customers IS 'never empty'
> COMMENT ON VIEW big IS 'worth a call'
> COMMENT ON SEQUENCE invoices IS 'by fives'
> INSERT INTO regions (code) VALUES ('eu'), ('us')
> INSERT INTO customers (region, name, boss) VALUES (1, 'ann', NULL), (2, 'bob', 1), (NULL, 'it''s "quoted"', 2)
> INSERT INTO orders (customer, total, placed, tags, note) VALUES (1, 9.99, '2026-01-01 00:00:00.000001+00', '{a,NULL,""}', '{"b": [1, 1.50]}'), (1, 100, NULL, NULL, NULL), (2, 20.5, 'infinity', '{}', 'null')
> INSERT INTO no_key VALUES (NULL, NULL), (1, 'twice'), (1, 'twice')
> SELECT create_statement FROM [SHOW CREATE TABLE customers]
> SELECT create_statement FROM [SHOW CREATE TABLE orders]
> SELECT create_statement FROM [SHOW CREATE TABLE regions]
> SELECT create_statement FROM [SHOW CREATE TABLE no_key]
> SELECT create_statement FROM [SHOW CREATE VIEW big]
> SELECT create_statement FROM [SHOW CREATE VIEW big_named]
> SELECT create_statement FROM [SHOW CREATE SEQUENCE invoices]
> SELECT * FROM customers ORDER BY id
> SELECT * FROM orders ORDER BY customer, number
> SELECT * FROM regions ORDER BY id
> SELECT * FROM no_key ORDER BY a, b
> SELECT * FROM big_named ORDER BY who
> BACKUP DATABASE shop TO 'nodelocal:///shop'
fresh
> CREATE DATABASE other
> CREATE TABLE other.t (a INT PRIMARY KEY)
> RESTORE DATABASE shop FROM 'nodelocal:///shop'
> USE shop
> SELECT create_statement FROM [SHOW CREATE TABLE customers]
> SELECT create_statement FROM [SHOW CREATE TABLE orders]
> SELECT create_statement FROM [SHOW CREATE TABLE regions]
> SELECT create_statement FROM [SHOW CREATE TABLE no_key]
> SELECT create_statement FROM [SHOW CREATE VIEW big]
> SELECT create_statement FROM [SHOW CREATE VIEW big_named]
> SELECT create_statement FROM [SHOW CREATE SEQUENCE invoices]
> SELECT * FROM customers ORDER BY id
> SELECT * FROM orders ORDER BY customer, number
> SELECT * FROM regions ORDER BY id
> SELECT * FROM no_key ORDER BY a, b
> SELECT * FROM big_named ORDER BY who
!> INSERT INTO regions (id, code) VALUES (50, 'eu')
!> INSERT INTO regions (id, code) VALUES (50, 'x')
!> INSERT INTO customers (name) VALUES ('')
!> INSERT INTO customers (region) VALUES (99)
!> INSERT INTO customers (id) VALUES (99)
!> INSERT INTO orders VALUES (1, 500, -1)
!> DROP TABLE customers
> INSERT INTO customers (region) VALUES (2) RETURNING name, upper_name, id > 3 AS fresh_id
> INSERT INTO orders (customer, total) VALUES (1, 1) RETURNING number > 110 AS fresh_number
> DELETE FROM regions WHERE id = 2
> SELECT name, region FROM customers ORDER BY id
> DELETE FROM customers WHERE id = 1
> SELECT count(*) FROM customers
---
CREATE DATABASE
SET
CREATE SEQUENCE
CREATE TABLE
CREATE TABLE
CREATE TABLE
CREATE TABLE
CREATE VIEW
CREATE VIEW
COMMENT
COMMENT
COMMENT
COMMENT
COMMENT
COMMENT
COMMENT
INSERT 0 2
INSERT 0 3
INSERT 0 3
INSERT 0 3
create_statement
CREATE TABLE customers (
	id INT8 NOT NULL GENERATED ALWAYS AS IDENTITY (INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	region INT8,
	name STRING NOT NULL DEFAULT 'nobody',
	upper_name STRING AS (upper(name)) STORED,
	boss INT8,
	CONSTRAINT customers_pkey PRIMARY KEY (id),
	CONSTRAINT customers_upper_name_region_key UNIQUE (upper_name, region),
	INDEX by_name (name DESC, region),
	INDEX customers_auto_index_customers_region_fkey (region),
	INDEX customers_auto_index_customers_boss_fkey (boss),
	CONSTRAINT named CHECK (name <> ''),
	CONSTRAINT customers_region_fkey FOREIGN KEY (region) REFERENCES regions (id) ON DELETE SET NULL ON UPDATE CASCADE,
	CONSTRAINT customers_boss_fkey FOREIGN KEY (boss) REFERENCES customers (id) ON DELETE CASCADE
);
COMMENT ON TABLE customers IS 'who buys';
COMMENT ON COLUMN customers.boss IS 'another customer';
COMMENT ON INDEX customers@by_name IS 'for the list';
COMMENT ON CONSTRAINT named ON customers IS 'never empty'
create_statement
CREATE TABLE orders (
	customer INT8 NOT NULL,
	number INT8 NOT NULL DEFAULT nextval('shop.public.invoices'),
	total DECIMAL(12, 2),
	placed TIMESTAMPTZ,
	tags STRING[],
	note JSONB,
	CONSTRAINT orders_pkey PRIMARY KEY (customer, number DESC),
	CONSTRAINT orders_total_check CHECK (total >= 0)
) INTERLEAVE IN PARENT customers (customer)
create_statement
CREATE TABLE regions (
	id INT8 NOT NULL DEFAULT nextval('shop.public.regions_id_seq'),
	code VARCHAR(3) NOT NULL,
	CONSTRAINT regions_pkey PRIMARY KEY (id),
	CONSTRAINT regions_code_key UNIQUE (code),
	CONSTRAINT regions_code_check CHECK (length(code) > 1)
)
create_statement
CREATE TABLE no_key (
	a INT8,
	b STRING
)
create_statement
CREATE VIEW big (customer, number, total) AS SELECT customer, number, total FROM shop.public.orders WHERE total > 10;
COMMENT ON VIEW big IS 'worth a call'
create_statement
CREATE VIEW big_named (who, how_much) AS SELECT c.name, sum(b.total) AS sum FROM shop.public.customers c JOIN shop.public.big b ON b.customer = c.id GROUP BY c.name
create_statement
CREATE SEQUENCE invoices INCREMENT BY 5 MINVALUE 10 MAXVALUE 100000 START WITH 100 CACHE 1;
COMMENT ON SEQUENCE invoices IS 'by fives'
id | region | name | upper_name | boss
1 | 1 | ann | ANN | NULL
2 | 2 | bob | BOB | 1
3 | NULL | it's "quoted" | IT'S "QUOTED" | 2
customer | number | total | placed | tags | note
1 | 100 | 9.99 | 2026-01-01 00:00:00.000001+00 | {a,NULL,""} | {"b": [1, 1.50]}
1 | 105 | 100.00 | NULL | NULL | NULL
2 | 110 | 20.50 | infinity | {} | null
id | code
1 | eu
2 | us
a | b
1 | twice
1 | twice
NULL | NULL
who | how_much
ann | 100.00
bob | 20.50
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 14 | 14 | 1 | 348
CREATE DATABASE
CREATE TABLE
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 14 | 14 | 1 | 348
SET
create_statement
CREATE TABLE customers (
	id INT8 NOT NULL GENERATED ALWAYS AS IDENTITY (INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	region INT8,
	name STRING NOT NULL DEFAULT 'nobody',
	upper_name STRING AS (upper(name)) STORED,
	boss INT8,
	CONSTRAINT customers_pkey PRIMARY KEY (id),
	CONSTRAINT customers_upper_name_region_key UNIQUE (upper_name, region),
	INDEX by_name (name DESC, region),
	INDEX customers_auto_index_customers_region_fkey (region),
	INDEX customers_auto_index_customers_boss_fkey (boss),
	CONSTRAINT named CHECK (name <> ''),
	CONSTRAINT customers_region_fkey FOREIGN KEY (region) REFERENCES regions (id) ON DELETE SET NULL ON UPDATE CASCADE,
	CONSTRAINT customers_boss_fkey FOREIGN KEY (boss) REFERENCES customers (id) ON DELETE CASCADE
);
COMMENT ON TABLE customers IS 'who buys';
COMMENT ON COLUMN customers.boss IS 'another customer';
COMMENT ON INDEX customers@by_name IS 'for the list';
COMMENT ON CONSTRAINT named ON customers IS 'never empty'
create_statement
CREATE TABLE orders (
	customer INT8 NOT NULL,
	number INT8 NOT NULL DEFAULT nextval('shop.public.invoices'),
	total DECIMAL(12, 2),
	placed TIMESTAMPTZ,
	tags STRING[],
	note JSONB,
	CONSTRAINT orders_pkey PRIMARY KEY (customer, number DESC),
	CONSTRAINT orders_total_check CHECK (total >= 0)
) INTERLEAVE IN PARENT customers (customer)
create_statement
CREATE TABLE regions (
	id INT8 NOT NULL DEFAULT nextval('shop.public.regions_id_seq'),
	code VARCHAR(3) NOT NULL,
	CONSTRAINT regions_pkey PRIMARY KEY (id),
	CONSTRAINT regions_code_key UNIQUE (code),
	CONSTRAINT regions_code_check CHECK (length(code) > 1)
)
create_statement
CREATE TABLE no_key (
	a INT8,
	b STRING
)
create_statement
CREATE VIEW big (customer, number, total) AS SELECT customer, number, total FROM shop.public.orders WHERE total > 10;
COMMENT ON VIEW big IS 'worth a call'
create_statement
CREATE VIEW big_named (who, how_much) AS SELECT c.name, sum(b.total) AS sum FROM shop.public.customers c JOIN shop.public.big b ON b.customer = c.id GROUP BY c.name
create_statement
CREATE SEQUENCE invoices INCREMENT BY 5 MINVALUE 10 MAXVALUE 100000 START WITH 100 CACHE 1;
COMMENT ON SEQUENCE invoices IS 'by fives'
id | region | name | upper_name | boss
1 | 1 | ann | ANN | NULL
2 | 2 | bob | BOB | 1
3 | NULL | it's "quoted" | IT'S "QUOTED" | 2
customer | number | total | placed | tags | note
1 | 100 | 9.99 | 2026-01-01 00:00:00.000001+00 | {a,NULL,""} | {"b": [1, 1.50]}
1 | 105 | 100.00 | NULL | NULL | NULL
2 | 110 | 20.50 | infinity | {} | null
id | code
1 | eu
2 | us
a | b
1 | twice
1 | twice
NULL | NULL
who | how_much
ann | 100.00
bob | 20.50
Error: ERROR:  duplicate key value violates unique constraint "regions_code_key" (23505)
DETAIL:  Key (code)=(eu) already exists.
Error: ERROR:  new row for relation "regions" violates check constraint "regions_code_check" (23514)
DETAIL:  Failing row contains (50, x).
Error: ERROR:  new row for relation "customers" violates check constraint "named" (23514)
DETAIL:  Failing row contains (33, null, , , null).
Error: ERROR:  insert or update on table "customers" violates foreign key constraint "customers_region_fkey" (23503)
DETAIL:  Key (region)=(99) is not present in table "regions".
Error: ERROR:  cannot insert a non-DEFAULT value into column "id" (428C9)
DETAIL:  Column "id" is an identity column defined as GENERATED ALWAYS.
HINT:  use OVERRIDING SYSTEM VALUE to override
Error: ERROR:  new row for relation "orders" violates check constraint "orders_total_check" (23514)
DETAIL:  Failing row contains (1, 500, -1.00, null, null, null).
Error: ERROR:  cannot drop relation "customers" because view "big_named" depends on it (2BP01)
DETAIL:  view big_named depends on table customers
HINT:  use DROP ... CASCADE to drop the dependent objects too
name | upper_name | fresh_id
nobody | NOBODY | t
fresh_number
t
DELETE 1
name | region
ann | 1
bob | NULL
it's "quoted" | NULL
nobody | NULL
DELETE 1
count
1
