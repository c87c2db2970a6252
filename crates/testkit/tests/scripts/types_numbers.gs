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
