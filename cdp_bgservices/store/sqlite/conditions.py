"""A query as the conditions of a WHERE clause."""

from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.events import to_microseconds
from cdp_bgservices.query import FILTERS, Filter, Query
from cdp_bgservices.store.sqlite.distinct_values import DistinctValues
from cdp_bgservices.store.sqlite.failure_filter import failure_condition
from cdp_bgservices.store.sqlite.rows import encode_json
from cdp_bgservices.store.sqlite.sql import Selection, joined, one_of
from cdp_bgservices.store.sqlite.text_search import text_condition

Position = tuple[int, int]
"""A timestamp and a seq: where a listing has come to."""
Span = tuple[int, int]
"""The seq after which events are looked at, and the last one that is."""

INDEXED = "service"
"""The column that an index with the timestamp begins with."""


def conditions(
    query: Query, oldest: int, span: Span, after: Position | None = None, distinct: DistinctValues | None = None
) -> Selection:
    """The WHERE clause. A plus sign keeps SQLite from taking an index that would then need a sort.

    ``distinct``, if given, has all texts of the narrow columns, and makes ``text`` and ``failed`` quicker.
    """
    if query.limit is not None and query.limit < 0:
        raise InvalidInputError(f"{query.limit} is not a number of events", "Write 0 or more.")
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


def choices_of(query: Query, each: Filter) -> tuple[str, ...]:
    """Of origins with and without the trailing slash."""
    choices: tuple[str, ...] = getattr(query, each.field)
    if each.column != "origin":
        return choices
    bare = [origin.rstrip("/") for origin in choices]
    return tuple(spelling for origin in bare for spelling in (origin, origin + "/"))


def check_text(value: object) -> None:
    """Raises InvalidInputError for text that no event can have, as bytes of a command line that are not UTF-8."""
    try:
        encode_json(value)
    except UnicodeEncodeError as error:
        raise InvalidInputError(f"{error.object!r} is not Unicode text", "Write it in UTF-8.") from error
