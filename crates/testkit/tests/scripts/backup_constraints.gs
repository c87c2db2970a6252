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

# The parent alone: nobody refers to it any more.
> CREATE DATABASE f
> RESTORE d.p FROM 'nodelocal:///d' WITH into_db = 'f'
> DELETE FROM f.p
> DROP TABLE f.p
---

