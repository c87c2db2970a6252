"""SQLAlchemy 2: a model with every type is created, used, and reflected back to itself. The server's port is the argument."""

import datetime as dt
import decimal
import re
import sys
import uuid

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.ext import automap

engine = sa.create_engine(f"postgresql+psycopg://root@127.0.0.1:{sys.argv[1]}/defaultdb")


class Base(orm.DeclarativeBase):
    pass


class Customer(Base):
    __tablename__ = "customers"
    __table_args__ = (
        sa.CheckConstraint("length(name) > 0", name="has_name"),
        sa.UniqueConstraint("name", "born", name="one_of_a_kind"),
        {"comment": "who buys"},
    )
    id: orm.Mapped[int] = orm.mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    name: orm.Mapped[str] = orm.mapped_column(sa.Text, comment="as on the card")
    born: orm.Mapped[dt.date | None]
    orders: orm.Mapped[list["Order"]] = orm.relationship(back_populates="customer", cascade="all, delete-orphan")


class Order(Base):
    __tablename__ = "orders"
    __table_args__ = (sa.Index("by_price", sa.text("price DESC"), "pieces"), sa.Index("by_note", "note", unique=True))
    id: orm.Mapped[int] = orm.mapped_column(sa.BigInteger, sa.Identity(always=True, start=10), primary_key=True)
    customer_id: orm.Mapped[int] = orm.mapped_column(
        sa.BigInteger, sa.ForeignKey("customers.id", name="who", ondelete="CASCADE", onupdate="RESTRICT")
    )
    price: orm.Mapped[decimal.Decimal] = orm.mapped_column(sa.Numeric(10, 2))
    pieces: orm.Mapped[int] = orm.mapped_column(sa.BigInteger, server_default=sa.text("1"))
    total: orm.Mapped[decimal.Decimal] = orm.mapped_column(sa.Numeric(20, 2), sa.Computed("price * pieces", persisted=True))
    note: orm.Mapped[str | None] = orm.mapped_column(sa.String(20))
    customer: orm.Mapped[Customer] = orm.relationship(back_populates="orders")


SCALARS = {
    "boolean": (sa.Boolean(), True),
    "small": (sa.SmallInteger(), -32768),
    "integer": (sa.Integer(), 2147483647),
    "big": (sa.BigInteger(), -9223372036854775808),
    "real": (sa.REAL(), 1.5),
    "double": (sa.Double(53), 0.1),
    "fixed": (sa.Numeric(10, 2), decimal.Decimal("1.50")),
    "number": (sa.Numeric(), decimal.Decimal("1E+30")),
    "text": (sa.Text(), "fünf"),
    "short": (sa.String(5), "fünf!"),
    "padded": (sa.CHAR(3), "abc"),
    "bytes": (sa.LargeBinary(), b"\x00\xff"),
    "date": (sa.Date(), dt.date(2026, 11, 22)),
    "time": (sa.Time(), dt.time(10, 15, 0, 250000)),
    "timestamp": (sa.DateTime(), dt.datetime(2026, 11, 22, 10, 15)),
    "timestamptz": (sa.DateTime(timezone=True), dt.datetime(2026, 11, 22, 10, 15, tzinfo=dt.timezone.utc)),
    "interval": (pg.INTERVAL(), dt.timedelta(days=3, seconds=4)),
    "uuid": (sa.Uuid(), uuid.UUID("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11")),
    "inet": (pg.INET(), "10.1.2.3/8"),
    "json": (pg.JSONB(), {"a": [1, 2.5, None]}),
}
ARRAYS = {f"{name}_list": (pg.ARRAY(kind), [value]) for name, (kind, value) in SCALARS.items() if name != "json"}
EVERYTHING = SCALARS | ARRAYS
Everything = type(
    "Everything",
    (Base,),
    {
        "__tablename__": "everything",
        "key": orm.mapped_column(sa.BigInteger, primary_key=True, autoincrement=False),
        **{name: orm.mapped_column(kind) for name, (kind, _) in EVERYTHING.items()},
    },
)


def use():
    with orm.Session(engine) as session:
        amy = Customer(name="amy", born=dt.date(2000, 1, 1))
        amy.orders = [Order(price=decimal.Decimal("2.50"), pieces=4, note="a"), Order(price=decimal.Decimal(1))]
        session.add_all([amy, Customer(name="bob")])
        session.add(Everything(key=1, **{name: value for name, (_, value) in EVERYTHING.items()}))
        session.add(Everything(key=2))
        session.commit()
        assert [order.total for order in amy.orders] == [decimal.Decimal("10.00"), decimal.Decimal("1.00")]
    with orm.Session(engine) as session:
        one = session.get(Everything, 1)
        for name, (_, value) in EVERYTHING.items():
            found = getattr(one, name)
            if name in ("inet", "inet_list"):
                found = [str(each) for each in found] if isinstance(found, list) else str(found)
            assert found == value, (name, found, value)
        two = session.get(Everything, 2)
        assert all(getattr(two, name) is None for name in EVERYTHING)
        question = sa.select(Customer.name, sa.func.sum(Order.total)).join(Order).group_by(Customer.name)
        assert session.execute(question).all() == [("amy", decimal.Decimal("11.00"))]
        loaded = session.scalars(sa.select(Customer).options(orm.selectinload(Customer.orders)).order_by(Customer.id)).all()
        assert [len(customer.orders) for customer in loaded] == [2, 0]
        loaded[0].name = "amelia"
        session.delete(loaded[0].orders[0])
        session.commit()
        assert session.scalar(sa.select(sa.func.count()).select_from(Order)) == 1
        try:
            session.add(Customer(name=""))
            session.flush()
            raise AssertionError("a customer without a name passes")
        except sa.exc.IntegrityError as error:
            assert error.orig.diag.constraint_name == "has_name"
            session.rollback()
        session.execute(
            pg.insert(Order).values(customer_id=1, price=3, note="b").on_conflict_do_update(index_elements=["note"], set_={"price": 4})
        )
        session.commit()


