# Names with quotes, blanks, capitals and letters of other alphabets, through BACKUP and RESTORE. What could go wrong: a name that is folded,
# cut or quoted once too little: another object is backed up, the text of a job or of SHOW CREATE cannot be run again.
> CREATE DATABASE "My ""Shop"" ünï"
> USE "My ""Shop"" ünï"
> CREATE SEQUENCE "Seq ' quote" START 5 INCREMENT BY -2 MAXVALUE 10
> CREATE TABLE "Or der" ("I d" INT PRIMARY KEY DEFAULT nextval('"Seq '' quote"'), "Näme""q" STRING DEFAULT 'it''s; \ x' CHECK ("Näme""q" <> 'a''b'), d DECIMAL(10, 2), CONSTRAINT "uniq ""x" UNIQUE ("Näme""q"), INDEX "i x" (d DESC, "I d"))
> CREATE TABLE "Child" ("select" INT PRIMARY KEY, o INT REFERENCES "Or der" ("I d") ON DELETE CASCADE)
> CREATE VIEW "V iew" ("c 1", c2) AS SELECT "I d", "Näme""q" || 'My "Shop" ünï' FROM "Or der"
> COMMENT ON TABLE "Or der" IS 'it''s "quoted"'
> COMMENT ON COLUMN "Or der"."I d" IS 'ü'
> INSERT INTO "Or der" ("Näme""q", d) VALUES ('a', 1.5), ('日本', 2)
> INSERT INTO "Child" VALUES (1, 5)
> SHOW CREATE TABLE "Or der"
> SHOW CREATE TABLE "Child"
> SHOW CREATE VIEW "V iew"
> SHOW CREATE SEQUENCE "Seq ' quote"
---
CREATE DATABASE
SET
CREATE SEQUENCE
CREATE TABLE
CREATE TABLE
CREATE VIEW
COMMENT
COMMENT
INSERT 0 2
INSERT 0 1
table_name | create_statement
Or der | CREATE TABLE "Or der" (
	"I d" INT8 NOT NULL DEFAULT nextval('"My ""Shop"" ünï".public."Seq '' quote"'),
	"Näme""q" STRING DEFAULT 'it''s; \ x',
	d DECIMAL(10, 2),
	CONSTRAINT "Or der_pkey" PRIMARY KEY ("I d"),
	CONSTRAINT "uniq ""x" UNIQUE ("Näme""q"),
	INDEX "i x" (d DESC, "I d"),
	CONSTRAINT "Or der_Näme""q_check" CHECK ("Näme""q" <> 'a''b')
);
COMMENT ON TABLE "Or der" IS 'it''s "quoted"';
COMMENT ON COLUMN "Or der"."I d" IS 'ü'
table_name | create_statement
Child | CREATE TABLE "Child" (
	"select" INT8 NOT NULL,
	o INT8,
	CONSTRAINT "Child_pkey" PRIMARY KEY ("select"),
	INDEX "Child_auto_index_Child_o_fkey" (o),
	CONSTRAINT "Child_o_fkey" FOREIGN KEY (o) REFERENCES "Or der" ("I d") ON DELETE CASCADE
)
table_name | create_statement
V iew | CREATE VIEW "V iew" ("c 1", c2) AS SELECT "I d", "Näme""q" || 'My "Shop" ünï' AS "?column?" FROM "My ""Shop"" ünï".public."Or der"
table_name | create_statement
Seq ' quote | CREATE SEQUENCE "Seq ' quote" INCREMENT BY -2 MINVALUE -9223372036854775808 MAXVALUE 10 START WITH 5 CACHE 1

# In every place of a target and of a location.
> BACKUP DATABASE "My ""Shop"" ünï" TO 'nodelocal:///odd ünï''q'
> BACKUP "My ""Shop"" ünï".public."Or der", "Seq ' quote" TO "nodelocal:///odd%20two"
> BACKUP "My ""Shop"" ünï".* TO 'nodelocal:///inc' INCREMENTAL FROM 'nodelocal:///odd ünï''q' WITH OPTIONS ('revision_history')
> SELECT "database", "table", rows, object_type FROM [SHOW BACKUP 'nodelocal:///odd ünï''q']
!> BACKUP "My ""Shop"" ünï"."or der" TO 'nodelocal:///x'
!> BACKUP my "Shop" TO 'nodelocal:///x'
!> BACKUP DATABASE "My ""Shop"" ÜNÏ" TO 'nodelocal:///x'
---
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 4 | 5 | 1 | 79
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 3 | 4 | 1 | 67
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 0 | 0 | 1 | 16
database | table | rows | object_type
My "Shop" ünï | Child | 1 | table
My "Shop" ünï | Or der | 2 | table
My "Shop" ünï | Seq ' quote | 1 | sequence
My "Shop" ünï | V iew | 0 | view
system | users | 1 | table
Error: ERROR:  table "My \"Shop\" ünï.or der" does not exist (42P01)
HINT:  a backup holds what there was at its end; SHOW TABLES FROM a database shows what there is now
Error: ERROR:  syntax error at or near ""Shop"": expected TO (42601)
HINT:  try \h BACKUP
Error: ERROR:  unknown database "My \"Shop\" ÜNÏ" (3D000)
HINT:  a backup holds what there was at its end; SHOW TABLES FROM a database shows what there is now

