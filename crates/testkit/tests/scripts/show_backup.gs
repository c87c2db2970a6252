# SHOW BACKUP in all its forms. What could go wrong: columns that are not those that scripts rely on, a statement in SCHEMAS that does not
# make the same object again, a row source that cannot be filtered, a backup of another store that cannot be looked at.
> CREATE DATABASE bank
> CREATE SEQUENCE bank.numbers START 10 INCREMENT 5
> CREATE TABLE bank.customers (id INT PRIMARY KEY, name STRING NOT NULL, email STRING UNIQUE, CHECK (name <> ''))
> CREATE TABLE bank.accounts (customer INT REFERENCES bank.customers (id) ON DELETE CASCADE, kind STRING, number INT DEFAULT nextval('bank.numbers'), PRIMARY KEY (customer, kind DESC))
> COMMENT ON TABLE bank.accounts IS 'what they have'
> CREATE VIEW bank.rich AS SELECT name, 'bank.customers' AS "from" FROM bank.customers JOIN bank.accounts ON id = customer
> INSERT INTO bank.customers VALUES (1, 'Ada', 'a@x'), (2, 'Bob', NULL)
> INSERT INTO bank.accounts VALUES (1, 'giro'), (2, 'giro'), (2, 'savings')
> BACKUP DATABASE bank TO 'nodelocal:///full'
advance 60
> DELETE FROM bank.accounts WHERE kind = 'savings'
> BACKUP DATABASE bank TO 'nodelocal:///inc' INCREMENTAL FROM 'nodelocal:///full' WITH revision_history
> BACKUP bank.accounts TO 'nodelocal:///list'
---
CREATE DATABASE
CREATE SEQUENCE
CREATE TABLE
CREATE TABLE
COMMENT
CREATE VIEW
INSERT 0 2
INSERT 0 3
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 6 | 2 | 1 | 127
DELETE 1
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 1 | 0 | 1 | 36
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 2 | 0 | 1 | 54

> SHOW BACKUP 'nodelocal:///full'
> SHOW BACKUP SCHEMAS 'nodelocal:///full'
> SHOW BACKUP FILES 'nodelocal:///full'
> SHOW BACKUP FILES 'nodelocal:///inc'
---
database | table | start_time | end_time | size_bytes | rows | object_type | backup_type | revision_history | fingerprint
bank | accounts | NULL | <end_time> | 60 | 3 | table | full | f | 20447de2afe10e2293f4574b784f2641
bank | customers | NULL | <end_time> | 36 | 2 | table | full | f | 0ca871902ed8c093eeba2c49e5695161
bank | numbers | NULL | <end_time> | 15 | 1 | sequence | full | f | 572d2184ecac6d66c5f5360e4fe8640c
bank | rich | NULL | <end_time> | 0 | 0 | view | full | f | NULL
system | users | NULL | <end_time> | 16 | 1 | table | full | f | 3d0218d168356cc21fb74951017594ce
database | table | start_time | end_time | size_bytes | rows | object_type | backup_type | revision_history | fingerprint | create_statement
bank | accounts | NULL | <end_time> | 60 | 3 | table | full | f | 20447de2afe10e2293f4574b784f2641 | CREATE TABLE accounts (
	customer INT8 NOT NULL,
	kind STRING NOT NULL,
	number INT8 DEFAULT nextval('bank.public.numbers'),
	CONSTRAINT accounts_pkey PRIMARY KEY (customer, kind DESC),
	CONSTRAINT accounts_customer_fkey FOREIGN KEY (customer) REFERENCES customers (id) ON DELETE CASCADE
);
COMMENT ON TABLE accounts IS 'what they have'
bank | customers | NULL | <end_time> | 36 | 2 | table | full | f | 0ca871902ed8c093eeba2c49e5695161 | CREATE TABLE customers (
	id INT8 NOT NULL,
	name STRING NOT NULL,
	email STRING,
	CONSTRAINT customers_pkey PRIMARY KEY (id),
	CONSTRAINT customers_email_key UNIQUE (email),
	CONSTRAINT customers_name_check CHECK (name <> '')
)
bank | numbers | NULL | <end_time> | 15 | 1 | sequence | full | f | 572d2184ecac6d66c5f5360e4fe8640c | CREATE SEQUENCE numbers INCREMENT BY 5 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 10 CACHE 1
bank | rich | NULL | <end_time> | 0 | 0 | view | full | f | NULL | CREATE VIEW rich (name, "from") AS SELECT name, 'bank.customers' AS "from" FROM bank.public.customers JOIN bank.public.accounts ON id = customer
system | users | NULL | <end_time> | 16 | 1 | table | full | f | 3d0218d168356cc21fb74951017594ce | CREATE TABLE users (
	username STRING NOT NULL,
	"hashedPassword" BYTES,
	CONSTRAINT users_pkey PRIMARY KEY (username)
)
path | backup_type | start_pretty | end_pretty | start_key | end_key | size_bytes | rows | database | table | file_bytes | blake3
data/102/1-*.parquet | full | /Table/102/1/1/giro | /Table/102/1/2/giro | \x8101f998968d90fffe | \x8102f998968d90fffe | 60 | 3 | bank | accounts | 514 | <blake3>
data/101/1-*.parquet | full | /Table/101/1/1 | /Table/101/1/2 | \x8101 | \x8102 | 36 | 2 | bank | customers | 443 | <blake3>
data/100/1-*.parquet | full | /Table/100/1/0 | /Table/100/1/0 | \x80 | \x80 | 15 | 1 | bank | numbers | 529 | <blake3>
system/users-*.parquet | full | /Table/11/1/root | /Table/11/1/root | \x06726f6f740001 | \x06726f6f740001 | 16 | 1 | system | users | 339 | <blake3>
path | backup_type | start_pretty | end_pretty | start_key | end_key | size_bytes | rows | database | table | file_bytes | blake3
data/102/1-*.parquet | incremental | /Table/102/1/2/savings | /Table/102/1/2/savings | \x8102f98c9e899691988cfffe | \x8102f98c9e899691988cfffe | 20 | 1 | bank | accounts | 789 | <blake3>
system/users-*.parquet | incremental | /Table/11/1/root | /Table/11/1/root | \x06726f6f740001 | \x06726f6f740001 | 16 | 1 | system | users | 655 | <blake3>

