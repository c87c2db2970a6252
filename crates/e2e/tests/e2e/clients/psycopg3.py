"""psycopg 3: types in text and binary and their look-ups, pipelines, COPY, notices, cancel keys. The server's port is the argument."""

import datetime as dt
import decimal
import ipaddress
import json
import math
import struct
import sys
import threading
import uuid

import psycopg
from psycopg.types import TypeInfo
from psycopg.types.composite import CompositeInfo
from psycopg.types.enum import EnumInfo
from psycopg.types.json import Jsonb
from psycopg.types.range import RangeInfo

URL = f"host=127.0.0.1 port={sys.argv[1]} user=root dbname=defaultdb"

UTC = dt.timezone.utc
# A value of each type, and the type that it is stored as.
VALUES = [
    ("BOOL", True),
    ("INT2", -32768),
    ("INT4", 2147483647),
    ("INT8", -9223372036854775808),
    ("FLOAT4", 1.5),
    ("FLOAT8", 0.1),
    ("FLOAT8", math.inf),
    ("DECIMAL(10, 2)", decimal.Decimal("-99999999.99")),
    ("DECIMAL", decimal.Decimal("123456789012345678901234567890.000100")),
    ("STRING", "fünf, 😀\n\t\\"),
    ("VARCHAR(5)", "fünf!"),
    ("BYTES", b"\x00\xff\\"),
    ("DATE", dt.date(2026, 11, 22)),
    ("TIME", dt.time(10, 15, 0, 250000)),
    ("TIMESTAMP", dt.datetime(2026, 11, 22, 10, 15, 0, 250000)),
    ("TIMESTAMPTZ", dt.datetime(2026, 11, 22, 10, 15, 0, 250000, UTC)),
    ("INTERVAL", dt.timedelta(days=-3, seconds=4, microseconds=5)),
    ("UUID", uuid.UUID("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11")),
    ("INET", ipaddress.ip_address("10.1.2.3")),
    ("JSONB", {"a": [1, 2.5, None, "x"]}),
    ("BOOL[]", [True, None, False]),
    ("INT8[]", [1, None, 3]),
    ("STRING[]", ["a", None, 'b "c", \\']),
    ("DECIMAL[]", [decimal.Decimal("1.50"), None]),
    ("TIMESTAMPTZ[]", [dt.datetime(2026, 11, 22, 10, 15, tzinfo=UTC)]),
    ("UUID[]", [uuid.UUID(int=0)]),
]


def types(connection, binary):
    for number, (kind, value) in enumerate(VALUES):
        table = f"one_{number}_{binary}"
        sent = Jsonb(value) if kind == "JSONB" else value
        placeholder = "%b" if binary else "%t"
        with connection.cursor(binary=binary) as cursor:
            cursor.execute(f"CREATE TABLE {table} (k INT PRIMARY KEY, v {kind})")
            cursor.execute(f"INSERT INTO {table} VALUES (1, {placeholder}), (2, NULL)", [sent])
            cursor.execute(f"SELECT v FROM {table} ORDER BY k")
            found = [row[0] for row in cursor.fetchall()]
            assert found == [value, None], (kind, binary, found)
            if kind not in ("JSONB",):
                cursor.execute(f"SELECT k FROM {table} WHERE v = {placeholder}::{kind}", [sent])
                assert cursor.fetchall() == [(1,)], (kind, binary)


def facts(connection):
    info = connection.info
    assert info.server_version // 10000 == 15, info.server_version
    for name, value in [
        ("client_encoding", "UTF8"),
        ("DateStyle", "ISO, MDY"),
        ("integer_datetimes", "on"),
        ("standard_conforming_strings", "on"),
        ("TimeZone", "UTC"),
        ("is_superuser", "on"),
        ("session_authorization", "root"),
    ]:
        assert info.parameter_status(name) == value, (name, info.parameter_status(name))
    with connection.cursor() as cursor:
        cursor.execute("SELECT version(), pg_backend_pid()")
        version, pid = cursor.fetchone()
        assert version.startswith("PostgreSQL 15"), version
        assert pid == info.backend_pid, (pid, info.backend_pid)
        cursor.execute("SET application_name = 'told'")
    assert info.parameter_status("application_name") == "told"


def type_lookups(connection):
    for name, oid, array, kind in [
        ("int8", 20, 1016, "bigint"),
        ("bigint", 20, 1016, "bigint"),
        ("varchar", 1043, 1015, "character varying"),
        ("pg_catalog.jsonb", 3802, 3807, "jsonb"),
        ("_int4", 1007, 0, "integer[]"),
        ("uuid[]", 2951, 0, "uuid[]"),
    ]:
        found = TypeInfo.fetch(connection, name)
        assert (found.oid, found.array_oid, found.regtype, found.delimiter) == (oid, array, kind, ","), (name, found)
    # What there is none of is not found; it is no error.
    assert TypeInfo.fetch(connection, "hstore") is None
    for kind in (EnumInfo, RangeInfo, CompositeInfo):
        assert kind.fetch(connection, "nothing") is None
    TypeInfo.fetch(connection, "inet").register(connection)
    assert connection.execute("SELECT '10.1.2.3/32'::INET").fetchone() == (ipaddress.ip_address("10.1.2.3"),)
    # A vector counts from 0, and is a text for who does not know better.
    connection.execute("CREATE TABLE sorted (a INT, b INT, PRIMARY KEY (b DESC, a))")
    question = "SELECT {} FROM pg_index WHERE indrelid = 'sorted'::regclass"
    parts = "indkey[0], indkey[2], indoption[0] & 1, array_upper(indkey, 1), indkey::TEXT, 1 = ANY(indkey)"
    found = connection.execute(question.format(parts)).fetchone()
    assert found == (2, None, 1, 1, "2 1", True), found
    dimension, no_nulls, int2, length, first = 1, 0, 21, 2, 0
    array = struct.pack("!iiiiiihih", dimension, no_nulls, int2, length, first, 2, 2, 2, 1)
    for binary, expected in [(False, "2 1"), (True, array)]:
        found = connection.execute(question.format("indkey"), binary=binary).fetchone()
        assert found == (expected,), found


