"""The statements that read events. Each row begins with the event's seq, unless it is said otherwise."""

from cdp_bgservices.query import Query
from cdp_bgservices.store.sqlite.conditions import Position, Span, conditions
from cdp_bgservices.store.sqlite.rows import COLUMNS
from cdp_bgservices.store.sqlite.sql import Selection
from cdp_bgservices.store.values import FIND_LIMIT


def page(query: Query, oldest: int, span: Span, after: Position | None, limit: int) -> Selection:
    """The next events by timestamp, oldest first; each row is a seq and then COLUMNS.

    ``oldest`` is the earliest timestamp within retention.
    """
    where = conditions(query, oldest, span, after)
    sql = f"SELECT seq, {COLUMNS} FROM events WHERE {where.sql} ORDER BY timestamp, seq LIMIT ?"
    return Selection(sql, [*where.values, limit])


def newest(query: Query, oldest: int, span: Span, limit: int) -> Selection:
    """The newest ``limit`` events, newest first."""
    where = conditions(query, oldest, span)
    sql = f"SELECT seq, {COLUMNS} FROM events WHERE {where.sql} ORDER BY timestamp DESC, seq DESC LIMIT ?"
    return Selection(sql, [*where.values, limit])


def position(query: Query, oldest: int, span: Span, limit: int) -> Selection:
    """The position just before the newest ``limit`` events."""
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
