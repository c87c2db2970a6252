-- What PostgreSQL does not know, or does not know alone.
CREATE TABLE parents (a INT PRIMARY KEY);
CREATE TABLE children (a INT, b INT, PRIMARY KEY (a, b DESC)) INTERLEAVE IN PARENT parents (a);
ALTER TABLE parents CONFIGURE ZONE USING gc.ttlseconds = 100000;
CREATE TABLE own (id INT PRIMARY KEY DEFAULT unique_rowid(), x INT REFERENCES shop.customers, INDEX by_x (x));
CREATE TABLE other (x INT, INDEX by_x (x));
CREATE VIEW far AS SELECT email FROM shop.customers;
CREATE VIEW near AS SELECT email FROM far;
CREATE TABLE checked (a INT CHECK (nvl(a, 1) > 0), b INT AS (nvl(a, 2)) STORED);
CREATE VIEW called AS SELECT nvl(a, 3) AS a FROM checked;
-- What PostgreSQL knows by other names, or reads otherwise.
CREATE TABLE aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa (id INT PRIMARY KEY);
CREATE TABLE "pg_type" (id INT PRIMARY KEY);
CREATE TABLE typed (id INT PRIMARY KEY, type INT REFERENCES "pg_type");
CREATE TABLE "q""uo'te/ü" (id SERIAL PRIMARY KEY);
