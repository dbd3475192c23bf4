"""The viewer in one file: the page with the events in it, for people without a store and a server."""

from base64 import b64encode
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar
from zlib import compress

import msgspec

from cdp_bgservices.contexts import endings
from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.events import MICROSECOND, Event, to_microseconds
from cdp_bgservices.export.documents import About
from cdp_bgservices.export.page import PAGE, join_page, safe_json
from cdp_bgservices.export.page_values import context_values, gap_values, lane_values, page_words
from cdp_bgservices.failures import judge
from cdp_bgservices.release import package_version
from cdp_bgservices.stories import make_lanes
from cdp_bgservices.vocabulary.services import SERVICES, title_of

MOST_EVENTS = 50_000
"""What a browser reads in a second or two."""
ENTRY = "file.js"
FIELDS = (*Event.__struct_fields__, "kind", "failure")
"""Of a row of the API, but for its number."""
OWN = ("id", "timestamp", "instance_id", "metadata", "received_at", "details")
SHARED = tuple(name for name in FIELDS if name not in OWN)
"""Those whose values are there in many rows, and in the file once."""
SPANS_ID, MARKS_ID = 5, 3
"""Where a span and a mark of ``lane_values`` have their event; all else of a mark, the event has too."""
SLICE = 2_000
"""Events of a piece, and lanes of one: the page shows the first rows when it has unpacked the first piece."""
MOST_SOURCES = 10
"""That are named."""

T = TypeVar("T")

encode = msgspec.json.Encoder().encode


def pieces(pages: Iterable[Sequence[Event]], about: About) -> Iterator[bytes]:
    """An HTML document. Raises InvalidInputError where there are more than MOST_EVENTS."""
    events = collect(pages)
    before, after = join_page(PAGE, ENTRY, page_words(), report_of(events, about)["name"])
    yield before.encode()
    yield b'{"state":' + embedded(state_of(events, about))
    yield b',"gaps":' + embedded(gap_values(about.coverage))
    words: dict[str, int] = {}
    yield b',"slice":' + embedded(SLICE) + b',"fields":' + embedded(FIELDS) + b',"shared":' + embedded(SHARED)
    yield b',"rows":[' + b",\n".join(packed([row_of(event, words) for event in part]) for part in slices(events))
    yield b'],"words":' + embedded(list(words))
    lanes = lane_values(make_lanes(events, about.moment, endings(about.contexts)))
    numbers = {event.id: number for number, event in enumerate(events)}
    for lane in lanes["lanes"]:
        lane["marks"] = [numbers[mark[MARKS_ID]] for mark in lane["marks"]]
        for span in lane["spans"]:
            span[SPANS_ID] = numbers[span[SPANS_ID]]
    yield b',"texts":' + embedded(lanes["texts"])
    yield b',"lanes":[' + b",\n".join(map(packed, slices(lanes["lanes"]))) + b"]}" + after.encode()


def slices(values: list[T]) -> Iterator[list[T]]:
    return (values[start : start + SLICE] for start in range(0, len(values), SLICE))


def packed(value: Any) -> bytes:
    """JSON, compressed, as a text of JSON."""
    return embedded(b64encode(compress(encode(value))).decode())


def collect(pages: Iterable[Sequence[Event]]) -> list[Event]:
    events: list[Event] = []
    for page in pages:
        events += page
        if len(events) > MOST_EVENTS:
            raise InvalidInputError(
                f"An HTML file holds {MOST_EVENTS:,} events, and there are more",
                f"Choose some: --service, --since and the like, or --limit {MOST_EVENTS} for the newest.",
            )
    return events


def embedded(value: Any) -> bytes:
    return safe_json(encode(value).decode()).encode()


def row_of(event: Event, words: dict[str, int]) -> list[Any]:
    """The values of FIELDS; of those that are SHARED the number among ``words``."""
    values = [getattr(event, name) for name in Event.__struct_fields__] + [*judge(event)]
    return [
        words.setdefault(value, len(words)) if name in SHARED and value is not None else value
        for name, value in zip(FIELDS, values, strict=True)
    ]


def report_of(events: Sequence[Event], about: About) -> dict[str, Any]:
    """What the report is called, when, where and of what it was made."""
    title = about.title or f"Background services of {about.store or 'a store'}"
    return {
        "title": title,
        "name": f"{title}, {about.moment:%Y-%m-%d %H:%M} UTC",
        "made": about.moment,
        "host": about.host,
        "sources": sorted({event.source for event in events})[:MOST_SOURCES],
        "filters": about.filters,
        "events": len(events),
    }


def state_of(events: Sequence[Event], about: About) -> dict[str, Any]:
    """As the API has it; and from when to when things may have happened, in microseconds."""
    counts = {**dict.fromkeys(map(str, SERVICES), 0), **Counter(event.service for event in events)}
    now = to_microseconds(about.moment)
    moments = [event.timestamp for event in events]
    return {
        "version": package_version(),
        "store": {
            "name": about.store,
            "size": 0,
            "retention": about.retention.total_seconds(),
            "redacts": about.redacts,
            "oldest": min(moments, default=None),
            "newest": max(moments, default=None),
        },
        "services": [
            {"name": name, "title": title_of(name), "events": count, "recording": None}
            for name, count in counts.items()
        ],
        "browser": None,
        "report": report_of(events, about),
        "contexts": context_values(about.contexts),
        "cursor": len(events),
        "begin": now - about.retention // MICROSECOND + 1,
        "now": now,
    }