# With INTEGER, 64 bits are meant; of a foreign key's columns there is an index.
MEANT = {"INTEGER": "BIGINT", "INTEGER[]": "BIGINT[]"}
OF_THE_KEY = "orders_auto_index_who"


def facts(table):
    """What there is to know about a table, whether it was declared or found."""

    def of_column(column):
        kind = column.type.compile(engine.dialect)
        default = str(column.server_default.arg) if isinstance(column.server_default, sa.DefaultClause) else None
        identity = column.identity and (bool(column.identity.always), column.identity.start or 1)
        computed = column.computed and (str(column.computed.sqltext), column.computed.persisted)
        return MEANT.get(kind, kind), column.nullable, default, identity, computed, column.comment

    def of_constraint(constraint):
        names = constraint.columns.keys() if isinstance(constraint, sa.sql.schema.ColumnCollectionMixin) else []
        if isinstance(constraint, sa.CheckConstraint):
            return "check", str(constraint.sqltext)
        if isinstance(constraint, sa.ForeignKeyConstraint):
            return "key", names, [key.target_fullname for key in constraint.elements], constraint.ondelete, constraint.onupdate
        return type(constraint).__name__, names

    constraints = {constraint.name or "primary": of_constraint(constraint) for constraint in table.constraints}
    if f"{table.name}_pkey" in constraints:
        constraints["primary"] = constraints.pop(f"{table.name}_pkey")
    indexes = {
        index.name: (index.unique, [re.sub(r"^.*\.", "", str(part)) for part in index.expressions])
        for index in table.indexes
        if index.name != OF_THE_KEY
    }
    return {
        "columns": {column.name: of_column(column) for column in table.columns},
        "constraints": constraints,
        "indexes": indexes,
        "comment": table.comment,
    }


def check_same(declared, found):
    assert sorted(found.tables) == sorted(declared.tables), sorted(found.tables)
    for name, table in declared.tables.items():
        for part, expected in facts(table).items():
            assert facts(found.tables[name])[part] == expected, (name, part, facts(found.tables[name])[part], expected)


def reflect():
    """What is found is what was declared, and makes the same again."""
    found = sa.MetaData()
    found.reflect(engine)
    check_same(Base.metadata, found)
    orders = sa.Table("orders", sa.MetaData(), autoload_with=engine)
    assert orders.metadata.tables.keys() == {"orders", "customers"}
    assert OF_THE_KEY in {index.name for index in orders.indexes}

    Base.metadata.drop_all(engine)
    found.tables["orders"].indexes = {index for index in found.tables["orders"].indexes if index.name != OF_THE_KEY}
    found.create_all(engine)
    again = sa.MetaData()
    again.reflect(engine)
    check_same(Base.metadata, again)


def inspect():
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE VIEW names AS SELECT id, name FROM customers")
        connection.exec_driver_sql("CREATE SEQUENCE tickets START 5")
    inspector = sa.inspect(engine)
    assert inspector.get_schema_names() == ["information_schema", "public"]
    assert sorted(inspector.get_table_names()) == ["customers", "everything", "orders"]
    assert inspector.get_view_names() == ["names"]
    assert "customers" in inspector.get_view_definition("names")
    assert [column["name"] for column in inspector.get_columns("names")] == ["id", "name"]
    assert sorted(inspector.get_sequence_names()) == ["customers_id_seq", "orders_id_seq", "tickets"]
    assert inspector.get_table_comment("customers") == {"text": "who buys"}
    by_price = next(index for index in inspector.get_indexes("orders") if index["name"] == "by_price")
    assert by_price["column_names"] == ["price", "pieces"] and by_price["column_sorting"] == {"price": ("desc",)}, by_price
    assert inspector.get_enums() == [] and inspector.get_domains() == []
    assert inspector.has_table("names") and not inspector.has_table("nothing")
    assert inspector.has_index("orders", "by_note") and inspector.has_sequence("tickets")
    everywhere = inspector.get_multi_columns(kind=sa.engine.reflection.ObjectKind.ANY)
    assert {name for _, name in everywhere} == {"customers", "everything", "orders", "names"}

    mapped = automap.automap_base()
    mapped.prepare(autoload_with=engine)
    with orm.Session(engine) as session:
        cleo = mapped.classes.customers(name="cleo")
        cleo.orders_collection.append(mapped.classes.orders(price=7))
        session.add(cleo)
        session.commit()
        assert session.scalar(sa.select(mapped.classes.orders.total)) == 7
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP VIEW names")
        connection.exec_driver_sql("DROP SEQUENCE tickets")


Base.metadata.create_all(engine)
use()
reflect()
inspect()
Base.metadata.drop_all(engine)
