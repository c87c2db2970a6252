# Dependencies in chains and at instants inside a history: what refers to what changes from layer to layer, and a restore must find what was
# so at its instant. What could go wrong: a constraint, default, view or hierarchy of another time; a refusal of what is whole.
> CREATE DATABASE d
> CREATE TABLE d.parent (id INT PRIMARY KEY)
> CREATE TABLE d.child (id INT PRIMARY KEY, parent INT)
> CREATE SEQUENCE d.s1
> INSERT INTO d.parent VALUES (1), (2)
> INSERT INTO d.child VALUES (1, 1)
> BACKUP DATABASE d TO 'nodelocal:///0' WITH revision_history
---
CREATE DATABASE
CREATE TABLE
CREATE TABLE
CREATE SEQUENCE
INSERT 0 2
INSERT 0 1
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 4 | 0 | 1 | 62

# Layer by layer: a foreign key, a default that uses a sequence, a view on a view; then the table they lead to is replaced.
advance 100
> ALTER TABLE d.child ADD CONSTRAINT to_parent FOREIGN KEY (parent) REFERENCES d.parent (id)
> ALTER TABLE d.child ALTER COLUMN parent SET DEFAULT nextval('d.s1')
> SELECT nextval('d.s1')
> BACKUP DATABASE d TO 'nodelocal:///1' INCREMENTAL FROM 'nodelocal:///0'
advance 100
> CREATE VIEW d.v1 AS SELECT id FROM d.child
> CREATE VIEW d.v2 AS SELECT id + 1 AS next FROM d.v1
> INSERT INTO d.child (id) VALUES (2)
advance 100
> DROP VIEW d.v2
> ALTER TABLE d.child DROP CONSTRAINT to_parent
> TRUNCATE d.parent
> ALTER TABLE d.child ALTER COLUMN parent DROP DEFAULT
> DROP SEQUENCE d.s1
> INSERT INTO d.parent VALUES (7)
advance 100
> DROP VIEW d.v1
> DROP TABLE d.child
> BACKUP DATABASE d TO 'nodelocal:///2' INCREMENTAL FROM 'nodelocal:///0', 'nodelocal:///1' WITH revision_history
advance 100
> CREATE TABLE d.child (id INT PRIMARY KEY REFERENCES d.parent (id))
> INSERT INTO d.child VALUES (7)
> BACKUP DATABASE d TO 'nodelocal:///3' INCREMENTAL FROM 'nodelocal:///0', 'nodelocal:///1', 'nodelocal:///2'
---
ALTER TABLE
ALTER TABLE
nextval
1
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 1 | 0 | 1 | 30
CREATE VIEW
CREATE VIEW
INSERT 0 1
DROP VIEW
ALTER TABLE
TRUNCATE
ALTER TABLE
DROP SEQUENCE
INSERT 0 1
DROP VIEW
DROP TABLE
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 2 | 1 | 1 | 38
CREATE TABLE
INSERT 0 1
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 1 | 0 | 1 | 26

