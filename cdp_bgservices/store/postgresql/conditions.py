"""A query as the conditions of a WHERE clause: the same that a store in a file makes of it."""

from cdp_bgservices.events import to_microseconds
from cdp_bgservices.query import FILTERS, Query
from cdp_bgservices.store.criteria import Position, Selection, Span, check_limit, check_text, choices_of, every
from cdp_bgservices.store.postgresql.failure_filter import FAILED
from cdp_bgservices.store.postgresql.sql import moment, one_of
from cdp_bgservices.store.postgresql.text_search import text_condition

EVER = 2**63 - 1
"""A span up to here has all that is committed."""


def conditions(
    query: Query,
    oldest: int,
    span: Span,
    after: Position | None = None,
    distinct: dict[str, frozenset[str]] | None = None,
) -> Selection:
    """``distinct``, if given, has all texts of the narrow columns, and makes ``text`` quicker."""
    check_limit(query)
    check_text(query)
    since = oldest if query.since is None else max(oldest, to_microseconds(query.since))
    parts = []
    if after is not None:
        since = max(since, after[0])
        parts.append(Selection("(timestamp > %s OR seq > %s)", [moment(after[0]), after[1]]))
    parts.insert(0, Selection("timestamp >= %s", [moment(since)]))
    if query.before is not None:
        parts.append(Selection("timestamp < %s", [query.before]))
    if span[0] > 0:
        parts.append(Selection("seq > %s", [span[0]]))
    if span[1] < EVER:
        parts.append(Selection("seq <= %s", [span[1]]))
    parts += [
        one_of(each.column, choices_of(query, each)) for each in FILTERS if each.column and getattr(query, each.field)
    ]
    if query.failed:
        parts.append(Selection(FAILED, []))
    if query.text:
        parts.append(text_condition(query.text, distinct))
    return every(parts)
