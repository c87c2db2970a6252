# What comes back is made by the same statements as before: every kind of object, column, key, index, constraint and comment, from a full
# backup, a chain, and an instant inside a history. What could go wrong: a direction, an option, a comment or a state that is not carried.
> CREATE DATABASE d
> SET database = d
> CREATE SEQUENCE down INCREMENT -2 MINVALUE -100 MAXVALUE 10 START 8
> CREATE TABLE types (a INT2, b INT4, c INT, d FLOAT4, e FLOAT, f DECIMAL, g DECIMAL(9, 2), h STRING, i VARCHAR(7), j CHAR(3), k BYTES, l DATE, m TIME, n TIMESTAMP, o TIMESTAMPTZ, p INTERVAL, q UUID, r INET, s JSONB, t INT[], u STRING[], v BOOL)
> CREATE TABLE "Parent ""x""" (a INT, "B b" STRING, PRIMARY KEY (a DESC, "B b"))
> CREATE TABLE child (a INT, "B b" STRING, n INT DEFAULT nextval('down') + 1, id INT GENERATED ALWAYS AS IDENTITY (INCREMENT BY 3 START WITH 5), serial SERIAL, twice INT AS (a * 2) STORED, text STRING NOT NULL DEFAULT 'it''s', at TIMESTAMPTZ DEFAULT now(), PRIMARY KEY (a DESC, "B b", id), CONSTRAINT positive CHECK (n > -1000 AND text <> ''), UNIQUE (text, n DESC), INDEX by_n (n DESC, a), CONSTRAINT to_parent FOREIGN KEY (a, "B b") REFERENCES "Parent ""x""" (a, "B b") ON DELETE CASCADE ON UPDATE CASCADE) INTERLEAVE IN PARENT "Parent ""x""" (a, "B b")
> CREATE UNIQUE INDEX "Odd name" ON child (serial)
> ALTER TABLE child ADD COLUMN later INT DEFAULT 7
> ALTER TABLE child ADD CONSTRAINT unchecked CHECK (later > 0) NOT VALID
> CREATE VIEW v1 ("X", y) AS SELECT a, text || 'd.public.child' FROM child WHERE "B b" <> 'x''y' ORDER BY a LIMIT 3
> CREATE VIEW v2 AS SELECT "X" + 1 AS z, last_value FROM v1, down
> COMMENT ON DATABASE d IS 'a database'
> COMMENT ON TABLE child IS 'it''s a table'
> COMMENT ON COLUMN child."B b" IS 'a column'
> COMMENT ON INDEX by_n IS 'an index'
> COMMENT ON CONSTRAINT positive ON child IS 'a check'
> COMMENT ON VIEW v1 IS 'a view'
> COMMENT ON SEQUENCE down IS 'a sequence'
> INSERT INTO "Parent ""x""" VALUES (1, 'x')
> INSERT INTO child (a, "B b") VALUES (1, 'x')
> BACKUP DATABASE d TO 'nodelocal:///full'
> INSERT INTO child (a, "B b", text) VALUES (1, 'x', 'y')
advance 100
> BACKUP DATABASE d TO 'nodelocal:///inc' INCREMENTAL FROM 'nodelocal:///full' WITH revision_history
> SELECT "table", create_statement FROM [SHOW BACKUP SCHEMAS 'nodelocal:///full']
---
CREATE DATABASE
SET
CREATE SEQUENCE
CREATE TABLE
CREATE TABLE
CREATE TABLE
CREATE INDEX
ALTER TABLE
ALTER TABLE
CREATE VIEW
CREATE VIEW
COMMENT
COMMENT
COMMENT
COMMENT
COMMENT
COMMENT
COMMENT
INSERT 0 1
INSERT 0 1
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 5 | 3 | 1 | 111
INSERT 0 1
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 2 | 3 | 1 | 66
table | create_statement
Parent "x" | CREATE TABLE "Parent ""x""" (
	a INT8 NOT NULL,
	"B b" STRING NOT NULL,
	CONSTRAINT "Parent ""x""_pkey" PRIMARY KEY (a DESC, "B b")
)
child | CREATE TABLE child (
	a INT8 NOT NULL,
	"B b" STRING NOT NULL,
	n INT8 DEFAULT nextval('d.public.down') + 1,
	id INT8 NOT NULL GENERATED ALWAYS AS IDENTITY (INCREMENT BY 3 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 5 CACHE 1),
	serial INT8 NOT NULL DEFAULT nextval('d.public.child_serial_seq'),
	twice INT8 AS (a * 2) STORED,
	text STRING NOT NULL DEFAULT 'it''s',
	at TIMESTAMPTZ DEFAULT now(),
	later INT8 DEFAULT 7,
	CONSTRAINT child_pkey PRIMARY KEY (a DESC, "B b", id),
	CONSTRAINT child_text_n_key UNIQUE (text, n DESC),
	INDEX by_n (n DESC, a),
	UNIQUE INDEX "Odd name" (serial),
	CONSTRAINT positive CHECK (n > -1000 AND text <> ''),
	CONSTRAINT unchecked CHECK (later > 0) NOT VALID,
	CONSTRAINT to_parent FOREIGN KEY (a, "B b") REFERENCES "Parent ""x""" (a, "B b") ON DELETE CASCADE ON UPDATE CASCADE
) INTERLEAVE IN PARENT "Parent ""x""" (a, "B b");
COMMENT ON TABLE child IS 'it''s a table';
COMMENT ON COLUMN child."B b" IS 'a column';
COMMENT ON INDEX child@by_n IS 'an index';
COMMENT ON CONSTRAINT positive ON child IS 'a check'
child_id_seq | CREATE SEQUENCE child_id_seq INCREMENT BY 3 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 5 CACHE 1
child_serial_seq | CREATE SEQUENCE child_serial_seq INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1
down | CREATE SEQUENCE down INCREMENT BY -2 MINVALUE -100 MAXVALUE 10 START WITH 8 CACHE 1;
COMMENT ON SEQUENCE down IS 'a sequence'
types | CREATE TABLE types (
	a INT2,
	b INT4,
	c INT8,
	d FLOAT4,
	e FLOAT8,
	f DECIMAL,
	g DECIMAL(9, 2),
	h STRING,
	i VARCHAR(7),
	j CHAR(3),
	k BYTES,
	l DATE,
	m TIME,
	n TIMESTAMP,
	o TIMESTAMPTZ,
	p INTERVAL,
	q UUID,
	r INET,
	s JSONB,
	t INT8[],
	u STRING[],
	v BOOL
)
v1 | CREATE VIEW v1 ("X", y) AS SELECT a, text || 'd.public.child' AS "?column?" FROM d.public.child WHERE "B b" <> 'x''y' ORDER BY a LIMIT 3;
COMMENT ON VIEW v1 IS 'a view'
v2 | CREATE VIEW v2 (z, last_value) AS SELECT "X" + 1 AS z, last_value FROM d.public.v1, d.public.down
users | CREATE TABLE users (
	username STRING NOT NULL,
	"hashedPassword" BYTES,
	CONSTRAINT users_pkey PRIMARY KEY (username)
)

