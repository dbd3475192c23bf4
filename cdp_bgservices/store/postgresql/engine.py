"""The engine of a shared store: what changes it."""

from datetime import timedelta

from psycopg.errors import UndefinedTable

from cdp_bgservices.errors import StoreError
from cdp_bgservices.events import MICROSECOND
from cdp_bgservices.store.location import PostgresLocation
from cdp_bgservices.store.postgresql.adding import Adding
from cdp_bgservices.store.postgresql.counting import Counting
from cdp_bgservices.store.postgresql.database import StoreClock
from cdp_bgservices.store.postgresql.errors import is_caused_by
from cdp_bgservices.store.postgresql.health import ServerHealth
from cdp_bgservices.store.postgresql.histogram import Histogram
from cdp_bgservices.store.postgresql.listings import Listings
from cdp_bgservices.store.postgresql.preparing import OldSchemaError, check_version, prepare_schema
from cdp_bgservices.store.postgresql.reading import Reading
from cdp_bgservices.store.postgresql.recorders import Recorders
from cdp_bgservices.store.postgresql.redacting import WRITE_SETTING
from cdp_bgservices.store.protocol import Engine, check_retention
from cdp_bgservices.store.values import Clock


class PostgresEngine(Adding, ServerHealth, Reading, Recorders, Listings, Counting, Histogram):
    """Events in a database of PostgreSQL."""

    def reader(self) -> Engine:
        return PostgresEngine(self.location, self.store_clock, can_write=False, memory=self.memory)

    def set_retention(self, retention: timedelta) -> None:
        check_retention(retention)
        self.change(WRITE_SETTING, [str(retention // MICROSECOND), "retention"])
        self.retention = retention


def open_database(location: PostgresLocation, clock: Clock, *, create: bool) -> PostgresEngine:
    """``create``: make its schema, or bring it up to date, where that is needed and allowed. Raises StoreError."""
    try:
        return open_prepared(location, clock)
    except StoreError as error:
        if not create or not (isinstance(error, OldSchemaError) or is_caused_by(error, UndefinedTable)):
            raise
    prepare_schema(location)
    return open_prepared(location, clock)


def open_prepared(location: PostgresLocation, clock: Clock) -> PostgresEngine:
    """Raises StoreError where its schema is not the one of this release."""
    engine = PostgresEngine(location, StoreClock(clock))
    try:
        check_version(engine.name, engine.read_settings())
    except BaseException:
        engine.close()
        raise
    return engine
