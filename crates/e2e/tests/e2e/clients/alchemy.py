"""SQLAlchemy 2: a model with every type is created and used. The server's port is the argument."""

import datetime as dt
import decimal
import sys
import uuid

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.dialects import postgresql as pg

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


Base.metadata.create_all(engine)
use()
Base.metadata.drop_all(engine)