> RESTORE DATABASE d FROM 'nodelocal:///0', 'nodelocal:///1' WITH new_db_name = 'at1'
> SHOW CREATE TABLE at1.child
!> INSERT INTO at1.child VALUES (9, 9)
> SELECT nextval('at1.s1') > 1
> INSERT INTO at1.child VALUES (9, 2)
!> DROP SEQUENCE at1.s1
> RESTORE DATABASE d FROM 'nodelocal:///0', 'nodelocal:///1', 'nodelocal:///2' AS OF SYSTEM TIME '-250s' WITH new_db_name = 'at250'
> SHOW TABLES FROM at250
> SHOW CREATE VIEW at250.v2
> SELECT * FROM at250.v2 ORDER BY 1
> SHOW CREATE TABLE at250.child
!> DELETE FROM at250.parent WHERE id = 1
!> DROP TABLE at250.child
> RESTORE DATABASE d FROM 'nodelocal:///0', 'nodelocal:///1', 'nodelocal:///2' AS OF SYSTEM TIME '-150s' WITH new_db_name = 'at150'
> SHOW TABLES FROM at150
> SHOW CREATE TABLE at150.child
> SELECT * FROM at150.parent
> SELECT * FROM at150.v1 ORDER BY id
> DROP TABLE at150.parent
> RESTORE DATABASE d FROM 'nodelocal:///0', 'nodelocal:///1', 'nodelocal:///2' WITH new_db_name = 'at2'
> SHOW TABLES FROM at2
> RESTORE DATABASE d FROM 'nodelocal:///0', 'nodelocal:///1', 'nodelocal:///2', 'nodelocal:///3' WITH new_db_name = 'at3'
> SHOW CREATE TABLE at3.child
!> DELETE FROM at3.parent
---
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 4 | 1 | 1 | 62
table_name | create_statement
child | CREATE TABLE child (
	id INT8 NOT NULL,
	parent INT8 DEFAULT nextval('at1.public.s1'),
	CONSTRAINT child_pkey PRIMARY KEY (id),
	INDEX child_auto_index_to_parent (parent),
	CONSTRAINT to_parent FOREIGN KEY (parent) REFERENCES parent (id)
)
Error: ERROR:  insert or update on table "child" violates foreign key constraint "to_parent" (23503)
DETAIL:  Key (parent)=(9) is not present in table "parent".
?column?
t
INSERT 0 1
Error: ERROR:  cannot drop sequence s1 because other objects depend on it (2BP01)
DETAIL:  a DEFAULT of table child uses it
HINT:  use DROP ... CASCADE to drop the dependent objects too
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 5 | 2 | 1 | 74
schema_name | table_name | type
public | child | table
public | parent | table
public | s1 | sequence
public | v1 | view
public | v2 | view
table_name | create_statement
v2 | CREATE VIEW v2 (next) AS SELECT id + 1 AS next FROM at250.public.v1
next
2
3
table_name | create_statement
child | CREATE TABLE child (
	id INT8 NOT NULL,
	parent INT8 DEFAULT nextval('at250.public.s1'),
	CONSTRAINT child_pkey PRIMARY KEY (id),
	INDEX child_auto_index_to_parent (parent),
	CONSTRAINT to_parent FOREIGN KEY (parent) REFERENCES parent (id)
)
Error: ERROR:  update or delete on table "parent" violates foreign key constraint "to_parent" on table "child" (23503)
DETAIL:  Key (id)=(1) is still referenced from table "child".
Error: ERROR:  cannot drop relation "child" because view "v1" depends on it (2BP01)
DETAIL:  view v1 depends on table child
HINT:  use DROP ... CASCADE to drop the dependent objects too
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 3 | 2 | 1 | 50
schema_name | table_name | type
public | child | table
public | parent | table
public | v1 | view
table_name | create_statement
child | CREATE TABLE child (
	id INT8 NOT NULL,
	parent INT8,
	CONSTRAINT child_pkey PRIMARY KEY (id),
	INDEX child_auto_index_to_parent (parent)
)
id
7
id
1
2
DROP TABLE
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 1 | 0 | 1 | 26
schema_name | table_name | type
public | parent | table
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 2 | 0 | 1 | 36
table_name | create_statement
child | CREATE TABLE child (
	id INT8 NOT NULL,
	CONSTRAINT child_pkey PRIMARY KEY (id),
	CONSTRAINT child_id_fkey FOREIGN KEY (id) REFERENCES parent (id)
)
Error: ERROR:  update or delete on table "parent" violates foreign key constraint "child_id_fkey" on table "child" (23503)
DETAIL:  Key (id)=(7) is still referenced from table "child".

# At each instant only what was there then is missing.
> CREATE DATABASE part
!> RESTORE d.v2 FROM 'nodelocal:///0', 'nodelocal:///1', 'nodelocal:///2' AS OF SYSTEM TIME '-250s' WITH into_db = 'part'
!> RESTORE d.child FROM 'nodelocal:///0', 'nodelocal:///1', 'nodelocal:///2' AS OF SYSTEM TIME '-250s' WITH into_db = 'part'
> RESTORE d.child FROM 'nodelocal:///0', 'nodelocal:///1', 'nodelocal:///2' AS OF SYSTEM TIME '-150s' WITH into_db = 'part'
> RESTORE d.v1, d.v2 FROM 'nodelocal:///0', 'nodelocal:///1', 'nodelocal:///2' AS OF SYSTEM TIME '-250s' WITH into_db = 'part', skip_missing_views
> RESTORE d.v1, d.s1, d.parent FROM 'nodelocal:///0', 'nodelocal:///1', 'nodelocal:///2' AS OF SYSTEM TIME '-250s' WITH into_db = 'part', skip_missing_views
> SHOW TABLES FROM part
> SELECT nextval('part.s1') > 1
---
CREATE DATABASE
Error: ERROR:  cannot restore view "d.v2" without restoring referenced table "d.v1" (or "skip_missing_views" option) (2BP01)
HINT:  name them all in one RESTORE
Error: ERROR:  cannot restore table "d.child" without referenced table "d.parent" (or "skip_missing_foreign_keys" option); cannot restore table "d.child" without referenced sequence "d.s1" (or "skip_missing_sequences" option) (2BP01)
HINT:  name them all in one RESTORE
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 2 | 2 | 1 | 40
NOTICE:  view d.v1 is left out: it reads what is not restored
NOTICE:  view d.v2 is left out: it reads what is not restored
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 0 | 0 | 1 | 16
NOTICE:  view d.v1 is left out: it reads what is not restored
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 3 | 0 | 1 | 50
schema_name | table_name | type
public | child | table
public | parent | table
public | s1 | sequence
?column?
t
