# Every type goes through BACKUP and RESTORE at its ends, in keys and in rows, and comes back to the last bit: the
# fingerprint says so, and so does what SELECT shows.
> CREATE DATABASE shop
> CREATE TABLE shop.every (k INT8 PRIMARY KEY, b BOOL, i2 INT2, i4 INT4, i8 INT8, f4 FLOAT4, f8 FLOAT8, d2 DECIMAL(38, 10), d DECIMAL, s STRING, v VARCHAR(5), c CHAR(5), y BYTES, dt DATE, tm TIME, ts TIMESTAMP, tz TIMESTAMPTZ, iv INTERVAL, u UUID, n INET, j JSONB, ai INT[], atx STRING[], ad DECIMAL[], an INET[], aj JSONB[], aiv INTERVAL[], ab BYTES[])
> INSERT INTO shop.every VALUES (1, true, -32768, -2147483648, -9223372036854775808, -3.4028235e38, -1.7976931348623157e308, -9999999999999999999999999999.9999999999, '-1e400', '', '', '', '', '-infinity', '00:00', '-infinity', '-infinity', '-178956970 years -8 mons -2147483648 days -2562047:47:16.854775', '00000000-0000-0000-0000-000000000000', '0.0.0.0/0', 'null', '{}', '{}', '{}', '{}', '{}', '{}', '{}')
> INSERT INTO shop.every VALUES (2, false, 32767, 2147483647, 9223372036854775807, 3.4028235e38, 1.7976931348623157e308, 9999999999999999999999999999.9999999999, '1e400', 'é', 'abcde', 'abcde', '\x00ff', 'infinity', '24:00', 'infinity', 'infinity', '178956970 years 7 mons 2147483647 days 2562047:47:16.854775', 'ffffffff-ffff-ffff-ffff-ffffffffffff', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', '{"n": 123456789012345678901234567890.10}', '{9223372036854775807,NULL}', '{NULL,"NULL",""}', '{NaN,1.50}', '{::/0}', '{"[1]",null}', '{1 mon}', '{"\\x00"}')
> INSERT INTO shop.every VALUES (3, NULL, NULL, NULL, NULL, 'NaN', 'NaN', NULL, 'NaN', NULL, NULL, NULL, NULL, '4714-11-24 BC', '23:59:59.999999', '4714-11-24 00:00:00 BC', '294247-01-09 23:59:59.999999+00', '00:00:00.000001', NULL, NULL, '[1e3, -0, 1.0]', NULL, NULL, NULL, NULL, NULL, NULL, NULL)
> CREATE TABLE shop.keys (d DECIMAL, n INET, iv INTERVAL, tm TIME, c CHAR(4), f REAL, x INT8, PRIMARY KEY (d DESC, n, iv DESC, tm, c, f DESC))
> INSERT INTO shop.keys VALUES ('NaN', '10.0.0.1/8', '1 mon', '24:00', 'a', 'NaN', 1), ('10', '10.0.0.1/8', '30 days', '10:00', '', '-Infinity', 2), ('9', '::1', '31 days', '10:00', 'a', 1.5, 3), ('-1', '9.0.0.0/8', '-1 mon', '10:00', 'ab', 0, 4), ('-10', '9.0.0.0/8', '-1 mon', '10:00', 'ab', 0, 5)
> CREATE INDEX keys_by_number ON shop.keys (n DESC, d)
> SHOW CREATE TABLE shop.every
> SHOW CREATE TABLE shop.keys
> SELECT * FROM shop.every ORDER BY k
> SELECT * FROM shop.keys
> BACKUP DATABASE shop TO 'nodelocal:///every'
> SELECT "table", rows, fingerprint FROM [SHOW BACKUP 'nodelocal:///every'] ORDER BY 1
fresh
> RESTORE DATABASE shop FROM 'nodelocal:///every'
> SHOW CREATE TABLE shop.every
> SHOW CREATE TABLE shop.keys
> SELECT * FROM shop.every ORDER BY k
> SELECT * FROM shop.keys
> BACKUP DATABASE shop TO 'nodelocal:///again'
> SELECT "table", rows, fingerprint FROM [SHOW BACKUP 'nodelocal:///again'] ORDER BY 1
---
