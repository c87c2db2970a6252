# Constraints, computed columns and comments in a backup. What could go wrong: a key that refers to a table by the id it had before,
# a table that does not know any more who refers to it, a rule that is lost, a reference to something that was not restored.
> CREATE DATABASE d
> USE d
> CREATE TABLE p (id INT PRIMARY KEY, boss INT REFERENCES p ON DELETE SET NULL)
> CREATE TABLE c (k INT PRIMARY KEY, p INT REFERENCES p ON DELETE CASCADE, n INT CHECK (n > 0), twice INT AS (n * 2) STORED, UNIQUE (n), INDEX (twice))
> CREATE TABLE g (k INT PRIMARY KEY REFERENCES c ON UPDATE CASCADE)
> COMMENT ON TABLE c IS 'children'
> COMMENT ON COLUMN c.twice IS 'computed'
> COMMENT ON CONSTRAINT c_p_fkey ON c IS 'to the parent'
> INSERT INTO p VALUES (1, 2), (2, NULL)
> INSERT INTO c VALUES (1, 1, 5), (2, 2, 6), (3, NULL, NULL)
> INSERT INTO g VALUES (1)
> SHOW CREATE TABLE c
> BACKUP DATABASE d TO 'nodelocal:///d'
> BACKUP TABLE c TO 'nodelocal:///only-c'
---
CREATE DATABASE
SET
CREATE TABLE
CREATE TABLE
CREATE TABLE
COMMENT
COMMENT
COMMENT
INSERT 0 2
INSERT 0 3
INSERT 0 1
table_name | create_statement
c | CREATE TABLE c (
	k INT8 NOT NULL,
	p INT8,
	n INT8,
	twice INT8 AS (n * 2) STORED,
	CONSTRAINT c_pkey PRIMARY KEY (k),
	CONSTRAINT c_n_key UNIQUE (n),
	INDEX c_twice_idx (twice),
	INDEX c_auto_index_c_p_fkey (p),
	CONSTRAINT c_n_check CHECK (n > 0),
	CONSTRAINT c_p_fkey FOREIGN KEY (p) REFERENCES p (id) ON DELETE CASCADE
);
COMMENT ON TABLE c IS 'children';
COMMENT ON COLUMN c.twice IS 'computed';
COMMENT ON CONSTRAINT c_p_fkey ON c IS 'to the parent'
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 6 | 11 | 1 | 94
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 3 | 9 | 1 | 61

# On an empty store; other tables first, so that no id is what it was.
fresh
> CREATE TABLE first (a INT)
> CREATE TABLE second (a INT)
> RESTORE DATABASE d FROM 'nodelocal:///d'
> USE d
> SHOW CREATE TABLE p
> SHOW CREATE TABLE c
> SHOW CREATE TABLE g
> SELECT * FROM c ORDER BY k
!> INSERT INTO c VALUES (4, 9, 7)
!> INSERT INTO c VALUES (4, 1, 0)
!> INSERT INTO c VALUES (4, 1, 5)
!> DELETE FROM p WHERE id = 1
> INSERT INTO c VALUES (4, 2, 7)
> UPDATE c SET k = 10 WHERE k = 1
> SELECT * FROM g
> DELETE FROM p WHERE id = 2
> SELECT * FROM p
> SELECT * FROM c ORDER BY k
!> DROP TABLE p
---
CREATE TABLE
CREATE TABLE
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 6 | 11 | 1 | 94
SET
table_name | create_statement
p | CREATE TABLE p (
	id INT8 NOT NULL,
	boss INT8,
	CONSTRAINT p_pkey PRIMARY KEY (id),
	INDEX p_auto_index_p_boss_fkey (boss),
	CONSTRAINT p_boss_fkey FOREIGN KEY (boss) REFERENCES p (id) ON DELETE SET NULL
)
table_name | create_statement
c | CREATE TABLE c (
	k INT8 NOT NULL,
	p INT8,
	n INT8,
	twice INT8 AS (n * 2) STORED,
	CONSTRAINT c_pkey PRIMARY KEY (k),
	CONSTRAINT c_n_key UNIQUE (n),
	INDEX c_twice_idx (twice),
	INDEX c_auto_index_c_p_fkey (p),
	CONSTRAINT c_n_check CHECK (n > 0),
	CONSTRAINT c_p_fkey FOREIGN KEY (p) REFERENCES p (id) ON DELETE CASCADE
);
COMMENT ON TABLE c IS 'children';
COMMENT ON COLUMN c.twice IS 'computed';
COMMENT ON CONSTRAINT c_p_fkey ON c IS 'to the parent'
table_name | create_statement
g | CREATE TABLE g (
	k INT8 NOT NULL,
	CONSTRAINT g_pkey PRIMARY KEY (k),
	CONSTRAINT g_k_fkey FOREIGN KEY (k) REFERENCES c (k) ON UPDATE CASCADE
)
k | p | n | twice
1 | 1 | 5 | 10
2 | 2 | 6 | 12
3 | NULL | NULL | NULL
Error: ERROR:  insert or update on table "c" violates foreign key constraint "c_p_fkey" (23503)
DETAIL:  Key (p)=(9) is not present in table "p".
Error: ERROR:  new row for relation "c" violates check constraint "c_n_check" (23514)
DETAIL:  Failing row contains (4, 1, 0, 0).
Error: ERROR:  duplicate key value violates unique constraint "c_n_key" (23505)
DETAIL:  Key (n)=(5) already exists.
Error: ERROR:  update or delete on table "c" violates foreign key constraint "g_k_fkey" on table "g" (23503)
DETAIL:  Key (k)=(1) is still referenced from table "g".
INSERT 0 1
UPDATE 1
k
10
DELETE 1
id | boss
1 | NULL
k | p | n | twice
3 | NULL | NULL | NULL
10 | 1 | 5 | 10
Error: ERROR:  cannot drop table "p" because table "c" refers to it with a foreign key (2BP01)
DETAIL:  table c depends on table p
HINT:  use DROP ... CASCADE to drop the dependent objects too

