"""A query as the conditions of a WHERE clause."""

from cdp_bgservices.events import to_microseconds
from cdp_bgservices.query import FILTERS, Query
from cdp_bgservices.store.criteria import Position, Selection, Span, check_limit, choices_of, joined
from cdp_bgservices.store.sqlite.distinct_values import DistinctValues
from cdp_bgservices.store.sqlite.failure_filter import failure_condition
from cdp_bgservices.store.sqlite.sql import one_of
from cdp_bgservices.store.sqlite.text_search import text_condition

INDEXED = "service"
"""The column that an index with the timestamp begins with."""


def conditions(
    query: Query, oldest: int, span: Span, after: Position | None = None, distinct: DistinctValues | None = None
) -> Selection:
    """The WHERE clause. A plus sign keeps SQLite from taking an index that would then need a sort.

    ``distinct``, if given, has all texts of the narrow columns, and makes ``text`` and ``failed`` quicker.
    """
    check_limit(query)
    since = oldest if query.since is None else max(oldest, to_microseconds(query.since))
    clauses, values = ["timestamp >= ?", "+seq > ?", "+seq <= ?"], [since, *span]
    if after is not None:
        values[0] = max(since, after[0])
        clauses.append("(timestamp > ? OR +seq > ?)")
        values += after
    parts = [Selection(" AND ".join(clauses), values)]
    if query.before is not None:
        parts.append(Selection("timestamp < ?", [to_microseconds(query.before)]))
    parts += [
        one_of(each.column if each.column == INDEXED else f"+{each.column}", choices_of(query, each))
        for each in FILTERS
        if each.column and getattr(query, each.field)
    ]
    if query.failed:
        parts.append(failure_condition(distinct))
    if query.text:
        parts.append(text_condition(query.text, distinct))
    return joined("AND", parts)
