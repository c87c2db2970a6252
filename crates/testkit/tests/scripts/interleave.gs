# INTERLEAVE IN PARENT is a declared hierarchy: it is checked, shown and kept whole. What could go wrong: a parent that goes while
# children need it, a backup of half a hierarchy.
> CREATE TABLE customers (id INT PRIMARY KEY, name STRING)
> CREATE TABLE orders (customer INT, id INT, total INT, PRIMARY KEY (customer, id)) INTERLEAVE IN PARENT customers (customer)
> CREATE TABLE lines (customer INT, "order" INT, line INT, PRIMARY KEY (customer, "order", line)) INTERLEAVE IN PARENT orders (customer, "order") RESTRICT
> SHOW CREATE TABLE orders
> SHOW CREATE TABLE lines
> INSERT INTO orders VALUES (1, 1, 5)
> SELECT * FROM orders
---

!> CREATE TABLE bad (id INT PRIMARY KEY) INTERLEAVE IN PARENT orders (id)
!> CREATE TABLE bad (c STRING, id INT, PRIMARY KEY (c, id)) INTERLEAVE IN PARENT customers (c)
!> CREATE TABLE bad (c INT, id INT, PRIMARY KEY (c DESC, id)) INTERLEAVE IN PARENT customers (c)
!> CREATE TABLE bad (c INT, id INT, PRIMARY KEY (id, c)) INTERLEAVE IN PARENT customers (c)
!> CREATE TABLE bad (c INT, id INT, PRIMARY KEY (c, id)) INTERLEAVE IN PARENT nowhere (c)
!> CREATE TABLE bad (c INT, id INT, PRIMARY KEY (c, id)) INTERLEAVE IN PARENT customers (c) CASCADE
!> CREATE INDEX i ON orders (customer) INTERLEAVE IN PARENT customers (customer)
!> DROP TABLE customers
!> DROP TABLE orders
---

!> BACKUP TABLE customers TO 'nodelocal:///part'
!> BACKUP TABLE orders TO 'nodelocal:///part'
> BACKUP TABLE customers, orders, lines TO 'nodelocal:///whole'
> CREATE DATABASE there
!> RESTORE TABLE orders FROM 'nodelocal:///whole' WITH into_db = 'there'
> RESTORE TABLE customers, orders, lines FROM 'nodelocal:///whole' WITH into_db = 'there'
> SHOW CREATE TABLE there.lines
!> DROP TABLE there.customers
---

> DROP TABLE lines
> DROP TABLE customers CASCADE
> SHOW CREATE TABLE orders
> DROP TABLE orders
---
