"""Wait for an event in a store that others record into, and explain what occurred instead."""

import re
import time
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

import msgspec

from cdp_bgservices.coverage.report import FRESH, gaps_of
from cdp_bgservices.events import Event
from cdp_bgservices.export.coverage import first_gap
from cdp_bgservices.export.terminal_escape import escape_text
from cdp_bgservices.notification_details import DISPLAYED, notification
from cdp_bgservices.query import FILTERS, Query
from cdp_bgservices.store import Engine
from cdp_bgservices.store.values import POLL_INTERVAL
from cdp_bgservices.testing.expected import Expected, Text
from cdp_bgservices.testing.failure import Known, explain_situation, heading, within

LOOK_EVERY = 0.02
"""Seconds between two looks into a file; a server is asked less often."""
DETAILS_DEADLINE = 3.0
"""Seconds after an event was stored in which its details may follow."""
BEFORE = timedelta(minutes=10)
"""How old the events are that are shown, too: the awaited one may have occurred just before the wait."""
MOST_READ = 1000
"""Events that are read to explain a failure; the newest ones."""
MOST_RECORDERS = 3


class Since(msgspec.Struct, frozen=True, kw_only=True):
    """Where a wait begins."""

    after: int = 0
    """A cursor of the store."""
    moment: datetime | None = None
    """Events at or after it, by the browser's clock."""
    words: str = "the wait"
    """What a failure calls it."""
    period: str = "in the last 10 minutes"
    """And the time since then, as far as events are shown of it."""


class Sought(msgspec.Struct, frozen=True, kw_only=True):
    """Which event is waited for."""

    query: Query
    """One service, one event, and any other filter but a limit."""
    metadata: Mapping[str, str] = {}
    also: Mapping[str, object] = {}
    """Filters that are not criteria of ``expected``, as a failure names them."""

    @property
    def expected(self) -> Expected:
        query = self.query
        return Expected(
            service=query.services[0],
            event_name=query.event_names[0],
            instance_id=one_of(query.instance_ids),
            origin=one_of(origin.rstrip("/") for origin in query.origins),
            scope=one_of(query.scopes),
            metadata=self.metadata,
        )

    @property
    def where(self) -> Query:
        """All events of the same browsers."""
        return Query(sources=self.query.sources, browser_contexts=self.query.browser_contexts)


def other_filters(query: Query) -> dict[str, object]:
    """Those of a query that ``Expected`` has no criterion for, by their names."""
    others = (each for each in FILTERS if each.column not in Expected.__struct_fields__)
    return {each.name: found for each in others if (found := getattr(query, each.field))}


def one_of(values: Iterator[str] | tuple[str, ...]) -> Text | None:
    """As a criterion; None takes anything."""
    choices = tuple(values)
    if len(choices) < 2:
        return choices[0] if choices else None
    return re.compile(f"^(?:{'|'.join(map(re.escape, choices))})$")


def wait_stored(engine: Engine, sought: Sought, since: Since, seconds: float) -> Event | None:
    """The first event that fits, which may be there already; None if there is none after that time.

    An event counts from its commit on, even while an older transaction keeps it from those who follow the store.
    """
    deadline = time.monotonic() + seconds
    query, expected = msgspec.structs.replace(sought.query, since=since.moment), sought.expected
    for page in pages(engine, query, since.after, deadline):
        for event in page:
            if expected.matches(event):
                return with_details(engine, event)
    return None


def with_details(engine: Engine, event: Event) -> Event:
    """The same event, once it has the details that it gets: those of a notification are stored a little later."""
    if (event.service, event.event_name) != DISPLAYED or event.received_at is None:
        return event
    age = (engine.clock() - event.received_at).total_seconds()
    deadline = time.monotonic() + min(DETAILS_DEADLINE, DETAILS_DEADLINE - age)
    while not notification(event) and time.monotonic() < deadline:
        time.sleep(POLL_INTERVAL if engine.is_shared else LOOK_EVERY)
        _, event = engine.by_id(event.id) or (0, event)
    return event


