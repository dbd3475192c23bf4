"""The engine of a shared store: what changes it."""

from collections.abc import Collection, Iterator, Sequence
from datetime import timedelta

from cdp_bgservices.events import Event
from cdp_bgservices.store.location import PostgresLocation
from cdp_bgservices.store.postgresql.counting import Counting
from cdp_bgservices.store.postgresql.database import StoreClock
from cdp_bgservices.store.postgresql.histogram import Histogram
from cdp_bgservices.store.postgresql.listings import Listings
from cdp_bgservices.store.postgresql.preparing import check_version, prepare_schema
from cdp_bgservices.store.postgresql.reading import Reading
from cdp_bgservices.store.postgresql.recorders import Recorders
from cdp_bgservices.store.protocol import Engine
from cdp_bgservices.store.values import Added, Clock
from cdp_bgservices.thrown import Thrown


class PostgresEngine(Reading, Recorders, Listings, Counting, Histogram):
    """Events in a database of PostgreSQL."""

    def reader(self) -> Engine:
        return PostgresEngine(self.location, self.store_clock, can_write=False, memory=self.memory)

    def set_retention(self, retention: timedelta) -> None:
        raise NotImplementedError

    def set_redaction(self, on: bool) -> None:
        raise NotImplementedError

    def redaction_key(self) -> bytes | None:
        raise NotImplementedError

    def add(self, events: Sequence[Event], thrown: Sequence[Thrown] = ()) -> Added:
        raise NotImplementedError

    def clear_steps(self, services: Collection[str] = ()) -> Iterator[int]:
        raise NotImplementedError

    def prune_steps(self) -> Iterator[int]:
        raise NotImplementedError


def open_database(location: PostgresLocation, clock: Clock, *, create: bool) -> PostgresEngine:
    """Its schema is there, or is made, where one may. Raises StoreError."""
    if create:
        prepare_schema(location)
    engine = PostgresEngine(location, StoreClock(clock))
    try:
        check_version(engine.name, engine.read_settings())
    except BaseException:
        engine.close()
        raise
    return engine
