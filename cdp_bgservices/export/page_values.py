"""What the page gets as JSON: the words that it shares with everything else, lanes, and gaps."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from cdp_bgservices.contexts import BrowserContext, labels
from cdp_bgservices.coverage.report import SeriesReport, gaps
from cdp_bgservices.coverage.values import MEANINGS, Interval
from cdp_bgservices.events import to_microseconds
from cdp_bgservices.export import DOCUMENTS, SAVED
from cdp_bgservices.export.page import safe_json
from cdp_bgservices.failures import Kind
from cdp_bgservices.identity import FIELDS, FIELDS_OF
from cdp_bgservices.query import FILTERS
from cdp_bgservices.stories import Lane
from cdp_bgservices.stories.numbers import ROLES
from cdp_bgservices.vocabulary.services import DOCS, SERVICES
from cdp_bgservices.vocabulary.triggers import TRIGGERS

KINDS = {Kind.GOING_ON: 0, Kind.SUCCEEDED: 1, Kind.FAILED: 2}
SERVICE = ("title", "short", "icon", "colours")
FILTER = ("name", "kind", "column", "title", "is_counted", "note", "splits")
TRIGGER = ("title", "usual", "memory", "has_last_chance")
"""The fields of a row that the page has."""


def page_words() -> str:
    """What ``page/vocabulary.js`` reads: services, filters and the like by their rows."""
    words = {
        "docs": DOCS,
        "services": [
            {"name": name, "learn": DOCS + row.docs, **fields(row, SERVICE)} for name, row in SERVICES.items()
        ],
        "runs": ROLES,
        "identity": {"fields": FIELDS, "fields_of": FIELDS_OF},
        "filters": [fields(row, FILTER) for row in FILTERS if row.title],
        "formats": [{"name": name, "title": DOCUMENTS[name].title} for name in SAVED],
        "triggers": [{"name": name, **fields(row, TRIGGER)} for name, row in TRIGGERS.items()],
    }
    return safe_json(msgspec.json.encode(words).decode())


def fields(row: object, names: Iterable[str]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def lane_values(lanes: list[Lane]) -> dict[str, Any]:
    """Ten thousand lanes in a few megabytes.

    ``texts``: what is said more than once; where a field is said to be a text, its number stands.
    ``lanes``: ``key``, ``label``, and as texts ``service``, ``origin``, ``scope``, ``source``, ``context``; ``begin``,
    ``end`` (``null``: open), ``kind`` (0 going on, 1 succeeded, 2 failed), ``spans`` of [begin, end or ``null``, name
    (text), kind, row, id of the event that began it], ``marks`` of [moment, name (text), kind, id, failure (text)].
    """
    texts: dict[str, int] = {}

    def text(value: str) -> int:
        return texts.setdefault(value, len(texts))

    values = [
        {
            "key": lane.head.key,
            "label": lane.head.label,
            **{name: text(getattr(lane.head, name)) for name in ("service", "origin", "scope", "source", "context")},
            "begin": lane.begin,
            "end": lane.end,
            "kind": KINDS[lane.kind],
            "spans": [
                [span.begin, span.end, text(span.name), KINDS[span.kind], span.row, span.id] for span in lane.spans
            ],
            "marks": [
                [mark.at, text(mark.event.event_name), KINDS[mark.kind], mark.event.id, text(mark.failure)]
                for mark in lane.marks
            ],
        }
        for lane in lanes
    ]
    return {"texts": list(texts), "lanes": values}


def context_values(contexts: Iterable[BrowserContext]) -> list[dict[str, Any]]:
    """``source``, ``context``, ``label``; ``ended`` in microseconds, or ``null`` while no end is known, and ``why``."""
    found = list(contexts)
    names = labels(found)
    return [
        {
            "source": each.source,
            "context": each.context,
            "label": names[each.key],
            "ended": None if each.ended is None else to_microseconds(each.ended),
            "why": each.why,
        }
        for each in found
    ]


def gap_values(reports: Mapping[str, Iterable[SeriesReport]]) -> list[dict[str, Any]]:
    """Of some sources, the oldest first; see ``interval_value``."""
    found = [interval_value(source, gap) for source, series in reports.items() for gap in gaps(series)]
    return sorted(found, key=lambda gap: (gap["begin"], gap["service"]))


def interval_value(source: str, interval: Interval) -> dict[str, Any]:
    """What is known of the completeness of a time; in microseconds."""
    return {
        "source": source,
        **fields(interval, ("service", "context_kind", "state")),
        "begin": to_microseconds(interval.begin),
        "end": to_microseconds(interval.end),
        "reason": MEANINGS[interval.state] + (f" ({interval.detail})" if interval.detail else ""),
    }
