# A day's end is a time of day; an interval keeps months, days and microseconds apart and sorts by its length; infinite
# dates stay infinite through casts and arithmetic.
> CREATE TABLE t (k INTERVAL PRIMARY KEY, at TIME, d DATE, ts TIMESTAMP, tz TIMESTAMPTZ)
> SHOW CREATE TABLE t
> INSERT INTO t VALUES ('1 month', '24:00:00', 'infinity', '-infinity', 'infinity'), ('30 days', '00:00:00.000001', '-infinity', 'infinity', '-infinity'), ('31 days', '12:34:56.7', '4714-11-24 BC', '4714-11-24 00:00:00 BC', '294247-01-09 23:59:59.999999+00'), ('-1 year -2 mons +3 days -04:05:06.000007', NULL, '5874897-12-31', '2026-11-22T10:15:00.25', '2026-11-22 10:15:00.25+05:30')
> SELECT k, at, d, ts, tz FROM t ORDER BY k
!> INSERT INTO t (k) VALUES ('1 mon')
> SELECT k FROM t WHERE k > '30 days' ORDER BY k
> SELECT d::TIMESTAMP, ts::DATE, tz::DATE, d - '2026-11-22'::DATE FROM t WHERE d = '4714-11-24 BC'
> SELECT ts + INTERVAL '1 month', ts - INTERVAL '1 day 2:00' FROM t WHERE ts > '2000-01-01' ORDER BY k
> SELECT 'infinity'::DATE::TIMESTAMP, 'infinity'::TIMESTAMP::DATE, '-infinity'::TIMESTAMP < '2026-01-01'
> SELECT DATE '2026-01-31' + INTERVAL '1 month', TIMESTAMP '2026-11-22 10:00' - TIMESTAMP '2026-11-20 12:30', DATE '2026-11-22' - DATE '2026-11-20', DATE '2026-11-22' + 1
> SELECT TIME '23:30' + INTERVAL '1 hour', TIME '10:00' - TIME '11:30', TIME '01:00'::INTERVAL, TIMESTAMP '2026-11-22 10:15'::TIME
> SELECT INTERVAL '1 day' * 1.5, INTERVAL '1 month' / 2, INTERVAL '1-2', INTERVAL 'P1Y2M3DT4H5M6.5S', INTERVAL '1.5 years 3 hours ago', INTERVAL '5' DAY
> SELECT extract(year FROM TIMESTAMP '2026-11-22 10:15:00.25'), date_trunc('hour', TIMESTAMP '2026-11-22 10:15:00')
!> SELECT '24:00:01'::TIME
!> SELECT '25:00'::TIME
!> SELECT '9223372036854775807 hours'::INTERVAL
!> SELECT 'soon'::INTERVAL
!> SELECT '294247-01-09'::TIMESTAMP + INTERVAL '1 day'
!> CREATE TABLE wrong (t TIMETZ)
!> CREATE TABLE wrong (t TIMESTAMP(3))
---
CREATE TABLE
table_name | create_statement
t | CREATE TABLE t (
	k INTERVAL NOT NULL,
	at TIME,
	d DATE,
	ts TIMESTAMP,
	tz TIMESTAMPTZ,
	CONSTRAINT t_pkey PRIMARY KEY (k)
)
INSERT 0 4
k | at | d | ts | tz
-1 years -2 mons +3 days -04:05:06.000007 | NULL | 5874897-12-31 | 2026-11-22 10:15:00.25 | 2026-11-22 04:45:00.25+00
30 days | 00:00:00.000001 | -infinity | infinity | -infinity
1 mon | 24:00:00 | infinity | -infinity | infinity
31 days | 12:34:56.7 | 4714-11-24 BC | 4714-11-24 00:00:00 BC | 294247-01-09 23:59:59.999999+00
Error: ERROR:  duplicate key value violates unique constraint "t_pkey" (23505)
DETAIL:  Key (k)=(1 mon) already exists.
k
31 days
d | ts | tz | ?column?
4714-11-24 00:00:00 BC | 4714-11-24 BC | 294247-01-09 | -2461367
?column? | ?column?
2026-12-22 10:15:00.25 | 2026-11-21 08:15:00.25
infinity | infinity
date | timestamp | ?column?
infinity | infinity | t
?column? | ?column? | ?column? | ?column?
2026-02-28 00:00:00 | 1 day 21:30:00 | 2 | 2026-11-23
?column? | ?column? | time | timestamp
00:30:00 | -01:30:00 | 01:00:00 | 10:15:00
?column? | ?column? | interval | interval | interval | interval
1 day 12:00:00 | 15 days | 1 year 2 mons | 1 year 2 mons 3 days 04:05:06.5 | -1 years -6 mons -03:00:00 | 5 days
extract | date_trunc
2026 | 2026-11-22 10:00:00
Error: ERROR:  date/time field value out of range: "24:00:01" (22008)
Error: ERROR:  date/time field value out of range: "25:00" (22008)
Error: ERROR:  interval out of range: "9223372036854775807 hours" (22008)
Error: ERROR:  invalid input syntax for type interval: "soon" (22007)
Error: ERROR:  timestamp out of range (22008)
Error: ERROR:  type TIMETZ is not supported yet (0A000)
Error: ERROR:  type TIMESTAMP(3) is not supported yet (0A000)