# Back under the same name, under another one, and into a database that is there: what they print is what they printed.
> USE defaultdb
> DROP DATABASE "My ""Shop"" ünï"
> RESTORE DATABASE "My ""Shop"" ünï" FROM 'nodelocal:///odd ünï''q', 'nodelocal:///inc'
> SHOW CREATE TABLE "My ""Shop"" ünï"."Or der"
> SHOW CREATE VIEW "My ""Shop"" ünï"."V iew"
> SELECT * FROM "My ""Shop"" ünï"."V iew" ORDER BY 1
> RESTORE DATABASE "My ""Shop"" ünï" FROM 'nodelocal:///odd ünï''q' WITH new_db_name = 'New ''one"'
> SHOW CREATE TABLE "New 'one"""."Or der"
> SHOW CREATE VIEW "New 'one"""."V iew"
> CREATE DATABASE "Ñ"
> RESTORE "My ""Shop"" ünï".* FROM 'nodelocal:///odd ünï''q' WITH into_db = "Ñ"
> SELECT * FROM "Ñ"."V iew" ORDER BY 1
!> RESTORE "My ""Shop"" ünï"."Child" FROM 'nodelocal:///odd ünï''q' WITH into_db = "Ñ"
> DROP TABLE "Ñ"."Child"
!> RESTORE "My ""Shop"" ünï"."Child" FROM 'nodelocal:///odd ünï''q' WITH into_db = "Ñ"
---
SET
DROP DATABASE
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 4 | 5 | 1 | 79
table_name | create_statement
Or der | CREATE TABLE "Or der" (
	"I d" INT8 NOT NULL DEFAULT nextval('"My ""Shop"" ünï".public."Seq '' quote"'),
	"Näme""q" STRING DEFAULT 'it''s; \ x',
	d DECIMAL(10, 2),
	CONSTRAINT "Or der_pkey" PRIMARY KEY ("I d"),
	CONSTRAINT "uniq ""x" UNIQUE ("Näme""q"),
	INDEX "i x" (d DESC, "I d"),
	CONSTRAINT "Or der_Näme""q_check" CHECK ("Näme""q" <> 'a''b')
);
COMMENT ON TABLE "Or der" IS 'it''s "quoted"';
COMMENT ON COLUMN "Or der"."I d" IS 'ü'
table_name | create_statement
V iew | CREATE VIEW "V iew" ("c 1", c2) AS SELECT "I d", "Näme""q" || 'My "Shop" ünï' AS "?column?" FROM "My ""Shop"" ünï".public."Or der"
c 1 | c2
3 | 日本My "Shop" ünï
5 | aMy "Shop" ünï
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 4 | 5 | 1 | 79
table_name | create_statement
Or der | CREATE TABLE "Or der" (
	"I d" INT8 NOT NULL DEFAULT nextval('"New ''one""".public."Seq '' quote"'),
	"Näme""q" STRING DEFAULT 'it''s; \ x',
	d DECIMAL(10, 2),
	CONSTRAINT "Or der_pkey" PRIMARY KEY ("I d"),
	CONSTRAINT "uniq ""x" UNIQUE ("Näme""q"),
	INDEX "i x" (d DESC, "I d"),
	CONSTRAINT "Or der_Näme""q_check" CHECK ("Näme""q" <> 'a''b')
);
COMMENT ON TABLE "Or der" IS 'it''s "quoted"';
COMMENT ON COLUMN "Or der"."I d" IS 'ü'
table_name | create_statement
V iew | CREATE VIEW "V iew" ("c 1", c2) AS SELECT "I d", "Näme""q" || 'My "Shop" ünï' AS "?column?" FROM "New 'one""".public."Or der"
CREATE DATABASE
job_id | status | fraction_completed | rows | index_entries | system_records | bytes
<job_id> | succeeded | 1 | 4 | 5 | 1 | 79
c 1 | c2
3 | 日本My "Shop" ünï
5 | aMy "Shop" ünï
Error: ERROR:  cannot restore table "My \"Shop\" ünï.Child" without referenced table "My \"Shop\" ünï.Or der" (or "skip_missing_foreign_keys" option) (2BP01)
HINT:  name them all in one RESTORE
DROP TABLE
Error: ERROR:  cannot restore table "My \"Shop\" ünï.Child" without referenced table "My \"Shop\" ünï.Or der" (or "skip_missing_foreign_keys" option) (2BP01)
HINT:  name them all in one RESTORE

# The normal form in SHOW JOBS means the same again.
> SELECT description FROM [SHOW JOBS] ORDER BY id
---
description
BACKUP DATABASE "My ""Shop"" ünï" TO 'nodelocal:///odd ünï''q'
BACKUP TABLE "My ""Shop"" ünï".public."Or der", "Seq ' quote" TO 'nodelocal:///odd%20two'
BACKUP TABLE "My ""Shop"" ünï".* TO 'nodelocal:///inc' INCREMENTAL FROM 'nodelocal:///odd ünï''q' WITH revision_history
RESTORE DATABASE "My ""Shop"" ünï" FROM 'nodelocal:///odd ünï''q', 'nodelocal:///inc'
RESTORE DATABASE "My ""Shop"" ünï" FROM 'nodelocal:///odd ünï''q' WITH new_db_name = 'New ''one"'
RESTORE TABLE "My ""Shop"" ünï".* FROM 'nodelocal:///odd ünï''q' WITH into_db = 'Ñ'
