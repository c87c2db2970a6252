# The spaces at the end of a CHAR(n) do not count, whoever writes them; too long a text is an error in a column and cut
# by a cast. An INET is ordered as PostgreSQL orders it, with its prefix.
> CREATE TABLE t (c CHAR(3) PRIMARY KEY, one CHAR, v VARCHAR(4), i INET, b BYTES)
> SHOW CREATE TABLE t
> INSERT INTO t VALUES ('a', 'x', 'v   ', '10.1.2.3/8', '\x00ff00'), ('', '', '', '::1', ''), ('éé ', NULL, NULL, '10.1.2.3', 'a\\b\000')
> SELECT c, length(c), one, v, i, b FROM t ORDER BY c
!> INSERT INTO t (c) VALUES ('a  ')
!> INSERT INTO t (c) VALUES ('abcd')
!> INSERT INTO t (c, v) VALUES ('q', 'abcde')
> SELECT 'abcdef'::CHAR(3), 'abcdef'::VARCHAR(2), 'ab   '::CHAR(4) || '|'
> CREATE TABLE nets (i INET PRIMARY KEY)
> INSERT INTO nets VALUES ('10.0.0.0/16'), ('10.1.0.0/8'), ('9.9.9.9'), ('::ffff:1.2.3.4'), ('10.0.0.1'), ('::/0'), ('255.255.255.255/32')
> SELECT i, host(i), masklen(i), family(i) FROM nets ORDER BY i
> SELECT i FROM nets WHERE i < '10.0.0.0/16' ORDER BY i
!> SELECT '10.0.0.0/33'::INET
!> SELECT '10.0.0'::INET
> SELECT data_type, character_maximum_length, udt_name FROM information_schema.columns WHERE table_name = 't' ORDER BY ordinal_position
---
CREATE TABLE
table_name | create_statement
t | CREATE TABLE t (
	c CHAR(3) NOT NULL,
	one CHAR(1),
	v VARCHAR(4),
	i INET,
	b BYTES,
	CONSTRAINT t_pkey PRIMARY KEY (c)
)
INSERT 0 3
c | length | one | v | i | b
 | 0 |  |  | ::1 | \x
a | 1 | x | v    | 10.1.2.3/8 | \x00ff00
éé | 2 | NULL | NULL | 10.1.2.3 | \x615c6200
Error: ERROR:  duplicate key value violates unique constraint "t_pkey" (23505)
DETAIL:  Key (c)=(a) already exists.
Error: ERROR:  value too long for type character(3) (22001)
Error: ERROR:  value too long for type character varying(4) (22001)
character | character | ?column?
abc | ab | ab|
CREATE TABLE
INSERT 0 7
i | host | masklen | family
9.9.9.9 | 9.9.9.9 | 32 | 4
10.1.0.0/8 | 10.1.0.0 | 8 | 4
10.0.0.0/16 | 10.0.0.0 | 16 | 4
10.0.0.1 | 10.0.0.1 | 32 | 4
255.255.255.255 | 255.255.255.255 | 32 | 4
::/0 | :: | 0 | 6
::ffff:1.2.3.4 | ::ffff:1.2.3.4 | 128 | 6
i
9.9.9.9
10.1.0.0/8
Error: ERROR:  invalid input syntax for type inet: "10.0.0.0/33" (22P02)
Error: ERROR:  invalid input syntax for type inet: "10.0.0" (22P02)
data_type | character_maximum_length | udt_name
character | 3 | bpchar
character | 1 | bpchar
character varying | 4 | varchar
inet | NULL | inet
bytea | NULL | bytea
