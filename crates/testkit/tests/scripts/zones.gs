# A zone must decide how long the past can be read, a table without one must follow its database, and a key that would do nothing
# must not be accepted.
> CREATE DATABASE d
> CREATE TABLE d.short (k INT PRIMARY KEY, v INT)
> CREATE TABLE d.other (k INT PRIMARY KEY)
> SHOW ZONE CONFIGURATION FOR TABLE d.short
> ALTER TABLE d.short CONFIGURE ZONE USING gc.ttlseconds = 600
> SHOW ZONE CONFIGURATION FOR TABLE d.short
> ALTER DATABASE d EXPERIMENTAL CONFIGURE ZONE 'gc: {ttlseconds: 7200}'
> SHOW ZONE CONFIGURATION FOR TABLE d.other
> EXPERIMENTAL SHOW ZONE CONFIGURATION FOR DATABASE d
> SHOW ALL ZONE CONFIGURATIONS
> ALTER DATABASE d CONFIGURE ZONE = 'num_replicas: 3'
!> ALTER TABLE d.short CONFIGURE ZONE USING gc.ttlseconds = 0
!> ALTER TABLE d.short CONFIGURE ZONE USING num_replicas = 5
!> ALTER TABLE d.short CONFIGURE ZONE USING num_replicas = 2
!> ALTER TABLE d.short CONFIGURE ZONE USING speed = 'high'
!> ALTER TABLE d.short CONFIGURE ZONE = 'gc: ['
!> ALTER TABLE d.short CONFIGURE ZONE = 'speed: high'
!> ALTER TABLE d.nothing CONFIGURE ZONE DISCARD
!> ALTER INDEX d.short@short_pkey CONFIGURE ZONE USING gc.ttlseconds = 600
!> ALTER RANGE meta CONFIGURE ZONE USING gc.ttlseconds = 600
!> ALTER RANGE nowhere CONFIGURE ZONE USING gc.ttlseconds = 600
!> ALTER RANGE default CONFIGURE ZONE DISCARD
!> ALTER TABLE system.users CONFIGURE ZONE USING gc.ttlseconds = 600
---
CREATE DATABASE
CREATE TABLE
CREATE TABLE
zone_name | config_sql
.default | ALTER RANGE default CONFIGURE ZONE USING
	gc.ttlseconds = 90000
CONFIGURE ZONE 1
zone_name | config_sql
d.short | ALTER TABLE d.public.short CONFIGURE ZONE USING
	gc.ttlseconds = 600
CONFIGURE ZONE 1
zone_name | config_sql
d | ALTER DATABASE d CONFIGURE ZONE USING
	gc.ttlseconds = 7200
id | cli_specifier | config_yaml | config_proto
102 | d | gc:
  ttlseconds: 7200
 | NULL
zone_name | config_sql
.default | ALTER RANGE default CONFIGURE ZONE USING
	gc.ttlseconds = 90000
d | ALTER DATABASE d CONFIGURE ZONE USING
	gc.ttlseconds = 7200
d.short | ALTER TABLE d.public.short CONFIGURE ZONE USING
	gc.ttlseconds = 600
NOTICE:  zone key num_replicas has no effect; it is at its default
CONFIGURE ZONE 1
Error: ERROR:  could not validate zone config: GC.TTLSeconds 0 less than minimum allowed 1 (22023)
Error: ERROR:  zone key num_replicas = 5 is not supported yet (0A000)
HINT:  only gc.ttlseconds has an effect; num_replicas stays at 3
Error: ERROR:  could not validate zone config: at least 3 replicas are required for multi-replica configurations (22023)
Error: ERROR:  unsupported zone config parameter: "speed" (22023)
Error: ERROR:  could not parse zone config: a bracket is not closed in [ (22023)
Error: ERROR:  could not parse zone config: field speed not found in a zone config (22023)
Error: ERROR:  relation "d.nothing" does not exist (42P01)
Error: ERROR:  the zone of an index is not supported yet (0A000)
HINT:  an index is kept as long as its table: ALTER TABLE … CONFIGURE ZONE
Error: ERROR:  the zone of range meta is not supported yet (0A000)
Error: ERROR:  "nowhere" is not a built-in zone (42704)
Error: ERROR:  cannot remove default zone (22023)
HINT:  ALTER RANGE default CONFIGURE ZONE USING DEFAULT
Error: ERROR:  cannot set zone configs for system config tables; try setting your config on the entire "system" database instead (42501)

# After its ttl the short table's past is gone, and only that. (Floors rise in steps of ten minutes.)
> INSERT INTO d.short VALUES (1, 1)
> INSERT INTO d.other VALUES (1)
advance 3600
> UPDATE d.short SET v = 2
advance 3600
> SELECT v FROM d.short AS OF SYSTEM TIME '2026-01-01 00:30:00'
tidy
!> SELECT v FROM d.short AS OF SYSTEM TIME '2026-01-01 00:30:00'
> SELECT v FROM d.short
> SELECT k FROM d.other AS OF SYSTEM TIME '2026-01-01 00:30:00'
> ALTER DATABASE d CONFIGURE ZONE USING gc.ttlseconds = 100
tidy
!> SELECT k FROM d.other AS OF SYSTEM TIME '2026-01-01 00:30:00'
> ALTER TABLE d.short CONFIGURE ZONE DISCARD
> SHOW ZONE CONFIGURATION FOR TABLE d.short
> ALTER RANGE default CONFIGURE ZONE USING gc.ttlseconds = 1000
> ALTER DATABASE d CONFIGURE ZONE DISCARD
restart
> SHOW ALL ZONE CONFIGURATIONS
> ALTER RANGE default CONFIGURE ZONE USING DEFAULT
> SHOW ZONE CONFIGURATION FOR TABLE d.short
---
INSERT 0 1
INSERT 0 1
UPDATE 1
v
1
Error: ERROR:  batch timestamp <decimal> must be after GC threshold <decimal> of table "short" (55000)
HINT:  read at a later time, or restore from a backup
v
2
k
1
CONFIGURE ZONE 1
Error: ERROR:  batch timestamp <decimal> must be after GC threshold <decimal> of table "other" (55000)
HINT:  read at a later time, or restore from a backup
CONFIGURE ZONE 1
zone_name | config_sql
d | ALTER DATABASE d CONFIGURE ZONE USING
	gc.ttlseconds = 100
CONFIGURE ZONE 1
CONFIGURE ZONE 1
zone_name | config_sql
.default | ALTER RANGE default CONFIGURE ZONE USING
	gc.ttlseconds = 1000
CONFIGURE ZONE 1
zone_name | config_sql
.default | ALTER RANGE default CONFIGURE ZONE USING
	gc.ttlseconds = 90000
