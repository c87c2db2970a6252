-- The main job: what is backed up comes back as it was, and nothing else is touched.
CREATE DATABASE bank;
CREATE TABLE bank.customers (id INT PRIMARY KEY, email STRING UNIQUE, joined DATE NOT NULL DEFAULT '2018-04-04');
CREATE TABLE bank.accounts (customer INT, name STRING, balance DECIMAL(12, 2) NOT NULL, PRIMARY KEY (customer, name DESC));
CREATE INDEX by_balance ON bank.accounts (balance DESC, name);
INSERT INTO bank.customers (id, email) VALUES (1, 'petee@example.com'), (2, NULL), (3, 'roach@example.com');
INSERT INTO bank.accounts VALUES (1, 'savings', 12.50), (1, 'checking', -3), (3, 'savings', 1000000);

-- The statements of the specification.
BACKUP bank.customers TO 'nodelocal:///w13-customers';
BACKUP bank.customers, bank.accounts TO 'nodelocal:///w13-two';
BACKUP DATABASE bank TO 'nodelocal:///w13';

SHOW BACKUP 'nodelocal:///w13';
SELECT "table", rows FROM [SHOW BACKUP 'nodelocal:///w13-customers'] ORDER BY "table";
SELECT type, description, status, fraction_completed, error FROM [SHOW JOBS] ORDER BY created;

-- The mistake, and the way back.
DELETE FROM bank.accounts WHERE customer = 1;
UPDATE bank.customers SET email = 'lost';
DROP DATABASE bank CASCADE;
RESTORE DATABASE bank FROM 'nodelocal:///w13';
SELECT * FROM bank.customers ORDER BY id;
SELECT * FROM bank.accounts ORDER BY customer, name;
SHOW CREATE TABLE bank.accounts;
SELECT name, balance FROM bank.accounts WHERE balance > 10 ORDER BY balance DESC;
INSERT INTO bank.customers VALUES (4, 'roach@example.com', '2020-01-01');

-- One table, beside the living one.
CREATE DATABASE inspect;
RESTORE bank.customers FROM 'nodelocal:///w13-customers' WITH into_db = 'inspect';
SELECT count(*) FROM inspect.customers;
RESTORE bank.customers, bank.accounts FROM 'nodelocal:///w13-two' WITH into_db = 'inspect';
DROP TABLE inspect.customers;
RESTORE bank.customers, bank.accounts FROM 'nodelocal:///w13-two' WITH into_db = 'inspect';
SELECT sum(balance) FROM inspect.accounts;

-- Users travel with every backup, and come back when named.
RESTORE system.users FROM 'nodelocal:///w13-customers' WITH into_db = 'inspect';
SELECT username FROM inspect.users ORDER BY username;

-- Mistakes are refused in words that say what to do, and leave nothing behind.
BACKUP DATABASE bank TO 'nodelocal:///w13';
BACKUP DATABASE bank TO 'nodelocal:///../outside';
BACKUP DATABASE bank TO 'nodelocal://1/w13';
BACKUP DATABASE bank TO 'gopher:///w13';
BACKUP DATABASE nothing TO 'nodelocal:///n';
BACKUP bank.nothing TO 'nodelocal:///n';
BACKUP DATABASE bank TO 'nodelocal:///n' WITH nothing;
BACKUP DATABASE bank TO 'nodelocal:///n' AS OF SYSTEM TIME '2200-01-01';
BACKUP DATABASE bank INCREMENTAL FROM 'nodelocal:///w13' TO 'nodelocal:///n';
RESTORE DATABASE bank FROM 'nodelocal:///w13';
RESTORE DATABASE bank FROM 'nodelocal:///w13-two';
RESTORE DATABASE bank FROM 'nodelocal:///nothing';
RESTORE bank.customers FROM 'nodelocal:///w13' WITH into_db = 'nowhere';
BEGIN;
BACKUP DATABASE bank TO 'nodelocal:///n';
ROLLBACK;
SELECT type, status, count(*) FROM [SHOW JOBS] GROUP BY type, status ORDER BY type, status;
