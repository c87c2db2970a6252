# FLOAT4 has its own digits, DECIMAL without limits keeps every digit, its zeros, NaN and infinities, in rows and in
# keys; an integer that does not fit is an error wherever it goes, never another number.
> CREATE TABLE n (d DECIMAL PRIMARY KEY, f REAL, small INT2, p DECIMAL(10, 2))
> SHOW CREATE TABLE n
> INSERT INTO n VALUES (1.50, 3.4028235e38, 32767, 12345678.994), ('1e400', 'NaN', -32768, 0), ('-0.00', '-Infinity', NULL, NULL), ('NaN', 1e-45, 0, 1), ('-Infinity', 0.1, 1, 2), ('Infinity', 1234567, 1, 3), (123456789012345678901234567890123456789012345.000000001, '-0', 1, 4)
> SELECT d, f, small, p FROM n ORDER BY d
!> INSERT INTO n (d) VALUES (1.5)
!> INSERT INTO n (d) VALUES ('1.500')
> SELECT d + 1, d * 2, d - 0.5, d / 3 FROM n WHERE d = 1.5
> SELECT count(*) FROM n WHERE d > 1
> SELECT 1.50::DECIMAL, '1e-3'::DECIMAL, 7::DECIMAL / 2, -('12345678901234567890123456789012345678901'::DECIMAL)
> SELECT 'NaN'::DECIMAL = 'NaN'::DECIMAL, 'Infinity'::DECIMAL > 1e300, 1.5::DECIMAL = 1.50::DECIMAL
!> SELECT 'abc'::DECIMAL
!> SELECT '1e131073'::DECIMAL
!> SELECT 1::DECIMAL / 0
!> SELECT 40000::INT2
!> SELECT 3000000000::INT4
!> SELECT '9223372036854775808'::INT8
!> SELECT 1e400::DECIMAL::INT8
!> SELECT 'NaN'::DECIMAL::INT8
!> SELECT 1e39::FLOAT8::FLOAT4
> SELECT 1.5::INT8, 2.5::FLOAT8::INT8, -1.5::DECIMAL::INT8, true::INT4, 0::BOOL
!> INSERT INTO n (d, small) VALUES (99, 40000)
!> INSERT INTO n (d, f) VALUES (99, 1e39)
!> INSERT INTO n (d, p) VALUES (99, 'NaN')
!> CREATE TABLE wrong (d DECIMAL(39, 2))
!> CREATE TABLE wrong (d FLOAT(54))
!> CREATE TABLE wrong (b BIT(3))
---
CREATE TABLE
table_name | create_statement
n | CREATE TABLE n (
	d DECIMAL NOT NULL,
	f FLOAT4,
	small INT2,
	p DECIMAL(10, 2),
	CONSTRAINT n_pkey PRIMARY KEY (d)
)
INSERT 0 7
d | f | small | p
-Infinity | 0.1 | 1 | 2.00
0 | -Infinity | NULL | NULL
1.5 | 3.4028235e+38 | 32767 | 12345678.99
123456789012345678901234567890123456789012345.000000001 | -0 | 1 | 4.00
10000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000 | NaN | -32768 | 0.00
Infinity | 1.234567e+06 | 1 | 3.00
NaN | 1e-45 | 0 | 1.00
Error: ERROR:  duplicate key value violates unique constraint "n_pkey" (23505)
DETAIL:  Key (d)=(1.5) already exists.
Error: ERROR:  duplicate key value violates unique constraint "n_pkey" (23505)
DETAIL:  Key (d)=(1.500) already exists.
?column? | ?column? | ?column? | ?column?
2.5 | 3.0 | 1.0 | 0.50000000000000000000
count
5
numeric | numeric | ?column? | ?column?
1.50 | 0.001 | 3.5000000000000000 | -12345678901234567890123456789012345678901
?column? | ?column? | ?column?
t | t | t
Error: ERROR:  invalid input syntax for type numeric: "abc" (22P02)
Error: ERROR:  value overflows numeric format: a DECIMAL has at most 131072 digits before the point and 16383 behind it (22003)
Error: ERROR:  division by zero (22012)
Error: ERROR:  smallint out of range (22003)
Error: ERROR:  integer out of range (22003)
Error: ERROR:  value "9223372036854775808" is out of range for type bigint (22003)
Error: ERROR:  bigint out of range (22003)
Error: ERROR:  the number NaN as bigint is not supported yet (0A000)
Error: ERROR:  real out of range (22003)
int8 | double | ?column? | bool | boolean
2 | 2 | -2 | 1 | f
Error: ERROR:  smallint out of range (22003)
DETAIL:  column "small"
Error: ERROR:  value "1e39" is out of range for type real (22003)
Error: ERROR:  the number NaN in a column of type DECIMAL(10, 2) is not supported (0A000)
Error: ERROR:  DECIMAL(39, 2): the precision must be between 1 and 38, the scale between 0 and the precision (22023)
Error: ERROR:  precision for type float must be between 1 and 53 bits, not 54 (22023)
Error: ERROR:  type BIT(3) is not supported yet (0A000)
