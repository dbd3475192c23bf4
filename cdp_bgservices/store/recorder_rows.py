"""What recorders leave beside events, out of the rows of any database: these have microseconds for a time."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from cdp_bgservices.contexts import BrowserContext
from cdp_bgservices.coverage.values import Coverage, Interval, Series, State, Tail
from cdp_bgservices.events import from_microseconds
from cdp_bgservices.store.presence import Presence

T = TypeVar("T")
Text = Callable[[str], str]
"""What a stored text stands for."""

CONTEXT_COLUMNS = "source, context, kind, name, why, host, profile, number, since, noted, ended"
"""As ``context_of`` takes them."""

decode_numbers = msgspec.json.Decoder(dict[str, int]).decode


def as_it_is(text: str) -> str:
    return text


def by_source(
    rows: Iterable[Sequence[Any]], value_of: Callable[[Sequence[Any], Text], T], text: Text = as_it_is
) -> dict[str, list[T]]:
    """The values of each source, whose name comes first."""
    found: dict[str, list[T]] = {}
    for source, *columns in rows:
        found.setdefault(text(source), []).append(value_of(columns, text))
    return found


def coverages(
    intervals: Mapping[str, list[Interval]],
    series: Mapping[str, list[Series]],
    hosts: Mapping[str, str],
    contexts: Iterable[BrowserContext],
    sources: Collection[str],
) -> list[Coverage]:
    """Of these sources, or of all. ``contexts``: in the order in which they were first seen."""
    profiles = {each.source: each.profile for each in contexts if each.is_default}
    return [
        Coverage(
            source=source,
            intervals=intervals.get(source, []),
            series=series.get(source, []),
            host=hosts.get(source, ""),
            profile=profiles.get(source, ""),
        )
        for source in sorted({*intervals, *series})
        if not sources or source in sources
    ]


def interval_of(row: Sequence[Any], text: Text = as_it_is) -> Interval:
    kind, service, begin, end, state, detail = row
    return Interval(
        context_kind=text(kind),
        service=text(service),
        begin=from_microseconds(begin),
        end=from_microseconds(end),
        state=State(state),
        detail=text(detail),
    )


def series_of(row: Sequence[Any], text: Text = as_it_is) -> Series:
    kind, service, seen_until, armed_until, is_over = row
    return Series(
        context_kind=text(kind),
        service=text(service),
        seen_until=from_microseconds(seen_until),
        armed_until=from_microseconds(armed_until) if armed_until else None,
        is_over=bool(is_over),
    )


def tail_of(row: Sequence[Any], text: Text = as_it_is) -> Tail:
    service, registration_id, timestamp, scope = row
    return Tail(
        service=text(service),
        registration_id=text(registration_id),
        timestamp=from_microseconds(timestamp),
        scope=text(scope),
    )


def presence_of(row: Sequence[Any], text: Text = as_it_is) -> Presence:
    source, run, host, browser, version = map(text, row[:5])
    since, seen, is_over = row[5:]
    return Presence(
        source=source,
        run=run,
        host=host,
        browser=browser,
        version=version,
        since=from_microseconds(since),
        seen=from_microseconds(seen),
        is_over=bool(is_over),
    )


def context_of(row: Sequence[Any], text: Text = as_it_is) -> BrowserContext:
    source, context, kind, name, why, host, profile = map(text, row[:7])
    number, since, noted, ended = row[7:]
    return BrowserContext(
        source=source,
        context=context,
        kind=kind,
        number=number,
        name=name,
        since=from_microseconds(since),
        noted=from_microseconds(noted),
        ended=None if ended is None else from_microseconds(ended),
        why=why,
        host=host,
        profile=profile,
    )
