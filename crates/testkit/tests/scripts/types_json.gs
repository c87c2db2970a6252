# A JSONB has one form whatever was written; its numbers keep every digit. It cannot be a key.
> CREATE TABLE j (k INT8 PRIMARY KEY, doc JSONB, old JSON)
> SHOW CREATE TABLE j
> INSERT INTO j VALUES (1, '{"bb": [1, 2.50, null, {"x": "é\u00e9\n"}], "a": true, "a": false}', 'null'), (2, '[]', '"text"'), (3, '123456789012345678901234567890.000000000000000000001', '-0'), (4, NULL, '{"n": 1e3}')
> SELECT k, doc, old FROM j ORDER BY k
> SELECT doc->'bb'->1, doc->'bb'->>3, doc->>'a', doc#>'{bb,3,x}', doc#>>'{bb,-1,x}', doc->'none' FROM j WHERE k = 1
> SELECT k FROM j WHERE doc @> '{"bb": [2.5]}' ORDER BY k
> SELECT k, jsonb_typeof(doc), doc ? 'a' FROM j ORDER BY k
> SELECT jsonb_array_length('[1,2,3]'), '{"a":1}'::JSONB || '{"b":2}', '{"a":1,"b":2}'::JSONB - 'a', '[1,2]'::JSONB - 0, '1.0'::JSONB = '1'
> SELECT ('{"n": 41.7}'::JSONB->'n')::INT8, 'true'::JSONB::BOOL, '1e400'::JSONB::DECIMAL = '1e400'::DECIMAL
!> INSERT INTO j VALUES (9, '{"a"}', NULL)
!> INSERT INTO j VALUES (9, '"\u0000"', NULL)
!> SELECT jsonb_array_length('{}')
!> CREATE TABLE wrong (doc JSONB PRIMARY KEY)
!> CREATE INDEX by_doc ON j (doc)
---
CREATE TABLE
table_name | create_statement
j | CREATE TABLE j (
	k INT8 NOT NULL,
	doc JSONB,
	old JSONB,
	CONSTRAINT j_pkey PRIMARY KEY (k)
)
INSERT 0 4
k | doc | old
1 | {"a": false, "bb": [1, 2.50, null, {"x": "éé\n"}]} | null
2 | [] | "text"
3 | 123456789012345678901234567890.000000000000000000001 | 0
4 | NULL | {"n": 1000}
?column? | ?column? | ?column? | ?column? | ?column? | ?column?
2.50 | {"x": "éé\n"} | false | "éé\n" | éé
 | NULL
k
1
k | jsonb_typeof | ?column?
1 | object | t
2 | array | f
3 | number | f
4 | NULL | NULL
jsonb_array_length | ?column? | ?column? | ?column? | ?column?
3 | {"a": 1, "b": 2} | {"b": 2} | [2] | t
int8 | jsonb | ?column?
42 | t | t
Error: ERROR:  invalid input syntax for type json: "{\"a\"}" (22P02)
Error: ERROR:  invalid byte sequence for encoding "UTF8": 0x00 (22021)
Error: ERROR:  cannot get array length of a non-array (22023)
Error: ERROR:  table "wrong": index "wrong_pkey" is over column "doc" of type JSONB, which cannot be indexed (42P16)
Error: ERROR:  table "j": index "by_doc" is over column "doc" of type JSONB, which cannot be indexed (42P16)
