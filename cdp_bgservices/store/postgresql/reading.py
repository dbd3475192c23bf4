"""Reading events, and what workers threw."""

from collections.abc import Sequence
from datetime import datetime

from cdp_bgservices.events import Event
from cdp_bgservices.query import Query
from cdp_bgservices.store.postgresql.database import Database
from cdp_bgservices.store.values import EVERYTHING, PAGE, Committed, Numbered, Place
from cdp_bgservices.thrown import Thrown


class Reading(Database):
    """A part of the engine."""

    def next_page(self, query: Query, place: Place) -> tuple[list[Event], Place | None]:
        raise NotImplementedError

    def find(self, id_prefix: str) -> list[Event]:
        raise NotImplementedError

    def by_id(self, id_: str, seq: int = 0) -> Numbered | None:
        raise NotImplementedError

    def stored(self, event: Event) -> Event | None:
        raise NotImplementedError

    def nearest(self, query: Query, moment: datetime, limit: int) -> list[Numbered]:
        raise NotImplementedError

    def reach(self, services: Sequence[str], moment: datetime, number: int) -> tuple[datetime | None, datetime | None]:
        raise NotImplementedError

    def thrown(
        self, query: Query = EVERYTHING, *, after: int = 0, until: int | None = None, no_event: bool = False
    ) -> list[Thrown]:
        raise NotImplementedError

    def committed(self, query: Query, after: int, limit: int = PAGE) -> Committed:
        raise NotImplementedError

    def detailed(self, query: Query, after: int, until: int) -> list[Event]:
        raise NotImplementedError
