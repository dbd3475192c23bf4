"""What a database has to answer to be a store: ``Engine``, without trio. ``trio_store.Store`` is its face for trio."""

import time
from abc import abstractmethod
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import PurePath

from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.events import Event, to_microseconds
from cdp_bgservices.learned import Detail, Learned
from cdp_bgservices.query import Query
from cdp_bgservices.store.ledger import Ledger
from cdp_bgservices.store.lists import Lists
from cdp_bgservices.store.values import (
    EVERYTHING,
    HOUR,
    LONGEST_RETENTION,
    PAGE,
    POLL_INTERVAL,
    Added,
    Clock,
    Committed,
    Numbered,
    Place,
    Pruned,
)
from cdp_bgservices.thrown import Thrown


class Engine(Ledger, Lists):
    """Events in a database. One thread at a time asks it; only ``interrupt`` may come from another one.

    Error handling: every method raises StoreError where the database or the disk fails, and InvalidInputError for a
    query that no event can fit, as one with text that is not Unicode.
    """

    name: str
    """What people call it: a path, or a host and a database."""
    url: str
    """Where it is, without a password."""
    clock: Clock
    retention: timedelta
    """How long an event is kept: as it was when this was last read, since others may change it."""
    redacts: bool
    """Whether payloads are left out of what is added; likewise."""
    reconnects: int = 0
    """How often it was connected again: where a server has failed over, it may have forgotten what it had committed."""
    is_shared: bool = False
    """Whether it is a server for many machines, with many events: each question is sent over a network, to count all
    events takes seconds, and a source's name needs the machine's.
    """

    @property
    def short_name(self) -> str:
        """For documents that are given away: without the folder, or the host."""
        return PurePath(self.name).name

    @abstractmethod
    def reader(self) -> "Engine":
        """Another connection to the same database, which cannot write. It shares what this one has learned."""

    @abstractmethod
    def interrupt(self) -> None:
        """From another thread: what is being asked fails soon with StoreError."""

    @abstractmethod
    def close(self) -> None: ...

    def check_place(self) -> None:
        """Raises MovedError where what was opened is not in its place any more: a file can be deleted, moved, or
        replaced by another one. What is written to it then is lost.
        """

    def check_adding(self) -> None:
        """Raises NoRightError where a server does not let this user add events."""

    # Settings

    @abstractmethod
    def identity(self) -> str:
        """Made with the store, and kept: another store has another one."""

    @abstractmethod
    def read_retention(self) -> timedelta:
        """As it is now."""

    @abstractmethod
    def read_redacts(self) -> bool:
        """As it is now."""

    @abstractmethod
    def set_retention(self, retention: timedelta) -> None:
        """Also for others that have this store open. Raises InvalidInputError if no event could be kept."""

    @abstractmethod
    def set_redaction(self, on: bool) -> None:
        """Whether payloads are left out of what is added from now on, by any recorder. Stored events do not change."""

    @abstractmethod
    def redaction_key(self) -> bytes | None:
        """By what payloads are replaced; None where they were never left out. Raises StoreError where it is missing,
        or kept from this user.
        """

    def oldest_kept(self) -> int:
        """The earliest timestamp that is not past retention, in microseconds."""
        return to_microseconds(self.clock() - self.read_retention()) + 1

    # Events

    @abstractmethod
    def add(self, events: Sequence[Event], learned: Sequence[Learned] = ()) -> Added:
        """Store, in one transaction, those that are new and not past retention, and what was learned.

        An error that is given again, with another event than before, belongs to that one from then on, and counts as
        committed now. A detail of an event that is not there, or has one of that key, is dropped. Raises RefusedError,
        and stores nothing, where one of them can never be stored.
        """

    @abstractmethod
    def next_page(self, query: Query, place: Place) -> tuple[list[Event], Place | None]:
        """The next events in the order of time, and the place behind them; None where nothing is left.

        It is one event at the least, if there is any; the newest ones where the query has a limit.
        """

    def pages(self, query: Query = EVERYTHING, *, after: int = 0, until: int | None = None) -> Iterator[list[Event]]:
        """Oldest first: what was committed after one cursor and up to another; by default, what can be read now."""
        place: Place | None = Place(after, self.latest() if until is None else until)
        while place is not None:
            page, place = self.next_page(query, place)
            if page:
                yield page

    def events(self, query: Query = EVERYTHING, *, after: int = 0, until: int | None = None) -> Iterator[Event]:
        """``pages``, one event at a time."""
        for page in self.pages(query, after=after, until=until):
            yield from page

    @abstractmethod
    def find(self, id_prefix: str) -> list[Event]:
        """The events whose id begins so; the first FIND_LIMIT of them by id."""

    @abstractmethod
    def by_id(self, id_: str, seq: int = 0) -> Numbered | None:
        """None where it is not there, or past retention. ``seq`` is a guess, which makes it quicker."""

    @abstractmethod
    def stored(self, event: Event) -> Event | None:
        """The event as it is in the store, with its content or without."""

    @abstractmethod
    def nearest(self, query: Query, moment: datetime, limit: int) -> list[Numbered]:
        """The newest events before a moment, and the oldest ones from it on; at most ``limit`` of each."""

    @abstractmethod
    def reach(self, services: Sequence[str], moment: datetime, number: int) -> tuple[datetime | None, datetime | None]:
        """The closest times before and after a moment between which one of these services has ``number`` events."""

    @abstractmethod
    def thrown(
        self, query: Query = EVERYTHING, *, after: int = 0, until: int | None = None, no_event: bool = False
    ) -> list[Thrown]:
        """What workers threw, oldest first: of these sources, scopes, browser contexts and times; the newest where the
        query has a limit. ``after``, ``until``: committed between two cursors. ``no_event``: only what belongs to no
        event for certain.
        """

    @abstractmethod
    def details(self, after: int, until: int) -> list[Detail]:
        """What was learned between two cursors of events that were committed before it; perhaps of others, too."""

    # Following

    @abstractmethod
    def cursor(self) -> int:
        """The last commit. Nothing up to it will still appear."""

    def latest(self) -> int:
        """Behind all that can be read now: what is committed later is behind it, but for what is being committed."""
        return self.cursor()

    @abstractmethod
    def version(self) -> int:
        """Another number once anything was committed through another connection."""

    def stamp(self) -> object:
        """Another one, mostly, once ``version`` is; None where nothing tells. It takes microseconds, in any thread."""
        return None

    @abstractmethod
    def deletions(self) -> int:
        """A higher number once events were deleted before their time: these must not come back."""

    @abstractmethod
    def clears(self) -> int:
        """Another number once events were deleted before their time, or changed: what was counted does not hold."""

    @abstractmethod
    def committed(self, query: Query, after: int, limit: int = PAGE) -> Committed:
        """The next events that were committed after a cursor, in this order."""

    @abstractmethod
    def detailed(self, query: Query, after: int, until: int) -> list[Event]:
        """Events of before a cursor whose details were learned after it, and up to another one."""

    def changed_hours(self, after: int, until: int) -> set[int]:
        """The hours since the epoch of what was committed between two cursors; perhaps also of what came later."""
        hours: set[int] = set()
        is_over = after >= until
        while not is_over:
            found, after, more = self.committed(EVERYTHING, after)
            hours.update(to_microseconds(event.timestamp) // HOUR for _, event in found)
            is_over = not more or after >= until
        return hours

    def follow_pages(self, query: Query = EVERYTHING, *, after: int | None = None) -> Iterator[list[Event]]:
        """Events as they are committed, from a cursor or from now on, as many at a time as there are; it
        does not end. An event comes again, with its details, where these are learned after it was committed.
        """
        cursor = self.cursor() if after is None else after
        while True:
            version = self.version()
            found, behind, more = self.committed(query, cursor)
            page = [event for _, event in found] + self.detailed(query, cursor, behind)
            cursor = behind
            if page:
                yield page
            while not page and not more and self.version() == version:
                time.sleep(POLL_INTERVAL)

    # Deleting

    @abstractmethod
    def clear_steps(self, services: Collection[str] = ()) -> Iterator[int]:
        """``clear`` in small transactions: yields how many each deleted. What is added in between stays."""

    @abstractmethod
    def remove(self, events: Sequence[Event]) -> int:
        """Delete these, and what was learned of them, in one transaction; how many of them were there. Raises
        StoreError where nothing may be deleted, also of none.
        """

    @abstractmethod
    def prune_steps(self) -> Iterator[int]:
        """``prune`` in small transactions: yields how many each deleted."""

    def sum_up_steps(self) -> Iterator[int]:
        """Prepare what readers will ask for, behind what was added, in small transactions: yields how much each did."""
        return iter(())

    def clear(self, services: Collection[str] = ()) -> int:
        """Delete these services' events, or all; how many there were."""
        return sum(self.clear_steps(services))

    def clear_matching(self, query: Query) -> int:
        """Delete the events that a query takes, a page in a transaction; how many there were."""
        return sum(map(self.remove, self.pages(query)))

    def prune(self) -> Pruned:
        """Delete what is past retention, and give its space back."""
        before = self.size()
        events = sum(self.prune_steps())
        return Pruned(events=events, bytes=max(0, before - self.size()))


def check_retention(retention: timedelta) -> None:
    """Raises InvalidInputError where no event could be kept."""
    if not timedelta() < retention <= LONGEST_RETENTION:
        raise InvalidInputError(f"{retention} cannot be a retention", "Take more than nothing, up to 36500d.")
