"""What the engines of one store share, and pages of it."""

import json
from collections import Counter

import msgspec

from cdp_bgservices.contexts import BrowserContext, Key
from cdp_bgservices.coverage.values import Interval, Series, Tail
from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.events import Event
from cdp_bgservices.redaction import Redactor
from cdp_bgservices.store.presence import Presence
from cdp_bgservices.store.values import (
    DEFAULT_RETENTION,
    PAGE_SIZE,
    LastRun,
    Numbered,
)
from cdp_bgservices.thrown import Thrown


class Data:
    """What the engines of one store share."""

    def __init__(self) -> None:
        self.events: dict[int, Event] = {}
        """By seq."""
        self.thrown: dict[int, Thrown] = {}
        self.learned: dict[int, tuple[Event, str]] = {}
        """The event that had been committed before, and the key of its details."""
        self.seq = 0
        self.retention = DEFAULT_RETENTION
        self.redactor: Redactor | None = None
        """Once payloads were ever to be left out."""
        self.former: list[Redactor] = []
        self.notes: dict[str, str] = {}
        self.redacts = False
        self.prunes_days = False
        self.clears = 0
        self.deletions = 0
        self.commits: Counter[int] = Counter()
        """By engine."""
        self.intervals: dict[tuple[object, ...], tuple[str, Interval]] = {}
        self.series: dict[tuple[str, str, str], Series] = {}
        self.tails: dict[tuple[str, str, str], Tail] = {}
        self.runs: dict[str, LastRun] = {}
        self.recorders: dict[tuple[str, str], Presence] = {}
        """By source and run."""
        self.contexts: dict[Key, BrowserContext] = {}

    def next_seq(self) -> int:
        self.seq += 1
        return self.seq


def check_text(value: object) -> None:
    """Raises InvalidInputError for what is not Unicode."""
    try:
        msgspec.json.encode(value)
    except UnicodeEncodeError as error:
        raise InvalidInputError(f"{error.object!r} is not Unicode text", "Write it in UTF-8.") from error


def cut(rows: list[Numbered], limit: int) -> tuple[list[Numbered], bool]:
    """A page, and whether there is more."""
    page: list[Numbered] = []
    size = 0
    for row in rows[:limit]:
        if size > PAGE_SIZE:
            return page, True
        page.append(row)
        size += size_of(row[1])
    return page, bool(page) and len(page) == limit


def size_of(event: Event) -> int:
    return len(event.scope or "") + len(event.instance_id) + len(json.dumps(event.metadata)) + len(str(event.details))