# What refers to things that the backup does not have is shown with their names.
> SHOW BACKUP SCHEMAS 'nodelocal:///list'
---
database | table | start_time | end_time | size_bytes | rows | object_type | backup_type | revision_history | fingerprint | create_statement
bank | accounts | NULL | <end_time> | 38 | 2 | table | full | f | 020ff4e94402db209c302c609fe42f8e | CREATE TABLE accounts (
	customer INT8 NOT NULL,
	kind STRING NOT NULL,
	number INT8 DEFAULT nextval('bank.public.numbers'),
	CONSTRAINT accounts_pkey PRIMARY KEY (customer, kind DESC),
	CONSTRAINT accounts_customer_fkey FOREIGN KEY (customer) REFERENCES customers (id) ON DELETE CASCADE
);
COMMENT ON TABLE accounts IS 'what they have'
system | users | NULL | <end_time> | 16 | 1 | table | full | f | 3d0218d168356cc21fb74951017594ce | CREATE TABLE users (
	username STRING NOT NULL,
	"hashedPassword" BYTES,
	CONSTRAINT users_pkey PRIMARY KEY (username)
)

# As a row source; prepared; a chain at once.
> SELECT "database", rows FROM [SHOW BACKUP 'nodelocal:///full'] WHERE "table" = 'customers'
> SELECT sum(rows), sum(file_bytes) > 0 FROM [SHOW BACKUP FILES 'nodelocal:///full'] WHERE "database" <> 'system'
> PREPARE look (STRING) AS SHOW BACKUP $1
> EXECUTE look('nodelocal:///inc')
> PREPARE create (STRING) AS SELECT create_statement FROM [SHOW BACKUP SCHEMAS $1] WHERE "table" = 'customers'
> EXECUTE create('nodelocal:///inc')
> SHOW BACKUP 'nodelocal:///full', 'nodelocal:///inc'
---
database | rows
bank | 2
sum | ?column?
6 | t
PREPARE
database | table | start_time | end_time | size_bytes | rows | object_type | backup_type | revision_history | fingerprint
bank | accounts | <start_time> | <end_time> | 20 | 1 | table | incremental | t | 020ff4e94402db209c302c609fe42f8e
bank | customers | <start_time> | <end_time> | 0 | 0 | table | incremental | t | 0ca871902ed8c093eeba2c49e5695161
bank | numbers | <start_time> | <end_time> | 0 | 0 | sequence | incremental | t | 572d2184ecac6d66c5f5360e4fe8640c
bank | rich | <start_time> | <end_time> | 0 | 0 | view | incremental | t | NULL
system | users | <start_time> | <end_time> | 16 | 1 | table | incremental | t | 3d0218d168356cc21fb74951017594ce
PREPARE
create_statement
CREATE TABLE customers (
	id INT8 NOT NULL,
	name STRING NOT NULL,
	email STRING,
	CONSTRAINT customers_pkey PRIMARY KEY (id),
	CONSTRAINT customers_email_key UNIQUE (email),
	CONSTRAINT customers_name_check CHECK (name <> '')
)
database | table | start_time | end_time | size_bytes | rows | object_type | backup_type | revision_history | fingerprint
bank | accounts | NULL | <end_time> | 60 | 3 | table | full | f | 20447de2afe10e2293f4574b784f2641
bank | customers | NULL | <end_time> | 36 | 2 | table | full | f | 0ca871902ed8c093eeba2c49e5695161
bank | numbers | NULL | <end_time> | 15 | 1 | sequence | full | f | 572d2184ecac6d66c5f5360e4fe8640c
bank | rich | NULL | <end_time> | 0 | 0 | view | full | f | NULL
system | users | NULL | <end_time> | 16 | 1 | table | full | f | 3d0218d168356cc21fb74951017594ce
bank | accounts | <start_time> | <end_time> | 20 | 1 | table | incremental | t | 020ff4e94402db209c302c609fe42f8e
bank | customers | <start_time> | <end_time> | 0 | 0 | table | incremental | t | 0ca871902ed8c093eeba2c49e5695161
bank | numbers | <start_time> | <end_time> | 0 | 0 | sequence | incremental | t | 572d2184ecac6d66c5f5360e4fe8640c
bank | rich | <start_time> | <end_time> | 0 | 0 | view | incremental | t | NULL
system | users | <start_time> | <end_time> | 16 | 1 | table | incremental | t | 3d0218d168356cc21fb74951017594ce