def functions(connection):
    """Each function that is listed is there, with the types that it is listed with."""
    listed = connection.execute("SELECT proname, prokind, pg_get_function_arguments(oid) FROM pg_proc").fetchall()
    assert len(listed) > 400, len(listed)
    any_type = {'"any"': "bigint", "anyarray": "bigint[]", "anycompatiblearray": "bigint[]"}
    any_type |= {name: "bigint" for name in ("anyelement", "anynonarray", "anycompatible")}
    for name, kind, arguments in listed:
        types = [any_type.get(kind, kind) for kind in arguments.split(", ") if kind]
        columns = ", ".join([f"NULL::{kind} AS x{place}" for place, kind in enumerate(types)] + ["1 AS one"])
        places = ", ".join(f"x{place}" for place in range(len(types))) or ("*" if kind == "a" else "")
        window = " OVER (ORDER BY one)" if kind == "w" else ""
        try:
            connection.execute(f"SELECT {name}({places}){window} FROM (SELECT {columns}) AS nulls")
        except (psycopg.errors.UndefinedFunction, psycopg.errors.UndefinedObject, psycopg.errors.InternalError_) as error:
            raise AssertionError(f"{name}({arguments}): {error}")
        except psycopg.Error:
            pass  # Of NULLs alone it may say that they will not do.


def pipeline(connection):
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE piped (a INT PRIMARY KEY)")
    with connection.pipeline():
        cursors = [connection.execute("INSERT INTO piped VALUES (%s) RETURNING a", [n]) for n in range(100)]
        assert [cursor.fetchone()[0] for cursor in cursors] == list(range(100))
    try:
        with connection.pipeline() as pipe:
            connection.execute("INSERT INTO piped VALUES (100)")
            connection.execute("INSERT INTO piped VALUES (1)")
            connection.execute("INSERT INTO piped VALUES (101)")
            pipe.sync()
        raise AssertionError("a duplicate key passes")
    except psycopg.errors.UniqueViolation as error:
        assert error.diag.constraint_name == "piped_pkey", error.diag.constraint_name
        assert error.diag.table_name == "piped"
    connection.execute("DELETE FROM piped WHERE a = 100")
    with connection.cursor() as cursor:
        cursor.executemany("INSERT INTO piped VALUES (%s)", [(n,) for n in range(200, 300)])
        assert cursor.execute("SELECT count(*) FROM piped").fetchone() == (200,)
        rows = [row[0] for row in cursor.stream("SELECT a FROM piped WHERE a >= %s ORDER BY a", [200])]
        assert rows == list(range(200, 300))


def transactions(connection):
    with connection.transaction():
        connection.execute("CREATE TABLE safe (a INT)")
        connection.execute("INSERT INTO safe VALUES (1)")
        try:
            with connection.transaction():
                connection.execute("INSERT INTO safe VALUES (2)")
                connection.execute("SELECT 1 / 0")
        except psycopg.errors.DivisionByZero:
            pass
        assert connection.execute("SELECT a FROM safe").fetchall() == [(1,)]
    assert connection.execute("SELECT a FROM safe").fetchall() == [(1,)]


def copy(connection):
    connection.execute("CREATE TABLE copied (a INT, b STRING, c JSONB)")
    with connection.cursor() as cursor:
        with cursor.copy("COPY copied (a, b, c) FROM STDIN") as copy:
            for number in range(1000):
                copy.write_row((number, f"text\t{number}" if number % 2 else None, Jsonb([number])))
        assert cursor.rowcount == 1000
        with cursor.copy("COPY (SELECT a, b, c FROM copied ORDER BY a LIMIT 3) TO STDOUT") as copy:
            copy.set_types(["int8", "text", "jsonb"])
            assert list(copy.rows()) == [(0, None, [0]), (1, "text\t1", [1]), (2, None, [2])]


def notices(connection):
    heard = []
    connection.add_notice_handler(lambda notice: heard.append((notice.severity, notice.message_primary)))
    connection.execute("DROP TABLE IF EXISTS nothing")
    assert heard == [("NOTICE", 'table "nothing" does not exist, skipping')], heard


def cancel(connection):
    timer = threading.Timer(0.2, connection.cancel_safe)
    timer.start()
    try:
        connection.execute("SELECT count(*) FROM generate_series(1, 1000000000000) AS g(n) WHERE n % 7 = 1")
        raise AssertionError("nothing cancels the query")
    except psycopg.errors.QueryCanceled:
        pass
    timer.join()
    assert connection.execute("SELECT 1").fetchone() == (1,)


with psycopg.connect(URL, autocommit=True) as connection:
    facts(connection)
    types(connection, binary=False)
    types(connection, binary=True)
    type_lookups(connection)
    functions(connection)
    pipeline(connection)
    transactions(connection)
    copy(connection)
    notices(connection)
    cancel(connection)
