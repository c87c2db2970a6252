# DROP of what others depend on: refused by name, or everything together. What could go wrong: a reference to what is not there any more.
> CREATE DATABASE a
> CREATE DATABASE b
> CREATE TABLE a.t (id INT PRIMARY KEY, n INT)
> CREATE TABLE a.child (id INT PRIMARY KEY, t INT REFERENCES a.t (id))
> CREATE VIEW b.v AS SELECT n FROM a.t
> CREATE SEQUENCE a.s
> CREATE TABLE b.u (id INT PRIMARY KEY DEFAULT nextval('a.s'), n INT)
!> DROP DATABASE a
!> DROP DATABASE a RESTRICT
!> DROP TABLE a.t
!> DROP TABLE a.t RESTRICT
> DROP TABLE a.t CASCADE
> INSERT INTO a.child VALUES (1, 99)
> SHOW TABLES FROM b
!> DROP DATABASE a
> DROP DATABASE a CASCADE
> SHOW CREATE TABLE b.u
---
CREATE DATABASE
CREATE DATABASE
CREATE TABLE
CREATE TABLE
CREATE VIEW
CREATE SEQUENCE
CREATE TABLE
Error: ERROR:  cannot drop relation "t" because view "b.public.v" depends on it (2BP01)
DETAIL:  view b.public.v depends on table t
HINT:  use DROP ... CASCADE to drop the dependent objects too
Error: ERROR:  database "a" is not empty and RESTRICT was specified (2BP01)
Error: ERROR:  cannot drop relation "t" because view "b.public.v" depends on it (2BP01)
DETAIL:  view b.public.v depends on table t
HINT:  use DROP ... CASCADE to drop the dependent objects too
Error: ERROR:  cannot drop relation "t" because view "b.public.v" depends on it (2BP01)
DETAIL:  view b.public.v depends on table t
HINT:  use DROP ... CASCADE to drop the dependent objects too
DROP TABLE
INSERT 0 1
schema_name | table_name | type
public | u | table
Error: ERROR:  cannot drop sequence s because other objects depend on it (2BP01)
DETAIL:  a DEFAULT of table b.public.u uses it
HINT:  use DROP ... CASCADE to drop the dependent objects too
DROP DATABASE
table_name | create_statement
u | CREATE TABLE u (
	id INT8 NOT NULL,
	n INT8,
	CONSTRAINT u_pkey PRIMARY KEY (id)
)

# Both together may go without CASCADE, in any order.
> CREATE TABLE b.t (id INT PRIMARY KEY)
> CREATE VIEW b.w AS SELECT id FROM b.t
> CREATE VIEW b.x AS SELECT id FROM b.w
> DROP VIEW b.w, b.x
> CREATE TABLE b.parent (id INT PRIMARY KEY)
> CREATE TABLE b.kid (id INT PRIMARY KEY REFERENCES b.parent)
!> DROP TABLE b.parent
> DROP TABLE b.parent, b.kid
> DROP DATABASE b
---
CREATE TABLE
CREATE VIEW
CREATE VIEW
DROP VIEW
CREATE TABLE
CREATE TABLE
Error: ERROR:  cannot drop table "parent" because table "kid" refers to it with a foreign key (2BP01)
DETAIL:  table kid depends on table parent
HINT:  use DROP ... CASCADE to drop the dependent objects too
DROP TABLE
DROP DATABASE

# A renamed database takes its views along.
> CREATE DATABASE old
> CREATE TABLE old.t (id INT PRIMARY KEY)
> INSERT INTO old.t VALUES (7)
> CREATE VIEW v AS SELECT t.id FROM old.t
> CREATE SEQUENCE old.s
> CREATE TABLE uses (id INT PRIMARY KEY DEFAULT nextval('old.s'), n INT)
> ALTER DATABASE old RENAME TO fresh
> SELECT * FROM v
> SHOW CREATE VIEW v
> INSERT INTO uses (n) VALUES (1)
> SELECT * FROM uses
> DROP DATABASE fresh CASCADE
!> SELECT * FROM v
---
CREATE DATABASE
CREATE TABLE
INSERT 0 1
CREATE VIEW
CREATE SEQUENCE
CREATE TABLE
ALTER DATABASE
id
7
table_name | create_statement
v | CREATE VIEW v (id) AS SELECT t.id FROM fresh.public.t
INSERT 0 1
id | n
1 | 1
DROP DATABASE
Error: ERROR:  relation "v" does not exist (42P01)
