# Arrays of every type keep NULLs, empty texts and texts that look like syntax; they have one dimension and no place in
# a key.
> CREATE TABLE a (k INT8 PRIMARY KEY, ints INT[], texts STRING[], sums DECIMAL[], times TIMESTAMPTZ[], docs JSONB[], spans INTERVAL[], nets INET[], few VARCHAR(3)[])
> SHOW CREATE TABLE a
> INSERT INTO a VALUES (1, ARRAY[1, NULL, 3], ARRAY['', 'NULL', 'a,b', 'q"\', NULL], '{1.50,NaN,1e50}', '{"2026-11-22 10:15:00.25+00",infinity}', '{"{\"a\": 1}",null}', '{1 mon,-00:00:00.000001}', '{::1,10.0.0.0/8}', '{abc}'), (2, '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}'), (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)
> SELECT * FROM a ORDER BY k
> SELECT ints[1], ints[3], array_length(ints, 1), cardinality(ints), array_append(ints, 4), ints || ARRAY[9] FROM a WHERE k = 1
> SELECT k FROM a WHERE 3 = ANY(ints)
> SELECT unnest(ints) FROM a WHERE k = 1
> SELECT '{1,2}'::INT[]::STRING[], ARRAY['1','2']::INT2[], ARRAY[1,2] = '{1,2}'::INT[]
!> INSERT INTO a (k, ints) VALUES (9, '{1,x}')
!> INSERT INTO a (k, ints) VALUES (9, '{1')
!> INSERT INTO a (k, ints) VALUES (9, '{{1},{2}}')
!> INSERT INTO a (k, few) VALUES (9, '{abcd}')
!> CREATE TABLE wrong (a INT[][])
!> CREATE TABLE wrong (a INT[] PRIMARY KEY)
!> CREATE INDEX by_ints ON a (ints)
---
CREATE TABLE
table_name | create_statement
a | CREATE TABLE a (
	k INT8 NOT NULL,
	ints INT8[],
	texts STRING[],
	sums DECIMAL[],
	times TIMESTAMPTZ[],
	docs JSONB[],
	spans INTERVAL[],
	nets INET[],
	few VARCHAR(3)[],
	CONSTRAINT a_pkey PRIMARY KEY (k)
)
INSERT 0 3
k | ints | texts | sums | times | docs | spans | nets | few
1 | {1,NULL,3} | {"","NULL","a,b","q\"\\",NULL} | {1.50,NaN,100000000000000000000000000000000000000000000000000} | {"2026-11-22 10:15:00.25+00",infinity} | {"{\"a\": 1}",NULL} | {"1 mon",-00:00:00.000001} | {::1,10.0.0.0/8} | {abc}
2 | {} | {} | {} | {} | {} | {} | {} | {}
3 | NULL | NULL | NULL | NULL | NULL | NULL | NULL | NULL
?column? | ?column? | array_length | cardinality | array_append | ?column?
1 | 3 | 3 | 3 | {1,NULL,3,4} | {1,NULL,3,9}
k
1
unnest
1
NULL
3
bigint[] | array | ?column?
{1,2} | {1,2} | t
Error: ERROR:  invalid input syntax for type bigint: "x" (22P02)
Error: ERROR:  malformed array literal: "{1" (22P02)
Error: ERROR:  an array of more than one dimension in type INT8[] is not supported (0A000)
Error: ERROR:  value too long for type character varying(3) (22001)
Error: ERROR:  an array of more than one dimension is not supported yet (0A000)
Error: ERROR:  table "wrong": index "wrong_pkey" is over column "a" of type INT8[], which cannot be indexed (42P16)
Error: ERROR:  table "a": index "by_ints" is over column "ints" of type INT8[], which cannot be indexed (42P16)
