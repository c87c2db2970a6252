-- Checks, foreign keys of both ends, computed columns and comments, as psql asks for them.
CREATE DATABASE shop;
\c shop
CREATE TABLE customers (id INT PRIMARY KEY, email STRING UNIQUE, mentor INT REFERENCES customers ON DELETE SET NULL);
CREATE TABLE orders (id INT PRIMARY KEY, customer INT NOT NULL REFERENCES customers ON DELETE CASCADE, price DECIMAL(10, 2) CONSTRAINT positive CHECK (price > 0), pieces INT, total DECIMAL(20, 2) AS (price * pieces) STORED, CHECK (pieces < 1000), INDEX by_price (price DESC));
COMMENT ON TABLE orders IS 'what was ordered';
COMMENT ON COLUMN orders.total IS 'with tax';
COMMENT ON DATABASE shop IS 'a shop';
\d customers
\d orders
\d+ orders
\dt+
SELECT conname, contype, conrelid::regclass, confrelid::regclass, confdeltype, conkey, confkey, pg_get_constraintdef(oid) FROM pg_constraint ORDER BY 1, 3;
SELECT table_name, constraint_name, constraint_type FROM information_schema.table_constraints ORDER BY 1, 2;
SELECT constraint_name, column_name, ordinal_position, position_in_unique_constraint FROM information_schema.key_column_usage ORDER BY 1, 3;
SELECT constraint_name, unique_constraint_name, update_rule, delete_rule FROM information_schema.referential_constraints ORDER BY 1;
SELECT constraint_name, check_clause FROM information_schema.check_constraints ORDER BY 1;
SELECT column_name, is_generated, generation_expression FROM information_schema.columns WHERE table_name = 'orders' ORDER BY ordinal_position;
SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = 'shop';
INSERT INTO orders VALUES (1, 1, 1, 1);
INSERT INTO orders VALUES (1, NULL, 1, 1);
INSERT INTO orders VALUES (1, 1, 0, 1);
