"""What a store is asked, and what it answers: frozen values."""

from array import array
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import msgspec

from cdp_bgservices.coverage.values import Interval, Series, Tail
from cdp_bgservices.events import Event
from cdp_bgservices.query import Query

DEFAULT_RETENTION = timedelta(days=3)
LONGEST_RETENTION = timedelta(days=36_500)
EVERYTHING = Query()
FIND_LIMIT = 50
"""The most events that the beginning of an id finds."""
PAGE = 500
"""Events that are read at a time, so that memory does not grow with the store."""
PAGE_SIZE = 8_000_000
"""Characters after which a page ends: one event may have millions."""
HOUR = 3_600_000_000
"""Microseconds."""
POLL_INTERVAL = 0.1
"""Seconds between two looks at what others have committed."""
SORTS = {
    "time": "timestamp",
    "service": "service",
    "event": "event_name",
    "origin": "origin",
    "storage_key": "storage_key",
    "scope": "scope",
    "instance": "instance_id",
}
"""What a listing can be sorted by, and the field of an event. Events that are equal there are sorted by time."""

Clock = Callable[[], datetime]
"""Now, in UTC."""
Numbered = tuple[int, Event]
"""An event and its seq: its number in the order of commits."""
Buckets = dict[str, list[int]]
"""Of each service, how many events are in each part of a time."""
FieldCounts = dict[str, Counter[str]]
"""Of each field of an event, how many events have each of its values; empty ones are left out."""
Times = dict[str, "array[int]"]
"""Of each service, timestamps in order."""


def utc_now() -> datetime:
    """The clock, unless a test brings its own."""
    return datetime.now(UTC)


class Added(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the events that were given to ``add``."""

    stored: int
    """New ones, which are in the store now."""
    known: int
    """Those that were there already."""
    too_old: int
    """Those that were past retention, and were not stored."""


class Pruned(msgspec.Struct, frozen=True, kw_only=True):
    """What a prune deleted."""

    events: int
    """Events that were past retention."""
    bytes: int
    """Disk space given back."""


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """What a shared store has now that it is prepared."""

    name: str
    """What people call it."""
    before: int
    """The version of the schema that was there; 0 where there was none."""
    version: int
    """The one that is there."""
    days: int
    """How many days of events were made."""
    has_text_index: bool
    """Whether a text is found without reading all events."""
    advice: str
    """What is left for a person to do, in the database's language."""


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """What a recorder adds to what the store knows of its own completeness."""

    intervals: Sequence[Interval]
    """New ones, and longer ones in place of those of the same begin and state."""
    series: Sequence[Series]
    """All that were seen."""
    tails: Sequence[Tail] = ()
    """Those that are other than before."""
    gone: Sequence[str] = ()
    """Ids of registrations that are not there any more."""


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What the recorders of one source have left for the next one."""

    series: Sequence[Series]
    tails: Sequence[Tail]


class LastRun(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers of one source's last recorder, as they were at a moment."""

    source: str
    moment: datetime
    """UTC; its end, or not much longer than a minute before that where it was killed."""
    numbers: dict[str, int]


class StoreStatistics(msgspec.Struct, frozen=True, kw_only=True):
    """What is in a store. Events past retention are not counted."""

    name: str
    """What people call the store: a path."""
    size: int
    """Bytes on disk."""
    events: dict[str, int]
    """How many of each service that has any."""
    oldest: datetime | None
    """The earliest event's timestamp; ``None`` in an empty store."""
    newest: datetime | None
    """The latest event's timestamp; ``None`` in an empty store."""
    retention: timedelta
    """How long an event is kept, from its own timestamp."""
    redacts: bool = False
    """Whether payloads are left out of what is added."""
    cursor: int = 0
    """The last commit that is counted."""
    clears: int = 0
    """See :meth:`~cdp_bgservices.store.protocol.Engine.clears`."""


class FileState(msgspec.Struct, frozen=True, kw_only=True):
    """A store in a file, as it is found: nothing was made, converted or written."""

    is_there: bool
    """Otherwise it can be made."""
    free: int
    """Bytes that its disk has left for this user."""
    size: int = 0
    log_size: int = 0
    """Bytes of the write-ahead log beside it."""
    journal: str = ""
    """SQLite's journal mode."""
    schema: int = 0
    """The version of its schema."""
    newest: int = 0
    """The one of this release. An older one is converted when the store is opened next."""
    mode: int | None = None
    """The permissions of the file; None where the system has others."""
    is_whole: bool | None = None
    """Whether all of it was looked at for damage; None where there is too much of it."""


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """How the server of a shared store is doing."""

    days: dict[str, int]
    """The bytes of each day of events, by its date in UTC. Days are made before they come, and dropped as a whole."""
    expired: int
    """Days of them that are past retention: they are in use, and dropped later."""
    waiting_since: datetime | None
    """When the first event was committed that cannot be followed yet: a transaction that began before has not ended."""
    waiting_for: str
    """That transaction; empty where this role may not see it."""


class Place(msgspec.Struct, frozen=True):
    """Where the reading of events in the order of time has come to."""

    after: int
    """The cursor behind which events are read."""
    until: int
    """The last one that is."""
    position: tuple[int, int] | None = None
    """The timestamp and the seq of the last event that was read, if any was."""


class Committed(NamedTuple):
    """A page of what was committed after a cursor."""

    events: list[Numbered]
    cursor: int
    """Behind them."""
    more: bool
    """Whether there is more behind that."""


class FactPlace(msgspec.Struct, frozen=True):
    """Where the counting of runs has come to: first in the order of time, if it is wanted, then in that of commits."""

    oldest: int
    """The first timestamp that counts."""
    aim: int
    """The cursor up to which events are read in the order of time."""
    position: tuple[int, int] | None = None
    """The timestamp and the seq of the last event that was read in that order; None behind all of them."""
    until: int = 0
    """The cursor up to which all is read."""
