-- What psql's commands list, one after the other, and what they say of what there is none of.
CREATE DATABASE shop;
\c shop
CREATE TABLE customers (id INT PRIMARY KEY DEFAULT unique_rowid(), email STRING UNIQUE, born DATE);
CREATE TABLE orders (id INT GENERATED ALWAYS AS IDENTITY (START WITH 10) PRIMARY KEY, customer INT NOT NULL REFERENCES customers, price DECIMAL(10, 2), INDEX by_price (price DESC, customer));
CREATE VIEW dear AS SELECT id, customer FROM orders WHERE price > 100;
CREATE SEQUENCE tickets START 5 INCREMENT 2;
CREATE USER clerk;
GRANT SELECT, INSERT ON TABLE orders TO clerk;
GRANT SELECT ON TABLE dear TO clerk;
COMMENT ON TABLE orders IS 'what was ordered';
COMMENT ON DATABASE shop IS 'a shop';
COMMENT ON INDEX by_price IS 'dear ones first';
\d
\d+
\dt
\dt+ o*
\dt public.*
\dt *.pg_am
\di
\di+ by_*
\dv
\dv+
\ds
\ds+
\dtvs
\d orders
\d by_price
\d+ by_price
\d dear
\d+ dear
\d tickets
\d orders_id_seq
\d pg_catalog.pg_index
\d shop.public.customers
\d nothing
\d other.public.orders
\l
\l+ shop
\dn
\dn+
\du
\du+ clerk
\dg clerk
\dp
\z orders
\db
\dT
\dT pg_catalog.int*
\dTS+ int2vector
\df
\df+
\df upper
\df+ upper
\df generate_series
\da sum
\sf upper
SELECT 'upper'::regproc, 'upper(text)'::regprocedure::oid, to_regproc('nothing'), 'length'::regproc::oid;
\dfn
\dfa
\dft
\da
\dL
\dx
\dy
\dC
\do
\dO
\dD
\dd
\ddp
\dA
\dAc
\dAf
\dAo
\dAp
\dF
\dFd
\dm
\dE
\dP
\des
\dew
\det
\drds
\dRp
\dRs
\dX
\dl
\dconfig server_version*
\sv dear
\sf nothing
\encoding
SELECT id, price::FLOAT4 AS cheap, 'x' AS letter FROM orders \gdesc

-- Rows in and out by way of the client.
\copy customers (id, email, born) FROM PROGRAM 'printf "1\tamy@example.com\t2000-01-01\n2\t\\N\t\\N\n"'
\copy customers TO STDOUT
\copy (SELECT id, email FROM customers ORDER BY id DESC) TO STDOUT WITH (FORMAT csv, HEADER)
\copy customers (email, id) FROM STDIN WITH (FORMAT csv)
"Bob, ""b""",3
,4
\.
\copy customers FROM PROGRAM 'printf "5\tfive\n"'
\copy customers FROM PROGRAM 'printf "1\tagain\t\\N\n"'
\copy nothing TO STDOUT
SELECT * FROM customers ORDER BY id;