# Every file is read, and rows and fingerprints are compared. Of an incremental alone only the files of what it has changes of.
> SHOW BACKUP 'nodelocal:///full' WITH check_files
> SHOW BACKUP 'nodelocal:///inc' WITH check_files
> SHOW BACKUP 'nodelocal:///full', 'nodelocal:///inc' WITH check_files
> SELECT "table", checked FROM [SHOW BACKUP FILES 'nodelocal:///full', 'nodelocal:///inc' WITH check_files] ORDER BY 1, 2
> SELECT "table", checked FROM [SHOW BACKUP SCHEMAS 'nodelocal:///list' WITH OPTIONS ('check_files')]
!> SHOW BACKUP 'nodelocal:///inc', 'nodelocal:///full' WITH check_files
---
database | table | start_time | end_time | size_bytes | rows | object_type | backup_type | revision_history | fingerprint | file_bytes | checked
bank | accounts | NULL | <end_time> | 60 | 3 | table | full | f | 20447de2afe10e2293f4574b784f2641 | 514 | fingerprint
bank | customers | NULL | <end_time> | 36 | 2 | table | full | f | 0ca871902ed8c093eeba2c49e5695161 | 443 | fingerprint
bank | numbers | NULL | <end_time> | 15 | 1 | sequence | full | f | 572d2184ecac6d66c5f5360e4fe8640c | 529 | fingerprint
bank | rich | NULL | <end_time> | 0 | 0 | view | full | f | NULL | 0 | files
system | users | NULL | <end_time> | 16 | 1 | table | full | f | 3d0218d168356cc21fb74951017594ce | 339 | fingerprint
database | table | start_time | end_time | size_bytes | rows | object_type | backup_type | revision_history | fingerprint | file_bytes | checked
bank | accounts | <start_time> | <end_time> | 20 | 1 | table | incremental | t | 020ff4e94402db209c302c609fe42f8e | 789 | files
bank | customers | <start_time> | <end_time> | 0 | 0 | table | incremental | t | 0ca871902ed8c093eeba2c49e5695161 | 0 | files
bank | numbers | <start_time> | <end_time> | 0 | 0 | sequence | incremental | t | 572d2184ecac6d66c5f5360e4fe8640c | 0 | files
bank | rich | <start_time> | <end_time> | 0 | 0 | view | incremental | t | NULL | 0 | files
system | users | <start_time> | <end_time> | 16 | 1 | table | incremental | t | 3d0218d168356cc21fb74951017594ce | 655 | fingerprint
database | table | start_time | end_time | size_bytes | rows | object_type | backup_type | revision_history | fingerprint | file_bytes | checked
bank | accounts | NULL | <end_time> | 60 | 3 | table | full | f | 20447de2afe10e2293f4574b784f2641 | 514 | fingerprint
bank | customers | NULL | <end_time> | 36 | 2 | table | full | f | 0ca871902ed8c093eeba2c49e5695161 | 443 | fingerprint
bank | numbers | NULL | <end_time> | 15 | 1 | sequence | full | f | 572d2184ecac6d66c5f5360e4fe8640c | 529 | fingerprint
bank | rich | NULL | <end_time> | 0 | 0 | view | full | f | NULL | 0 | files
system | users | NULL | <end_time> | 16 | 1 | table | full | f | 3d0218d168356cc21fb74951017594ce | 339 | fingerprint
bank | accounts | <start_time> | <end_time> | 20 | 1 | table | incremental | t | 020ff4e94402db209c302c609fe42f8e | 789 | fingerprint
bank | customers | <start_time> | <end_time> | 0 | 0 | table | incremental | t | 0ca871902ed8c093eeba2c49e5695161 | 0 | fingerprint
bank | numbers | <start_time> | <end_time> | 0 | 0 | sequence | incremental | t | 572d2184ecac6d66c5f5360e4fe8640c | 0 | fingerprint
bank | rich | <start_time> | <end_time> | 0 | 0 | view | incremental | t | NULL | 0 | files
system | users | <start_time> | <end_time> | 16 | 1 | table | incremental | t | 3d0218d168356cc21fb74951017594ce | 655 | fingerprint
table | checked
accounts | fingerprint
accounts | fingerprint
customers | fingerprint
numbers | fingerprint
users | fingerprint
users | fingerprint
table | checked
accounts | fingerprint
users | fingerprint
Error: ERROR:  no backup covers time [0, <time>) (or backups out of order): nodelocal:///inc is an incremental backup, list the full one before it (22023)

