"""What the page gets as JSON: the words that it shares with everything else, lanes, and gaps."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from cdp_bgservices.contexts import BrowserContext, endings, labels
from cdp_bgservices.coverage.report import SeriesReport, gaps
from cdp_bgservices.coverage.values import MEANINGS, Interval
from cdp_bgservices.events import to_microseconds
from cdp_bgservices.export import DOCUMENTS, SAVED
from cdp_bgservices.export.page import safe_json
from cdp_bgservices.failures import Kind
from cdp_bgservices.identity import FIELDS, FIELDS_OF
from cdp_bgservices.query import FILTERS
from cdp_bgservices.stories import Lane, Run
from cdp_bgservices.stories.numbers import ROLES
from cdp_bgservices.vocabulary.services import DOCS, SERVICES
from cdp_bgservices.vocabulary.triggers import TRIGGERS

Standing = dict[str, Any]
"""Of ``standing_values``."""
KINDS = {Kind.GOING_ON: 0, Kind.SUCCEEDED: 1, Kind.FAILED: 2, Kind.ENDED: 3}
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
    ``end`` (``null``: open), ``state`` and ``said`` (texts), ``next`` (a moment, or ``null``), ``spans`` of [begin, end
    or ``null``, name (text), state (text), row, id of the event that began it, next or ``null``], ``marks`` of [moment,
    name (text), kind (0 going on, 1 succeeded, 2 failed, 3 ended), id, failure (text)], ``runs`` of [id of its first
    event, begin, end or ``null``, state (text), said (text), next or ``null``], where there are several.
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
            "state": text(lane.state),
            "said": text(lane.said),
            "next": lane.next,
            "spans": [
                [span.begin, span.end, text(span.name), text(span.state), span.row, span.id, span.next]
                for span in lane.spans
            ],
            "marks": [
                [mark.at, text(mark.event.event_name), KINDS[mark.kind], mark.event.id, text(mark.failure)]
                for mark in lane.marks
            ],
            "runs": [
                [run.id, run.begin, run.end, text(run.state), text(run.said), run.next] for run in story_runs(lane)
            ],
        }
        for lane in lanes
    ]
    return {"texts": list(texts), "lanes": values}


def context_values(contexts: Iterable[BrowserContext]) -> list[dict[str, Any]]:
    """``source``, ``context``, ``label``; ``ended`` in microseconds, or ``null`` while no end is known, and ``why``;
    ``over``: whether its registrations do not go on in another one."""
    found = list(contexts)
    names, over = labels(found), endings(found)
    return [
        {
            "source": each.source,
            "context": each.context,
            "label": names[each.key],
            "ended": None if each.ended is None else to_microseconds(each.ended),
            "why": each.why,
            "over": each.key in over,
        }
        for each in found
    ]


def standing_values(lane: Lane) -> Standing:
    """``state``, ``said``, ``next``, ``end`` of a story, and of each of its ``runs`` also ``id`` and ``begin``."""
    names = ("state", "said", "next", "end")
    runs = [fields(run, ("id", "begin", *names)) for run in story_runs(lane)]
    return {**fields(lane, names), "runs": runs}


def story_runs(lane: Lane) -> list[Run]:
    """Those that a reader tells apart: of the lane's own service, and only if there are several."""
    runs = [run for run in lane.runs if run.counts and run.service == lane.head.service]
    return runs if len(runs) > 1 else []


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
