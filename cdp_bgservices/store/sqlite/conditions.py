"""A query as the conditions of a WHERE clause."""

from cdp_bgservices.events import to_microseconds
from cdp_bgservices.query import FILTERS, Query
from cdp_bgservices.store.criteria import Position, Selection, Span, check_limit, choices_of, every
from cdp_bgservices.store.sqlite.kinds import FIELDS
from cdp_bgservices.store.sqlite.sql import one_of
from cdp_bgservices.store.sqlite.text_search import text_condition

IN_TIME = "events INDEXED BY events_in_time"
"""By the index that has all but texts that filters look at, in the order of time."""
TABLE = "events NOT INDEXED"
EVER = 2**63 - 1
"""A span up to here has all that is committed."""


def conditions(
    query: Query,
    oldest: int,
    span: Span,
    after: Position | None = None,
    kinds: Selection | None = None,
    text: Selection | None = None,
) -> Selection:
    """The WHERE clause. ``kinds``: only these, of those that the query takes. ``text``: what has its text, if that is
    known.
    """
    check_limit(query)
    since = oldest if query.since is None else max(oldest, to_microseconds(query.since))
    parts = [Selection("timestamp >= ?", [since if after is None else max(since, after[0])])]
    if span[0] > 0:
        parts.append(Selection("+seq > ?", [span[0]]))
    if span[1] < EVER:
        parts.append(Selection("+seq <= ?", [span[1]]))
    if after is not None:
        parts.append(Selection("(timestamp > ? OR +seq > ?)", [*after]))
    if query.before is not None:
        parts.append(Selection("timestamp < ?", [to_microseconds(query.before)]))
    wanted = kind_conditions(query) + ([kinds] if kinds else [])
    if wanted:
        chosen = every(wanted)
        parts.append(Selection(f"kind IN (SELECT id FROM kinds WHERE {chosen.sql})", chosen.values))
    if query.instance_ids:
        parts.append(one_of("instance_id", query.instance_ids))
    if query.text:
        parts.append(text or text_condition(query.text))
    return every(parts)


def kind_conditions(query: Query) -> list[Selection]:
    """What a query says of the kinds of its events; empty where they may be of any."""
    parts = [
        one_of(each.column, choices_of(query, each))
        for each in FILTERS
        if each.column in FIELDS and getattr(query, each.field)
    ]
    if query.failed:
        parts.append(Selection("failed", []))
    return parts
