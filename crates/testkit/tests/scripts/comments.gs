# COMMENT ON. What could go wrong: a comment kept with the wrong object, lost with a rename of something else, or not printed back.
> CREATE TABLE p (id INT PRIMARY KEY)
> CREATE TABLE t (a INT PRIMARY KEY, b INT CONSTRAINT small CHECK (b < 10), c INT CONSTRAINT to_p REFERENCES p, UNIQUE (b), INDEX by_c (c, b))
> COMMENT ON TABLE t IS 'it''s a table'
> COMMENT ON COLUMN t.b IS 'a column'
> COMMENT ON COLUMN defaultdb.public.t.c IS 'another'
> COMMENT ON INDEX by_c IS 'an index'
> COMMENT ON INDEX t@t_pkey IS 'the key'
> COMMENT ON CONSTRAINT small ON t IS 'a check'
> COMMENT ON CONSTRAINT to_p ON t IS 'a foreign key'
> COMMENT ON CONSTRAINT t_b_key ON t IS 'unique'
> COMMENT ON DATABASE postgres IS 'unused'
> SHOW CREATE TABLE t
---
CREATE TABLE
CREATE TABLE
COMMENT
COMMENT
COMMENT
COMMENT
COMMENT
COMMENT
COMMENT
COMMENT
COMMENT
table_name | create_statement
t | CREATE TABLE t (
	a INT8 NOT NULL,
	b INT8,
	c INT8,
	CONSTRAINT t_pkey PRIMARY KEY (a),
	CONSTRAINT t_b_key UNIQUE (b),
	INDEX by_c (c, b),
	CONSTRAINT small CHECK (b < 10),
	CONSTRAINT to_p FOREIGN KEY (c) REFERENCES p (id)
);
COMMENT ON TABLE t IS 'it''s a table';
COMMENT ON COLUMN t.b IS 'a column';
COMMENT ON COLUMN t.c IS 'another';
COMMENT ON INDEX t@t_pkey IS 'the key';
COMMENT ON INDEX t@t_b_key IS 'unique';
COMMENT ON INDEX t@by_c IS 'an index';
COMMENT ON CONSTRAINT small ON t IS 'a check';
COMMENT ON CONSTRAINT to_p ON t IS 'a foreign key'

> COMMENT ON COLUMN t.c IS NULL
> COMMENT ON TABLE t IS ''
> SHOW CREATE TABLE t
!> COMMENT ON TABLE nothing IS 'x'
!> COMMENT ON COLUMN t.nothing IS 'x'
!> COMMENT ON INDEX nothing IS 'x'
!> COMMENT ON CONSTRAINT nothing ON t IS 'x'
!> COMMENT ON VIEW t IS 'x'
---
COMMENT
COMMENT
table_name | create_statement
t | CREATE TABLE t (
	a INT8 NOT NULL,
	b INT8,
	c INT8,
	CONSTRAINT t_pkey PRIMARY KEY (a),
	CONSTRAINT t_b_key UNIQUE (b),
	INDEX by_c (c, b),
	CONSTRAINT small CHECK (b < 10),
	CONSTRAINT to_p FOREIGN KEY (c) REFERENCES p (id)
);
COMMENT ON COLUMN t.b IS 'a column';
COMMENT ON INDEX t@t_pkey IS 'the key';
COMMENT ON INDEX t@t_b_key IS 'unique';
COMMENT ON INDEX t@by_c IS 'an index';
COMMENT ON CONSTRAINT small ON t IS 'a check';
COMMENT ON CONSTRAINT to_p ON t IS 'a foreign key'
Error: ERROR:  relation "nothing" does not exist (42P01)
Error: ERROR:  column "nothing" of relation "t" does not exist (42703)
Error: ERROR:  index "nothing" does not exist (42704)
Error: ERROR:  constraint "nothing" for table "t" does not exist (42704)
Error: ERROR:  "t" is not a view (42809)
HINT:  it is a table

# In a transaction that is rolled back.
> BEGIN
> COMMENT ON TABLE t IS 'never'
> ROLLBACK
> SHOW CREATE TABLE t
---
BEGIN
COMMENT
ROLLBACK
table_name | create_statement
t | CREATE TABLE t (
	a INT8 NOT NULL,
	b INT8,
	c INT8,
	CONSTRAINT t_pkey PRIMARY KEY (a),
	CONSTRAINT t_b_key UNIQUE (b),
	INDEX by_c (c, b),
	CONSTRAINT small CHECK (b < 10),
	CONSTRAINT to_p FOREIGN KEY (c) REFERENCES p (id)
);
COMMENT ON COLUMN t.b IS 'a column';
COMMENT ON INDEX t@t_pkey IS 'the key';
COMMENT ON INDEX t@t_b_key IS 'unique';
COMMENT ON INDEX t@by_c IS 'an index';
COMMENT ON CONSTRAINT small ON t IS 'a check';
COMMENT ON CONSTRAINT to_p ON t IS 'a foreign key'