> SET database = defaultdb
> DROP DATABASE d CASCADE
> RESTORE DATABASE d FROM 'nodelocal:///full'
> BACKUP DATABASE d TO 'nodelocal:///1'
> DROP DATABASE d CASCADE
> RESTORE DATABASE d FROM 'nodelocal:///full', 'nodelocal:///inc'
> BACKUP DATABASE d TO 'nodelocal:///2'
> DROP DATABASE d CASCADE
> RESTORE DATABASE d FROM 'nodelocal:///full', 'nodelocal:///inc' AS OF SYSTEM TIME '-50s'
> BACKUP DATABASE d TO 'nodelocal:///3'
> SELECT b."table", b.create_statement FROM [SHOW BACKUP SCHEMAS 'nodelocal:///full'] a JOIN [SHOW BACKUP SCHEMAS 'nodelocal:///1', 'nodelocal:///2', 'nodelocal:///3'] b ON a."database" = b."database" AND a."table" = b."table" WHERE a.create_statement <> b.create_statement
> SELECT count(*), count(create_statement), count(DISTINCT create_statement) FROM [SHOW BACKUP SCHEMAS 'nodelocal:///1', 'nodelocal:///2', 'nodelocal:///3'] WHERE "database" = 'd'
> SHOW CREATE TABLE d.child
> SHOW CREATE VIEW d.v2
> SHOW CREATE SEQUENCE d.down
> SHOW CREATE DATABASE d
!> INSERT INTO d.child (a, "B b", id) VALUES (1, 'x', 3)
> INSERT INTO d.child (a, "B b", text) VALUES (1, 'x', 'z')
> SELECT count(DISTINCT id), count(DISTINCT serial), count(DISTINCT n) FROM d.child
---
SET
DROP DATABASE
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 5 | 3 | 1 | 111
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 5 | 3 | 1 | 111
DROP DATABASE
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 6 | 6 | 1 | 147
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 6 | 6 | 1 | 147
DROP DATABASE
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 6 | 6 | 1 | 147
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 6 | 6 | 1 | 147
table | create_statement
count | count | count
24 | 24 | 8
table_name | create_statement
child | CREATE TABLE child (
	a INT8 NOT NULL,
	"B b" STRING NOT NULL,
	n INT8 DEFAULT nextval('d.public.down') + 1,
	id INT8 NOT NULL GENERATED ALWAYS AS IDENTITY (INCREMENT BY 3 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 5 CACHE 1),
	serial INT8 NOT NULL DEFAULT nextval('d.public.child_serial_seq'),
	twice INT8 AS (a * 2) STORED,
	text STRING NOT NULL DEFAULT 'it''s',
	at TIMESTAMPTZ DEFAULT now(),
	later INT8 DEFAULT 7,
	CONSTRAINT child_pkey PRIMARY KEY (a DESC, "B b", id),
	CONSTRAINT child_text_n_key UNIQUE (text, n DESC),
	INDEX by_n (n DESC, a),
	UNIQUE INDEX "Odd name" (serial),
	CONSTRAINT positive CHECK (n > -1000 AND text <> ''),
	CONSTRAINT unchecked CHECK (later > 0) NOT VALID,
	CONSTRAINT to_parent FOREIGN KEY (a, "B b") REFERENCES "Parent ""x""" (a, "B b") ON DELETE CASCADE ON UPDATE CASCADE
) INTERLEAVE IN PARENT "Parent ""x""" (a, "B b");
COMMENT ON TABLE child IS 'it''s a table';
COMMENT ON COLUMN child."B b" IS 'a column';
COMMENT ON INDEX child@by_n IS 'an index';
COMMENT ON CONSTRAINT positive ON child IS 'a check'
table_name | create_statement
v2 | CREATE VIEW v2 (z, last_value) AS SELECT "X" + 1 AS z, last_value FROM d.public.v1, d.public.down
table_name | create_statement
down | CREATE SEQUENCE down INCREMENT BY -2 MINVALUE -100 MAXVALUE 10 START WITH 8 CACHE 1;
COMMENT ON SEQUENCE down IS 'a sequence'
database_name | create_statement
d | CREATE DATABASE d;
COMMENT ON DATABASE d IS 'a database'
Error: ERROR:  cannot insert a non-DEFAULT value into column "id" (428C9)
DETAIL:  Column "id" is an identity column defined as GENERATED ALWAYS.
HINT:  use OVERRIDING SYSTEM VALUE to override
INSERT 0 1
count | count | count
3 | 3 | 3