!> SHOW BACKUP 'nodelocal:///nowhere'
!> SHOW BACKUP FILES 'nodelocal:///nowhere' WITH check_files
!> SHOW BACKUP nowhere
!> SHOW BACKUP 'nodelocal:///full' WITH check_files = 'x'
!> SHOW BACKUP 'nodelocal:///full' WITH privileges
!> SHOW BACKUP 'nodelocal:///full' WITH sizes
!> SHOW BACKUP RANGES 'nodelocal:///full'
!> SHOW BACKUP FROM LATEST IN 'nodelocal:///full'
> CREATE USER amy
amy: login amy
amy:!> SHOW BACKUP SCHEMAS 'nodelocal:///full'
---
Error: ERROR:  nodelocal:///nowhere does not contain a backup: it has no manifest.json (58P01)
HINT:  one that is under way, or was broken off, is none yet: SHOW JOBS
Error: ERROR:  failed to read backup descriptor: nodelocal:///nowhere does not contain a backup: it has no manifest.json (58P01)
HINT:  one that is under way, or was broken off, is none yet: SHOW JOBS
Error: ERROR:  unsupported storage scheme: "" (22023)
HINT:  a location is a URL that begins with nodelocal://, s3://, azure://, gs://, http:// or https://
Error: ERROR:  option "check_files" does not take a value (22023)
Error: ERROR:  option "privileges" is not supported yet (0A000)
Error: ERROR:  invalid option "sizes" (22023)
Error: ERROR:  SHOW BACKUP RANGES is not supported yet (0A000)
Error: ERROR:  SHOW BACKUP IN a collection is not supported yet (0A000)
CREATE USER
amy: Error: ERROR:  only superusers are allowed to SHOW BACKUP (42501)