# Without what they refer to, tables are not restored; each is named. With the option the keys go, and nothing else.
> CREATE DATABASE e
!> RESTORE d.c, d.g FROM 'nodelocal:///d' WITH into_db = 'e'
!> RESTORE d.c FROM 'nodelocal:///only-c' WITH into_db = 'e'
> RESTORE d.c, d.g FROM 'nodelocal:///d' WITH into_db = 'e', skip_missing_foreign_keys
> SHOW CREATE TABLE e.c
> SHOW CREATE TABLE e.g
> INSERT INTO e.c VALUES (50, 50, 50)
!> INSERT INTO e.g VALUES (51)
> INSERT INTO e.g VALUES (50)
---
CREATE DATABASE
Error: ERROR:  cannot restore table "d.c" without referenced table "d.p" (or "skip_missing_foreign_keys" option) (2BP01)
HINT:  name them all in one RESTORE
Error: ERROR:  cannot restore table "d.c" without referenced table "d.p" (or "skip_missing_foreign_keys" option) (2BP01)
HINT:  name them all in one RESTORE
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 4 | 9 | 1 | 71
table_name | create_statement
c | CREATE TABLE c (
	k INT8 NOT NULL,
	p INT8,
	n INT8,
	twice INT8 AS (n * 2) STORED,
	CONSTRAINT c_pkey PRIMARY KEY (k),
	CONSTRAINT c_n_key UNIQUE (n),
	INDEX c_twice_idx (twice),
	INDEX c_auto_index_c_p_fkey (p),
	CONSTRAINT c_n_check CHECK (n > 0)
);
COMMENT ON TABLE c IS 'children';
COMMENT ON COLUMN c.twice IS 'computed'
table_name | create_statement
g | CREATE TABLE g (
	k INT8 NOT NULL,
	CONSTRAINT g_pkey PRIMARY KEY (k),
	CONSTRAINT g_k_fkey FOREIGN KEY (k) REFERENCES c (k) ON UPDATE CASCADE
)
INSERT 0 1
Error: ERROR:  insert or update on table "g" violates foreign key constraint "g_k_fkey" (23503)
DETAIL:  Key (k)=(51) is not present in table "c".
INSERT 0 1

# The parent alone: nobody refers to it any more.
> CREATE DATABASE f
> RESTORE d.p FROM 'nodelocal:///d' WITH into_db = 'f'
> DELETE FROM f.p
> DROP TABLE f.p
---
CREATE DATABASE
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 2 | 2 | 1 | 39
DELETE 2
DROP TABLE
