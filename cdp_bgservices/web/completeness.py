"""``/api/coverage``: when the store is certain to have everything, and when not."""

from typing import Any

from cdp_bgservices.coverage.report import gaps, report
from cdp_bgservices.coverage.values import MEANINGS, Span
from cdp_bgservices.store import Database
from cdp_bgservices.web.gaps import is_gone


def completeness(database: Database) -> dict[str, Any]:
    """Of every source, as far back as events are kept: ``spans`` is all that is known, ``gaps`` some of them."""
    now = database.clock()
    since = now - database.read_retention()
    spans: list[dict[str, Any]] = []
    found: list[dict[str, Any]] = []
    for told in database.coverage():
        lanes = report(told.spans, told.lanes, since, now, is_gone=is_gone(told.source))
        spans += [values(told.source, span) for lane in lanes for span in lane.spans]
        found += [values(told.source, span) for span in gaps(lanes)]
    return {"gaps": found, "spans": spans}


def values(source: str, span: Span) -> dict[str, Any]:
    return {
        "source": source,
        "service": span.service,
        "context_kind": span.context_kind,
        "begin": span.begin,
        "end": span.end,
        "state": span.state,
        "reason": MEANINGS[span.state] + (f" ({span.detail})" if span.detail else ""),
    }
