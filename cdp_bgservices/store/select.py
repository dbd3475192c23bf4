"""A Query as SQL. Values are always parameters."""

from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.events import to_microseconds
from cdp_bgservices.query import Query
from cdp_bgservices.store.clauses import Selection, joined, one_of
from cdp_bgservices.store.failing import failing
from cdp_bgservices.store.rows import COLUMNS
from cdp_bgservices.store.searching import containing
from cdp_bgservices.store.words import Words

FIND_LIMIT = 50
"""More candidates than anybody reads."""

Position = tuple[int, int]
"""A timestamp and a seq: where a listing has come to."""


Span = tuple[int, int]
"""The seq after which events are looked at, and the last one that is."""


def page(query: Query, oldest: int, span: Span, after: Position | None, limit: int) -> Selection:
    """The next events by timestamp, oldest first; each row is a seq and then COLUMNS.

    ``oldest`` is the earliest timestamp within retention.
    """
    where = conditions(query, oldest, span, after)
    sql = f"SELECT seq, {COLUMNS} FROM events WHERE {where.sql} ORDER BY timestamp, seq LIMIT ?"
    return Selection(sql, [*where.values, limit])


def newest(query: Query, oldest: int, span: Span, limit: int) -> Selection:
    """The newest so many, newest first."""
    where = conditions(query, oldest, span)
    sql = f"SELECT seq, {COLUMNS} FROM events WHERE {where.sql} ORDER BY timestamp DESC, seq DESC LIMIT ?"
    return Selection(sql, [*where.values, limit])


def position(query: Query, oldest: int, span: Span, limit: int) -> Selection:
    """The position just before the newest so many."""
    where = conditions(query, oldest, span)
    order = "ORDER BY timestamp DESC, seq DESC LIMIT 1 OFFSET ?"
    sql = f"SELECT timestamp, seq FROM events WHERE {where.sql} {order}"
    return Selection(sql, [*where.values, limit])


def committed(query: Query, oldest: int, after: int, last: int, limit: int) -> Selection:
    """The next events in the order of their commits. Other indexes would need a sort."""
    where = conditions(query, oldest, (after, last))
    sql = (
        f"SELECT seq, {COLUMNS} FROM events NOT INDEXED WHERE seq > ? AND seq <= ? AND {where.sql} ORDER BY seq LIMIT ?"
    )
    return Selection(sql, [after, last, *where.values, limit])


def detailed(query: Query, oldest: int, after: int, last: int) -> Selection:
    """Events up to the seq ``after``, to which something belongs that was thrown and committed up to ``last``."""
    where = conditions(query, oldest, (0, after))
    sql = (
        f"SELECT seq, {COLUMNS} FROM events WHERE (timestamp, id) IN (SELECT event_timestamp, event_id FROM thrown "
        f"WHERE seq > ? AND seq <= ? AND event_id IS NOT NULL) AND {where.sql} ORDER BY seq"
    )
    return Selection(sql, [after, last, *where.values])


def by_id(prefix: str, oldest: int) -> Selection:
    """Those whose id begins so; each row is COLUMNS. Ids are hex digits, and g comes after those."""
    where = "id >= ? AND id < ? AND timestamp >= ? ORDER BY id"
    sql = f"SELECT {COLUMNS} FROM events WHERE {where} LIMIT {FIND_LIMIT}"
    return Selection(sql, [prefix, prefix + "g", oldest])


def conditions(
    query: Query, oldest: int, span: Span, after: Position | None = None, words: Words | None = None
) -> Selection:
    """The WHERE clause. A plus sign keeps SQLite from taking an index that would then need a sort.

    ``words``, if given, has all texts of the narrow columns, and makes ``text`` and ``failed`` quicker.
    """
    if query.limit is not None and query.limit < 0:
        raise InvalidInputError(f"{query.limit} is no number of events", "Write 0 or more.")
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
        one_of(column, choices)
        for column, choices in (
            ("service", query.services),
            ("+event_name", query.event_names),
            ("+origin", both_spellings(query.origins)),
            ("+scope", query.scopes),
            ("+instance_id", query.instance_ids),
            ("+source", query.sources),
            ("+browser_context", query.browser_contexts),
        )
        if choices
    ]
    if query.failed:
        parts.append(failing(words))
    if query.text:
        parts.append(containing(query.text, words))
    return joined("AND", parts)


def both_spellings(origins: tuple[str, ...]) -> tuple[str, ...]:
    """With and without the trailing slash."""
    bare = [origin.rstrip("/") for origin in origins]
    return tuple(spelling for origin in bare for spelling in (origin, origin + "/"))