# Another store sees the same.
fresh
> SELECT "table", rows, fingerprint, checked FROM [SHOW BACKUP 'nodelocal:///full', 'nodelocal:///inc' WITH check_files]
---
table | rows | fingerprint | checked
accounts | 3 | 20447de2afe10e2293f4574b784f2641 | fingerprint
customers | 2 | 0ca871902ed8c093eeba2c49e5695161 | fingerprint
numbers | 1 | 572d2184ecac6d66c5f5360e4fe8640c | fingerprint
rich | 0 | NULL | files
users | 1 | 3d0218d168356cc21fb74951017594ce | fingerprint
accounts | 1 | 020ff4e94402db209c302c609fe42f8e | fingerprint
customers | 0 | 0ca871902ed8c093eeba2c49e5695161 | fingerprint
numbers | 0 | 572d2184ecac6d66c5f5360e4fe8640c | fingerprint
rich | 0 | NULL | files
users | 1 | 3d0218d168356cc21fb74951017594ce | fingerprint

# Damage: all of it is named at once.
damage full/data/102
damage full/data/100
!> SHOW BACKUP 'nodelocal:///full' WITH check_files
!> SHOW BACKUP 'nodelocal:///full', 'nodelocal:///inc' WITH check_files
> SELECT "table", checked FROM [SHOW BACKUP 'nodelocal:///inc' WITH check_files]
damage inc/manifest.json
!> SHOW BACKUP 'nodelocal:///inc' WITH check_files
---
Error: ERROR:  the backup is damaged: nodelocal:///full: data/102/1-*.parquet (bank.accounts): damaged: checksum mismatch: blake3 is <hash>, must be <hash>; nodelocal:///full: data/100/1-*.parquet (bank.numbers): damaged: checksum mismatch: blake3 is <hash>, must be <hash> (XX001)
HINT:  nothing of it can be relied on: use another copy of the backup, or an earlier one
Error: ERROR:  the backup is damaged: nodelocal:///full: data/102/1-*.parquet (bank.accounts): damaged: checksum mismatch: blake3 is <hash>, must be <hash>; nodelocal:///full: data/100/1-*.parquet (bank.numbers): damaged: checksum mismatch: blake3 is <hash>, must be <hash> (XX001)
HINT:  nothing of it can be relied on: use another copy of the backup, or an earlier one
table | checked
accounts | files
customers | files
numbers | files
rich | files
users | fingerprint
Error: ERROR:  failed to read backup descriptor: nodelocal:///inc: manifest.json: damaged: checksum mismatch: blake3 is <hash>, must be <hash> (XX001)

# Whether a place can keep backups, before one is asked of it. No object of it may stay, and a place that is no place is refused.
> SELECT "check", result, needed_for, problem FROM [SHOW BACKUP CONNECTION 'nodelocal:///new/place']
!> SHOW BACKUP CONNECTION 'external://x'
!> SHOW BACKUP CONNECTION 'nodelocal:///../x'
!> SHOW BACKUP CONNECTION 'nodelocal:///a', 'nodelocal:///b'
!> SHOW BACKUP CONNECTION 'nodelocal:///a' WITH transfer = '1MB'
!> SHOW BACKUP CONNECTION 'http://127.0.0.1:1/x?password=CANARY' WITH a
---
check | result | needed_for | problem
look for an object | works | finding a place in use before BACKUP begins | NULL
write an object | works | BACKUP | NULL
refuse a second object of a name | works | two backups that begin at once | NULL
read an object | works | RESTORE, SHOW BACKUP, the base of an incremental BACKUP | NULL
read a part of an object | works | RESTORE | NULL
delete an object | works | nothing | NULL
Error: ERROR:  external://: storage scheme "external" is not supported yet (0A000)
Error: ERROR:  local file access to paths outside of external-io-dir is not allowed: nodelocal:///../x (42501)
Error: ERROR:  syntax error at or near ",": expected the end of the statement (42601)
HINT:  try \h SHOW BACKUP
Error: ERROR:  syntax error at or near "WITH": expected the end of the statement (42601)
HINT:  try \h SHOW BACKUP
Error: ERROR:  syntax error at or near "WITH": expected the end of the statement (42601)
HINT:  try \h SHOW BACKUP