def pages(engine: Engine, query: Query, after: int, deadline: float) -> Iterator[list[Event]]:
    """What is committed after a cursor, as it is committed, and until the deadline; an event may come twice."""
    cursor = after
    if query.since is not None:  # An index has the events by time; few of them may be that new.
        cursor = engine.cursor()
        yield from engine.pages(query, after=after, until=cursor)
    while True:
        is_last = time.monotonic() >= deadline
        version = engine.version()
        found, cursor, more = engine.committed(query, cursor)
        yield [event for _, event in found]
        if more:
            continue
        latest = engine.latest()
        if latest > cursor:
            yield from engine.pages(query, after=cursor, until=latest)
        if is_last:
            return
        rest(engine, version if latest == cursor else None, deadline)


def rest(engine: Engine, version: int | None, deadline: float) -> None:
    """Until there is another version than this, or a look is due: where there is none, one short rest."""
    every = POLL_INTERVAL if engine.is_shared else LOOK_EVERY
    while True:
        time.sleep(max(0.0, min(every, deadline - time.monotonic())))
        if version is None or engine.version() != version or time.monotonic() >= deadline:
            return


def explain_missing_event(engine: Engine, sought: Sought, since: Since, waited: str) -> str:
    """Several lines: what occurred instead, and whether the store is recorded into."""
    now, where = engine.clock(), sought.where
    newest = msgspec.structs.replace(where, limit=MOST_READ)
    late = list(engine.events(msgspec.structs.replace(newest, since=since.moment), after=since.after))
    late_ids = {event.id for event in late}
    recent = engine.events(msgspec.structs.replace(newest, since=now - BEFORE))
    earlier = [event for event in recent if event.id not in late_ids] if len(late) < MOST_READ else []
    history = engine.events(msgspec.structs.replace(newest, services=sought.query.services))
    shown = {event.id for event in earlier} | late_ids
    known = Known(
        events=[*earlier, *late],
        earlier={event.id for event in earlier},
        errors=engine.thrown(msgspec.structs.replace(where, since=since.moment), after=since.after),
        remarks=[*remarks(engine, sought, since, now)],
        where=f"{engine.name} {since.period}",
        begin=since.words,
        is_part=len(late) == MOST_READ,
        history=[event for event in history if event.id not in shown],
    )
    expected = sought.expected
    also = "".join(f", {name}={either(value)}" for name, value in sought.also.items())
    first = f"{heading(expected)}{escape_text(also)}: {within(waited)}"
    return f"{first}\n{explain_situation(expected, known)}"


def either(value: object) -> str:
    return " or ".join(map(repr, value)) if isinstance(value, tuple) else repr(value)


def remarks(engine: Engine, sought: Sought, since: Since, now: datetime) -> Iterator[str]:
    """Whether any recorder records into the store now, and what was not recorded."""
    sources, services = sought.query.sources, sought.query.services
    recorders = [each for each in engine.recorders(now - FRESH, sources) if not each.is_over]
    if recorders:
        shown = [f"{each.source} since {each.since:%H:%M:%S} UTC" for each in recorders[:MOST_RECORDERS]]
        more = len(recorders) - len(shown)
        yield f"recorded now: {', '.join(shown)}" + (f", and {more} more" if more else "")
    else:
        what = f"{' or '.join(sources)} " if sources else ""
        yield f"no recorder records {what}into {engine.name} now: `cdp-bgservices record` does"
    begin = now - BEFORE if since.moment is None else since.moment
    if begin < now:
        from_the_start = since.moment is not None
        found = gaps_of(engine.coverage(), begin, now, sources, services, from_the_start=from_the_start)
        if note := first_gap(found):
            yield f"recording has gaps: {note}"
    for service in services:
        yield f"what hinders it now: `cdp-bgservices why {service} --attach ENDPOINT` says it"
