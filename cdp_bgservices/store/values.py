"""What a store answers: frozen values."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from cdp_bgservices.coverage.values import Interval, Series, Tail
from cdp_bgservices.query import Query

DEFAULT_RETENTION = timedelta(days=3)
EVERYTHING = Query()


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
    """Disk space given back, the write-ahead log's included."""


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


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """Of one source."""

    source: str
    intervals: Sequence[Interval]
    series: Sequence[Series]


class StoreStatistics(msgspec.Struct, frozen=True, kw_only=True):
    """What is in a store. Events past retention are not counted."""

    path: Path
    size: int
    """Bytes on disk, the write-ahead log's included."""
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
