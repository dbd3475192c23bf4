"""What workers threw, as rows."""

from collections.abc import Callable, Sequence

from cdp_bgservices.events import from_microseconds, to_microseconds
from cdp_bgservices.query import Query
from cdp_bgservices.store.criteria import Selection, Span, every
from cdp_bgservices.store.postgresql.connecting import Row
from cdp_bgservices.store.postgresql.rows import unescaped
from cdp_bgservices.store.postgresql.sql import moment, one_of
from cdp_bgservices.thrown import Thrown

COLUMNS = (
    'id, source, timestamp, message, source_url, line, "column", registration_id, version_id, scope, script_url, '
    "browser_context, service, event_id, event_timestamp"
)
FILTERS = {"source": "sources", "scope": "scopes", "browser_context": "browser_contexts"}
"""Columns that a query filters, and its fields."""


def read_thrown(
    rows: Callable[[str, Sequence[object]], list[Row]], query: Query, oldest: int, span: Span, *, no_event: bool
) -> list[Thrown]:
    """Within retention and between two cursors, oldest first."""
    since = oldest if query.since is None else max(oldest, to_microseconds(query.since))
    parts = [Selection("timestamp >= %s AND seq > %s AND seq <= %s", [moment(since), *span])]
    if query.before is not None:
        parts.append(Selection("timestamp < %s", [query.before]))
    parts += [one_of(column, getattr(query, field)) for column, field in FILTERS.items() if getattr(query, field)]
    if no_event:
        parts.append(Selection("event_id IS NULL", []))
    where = every(parts)
    sql = f"SELECT {COLUMNS} FROM bgservices.thrown WHERE {where.sql} ORDER BY timestamp DESC, seq DESC LIMIT %s"
    return [thrown_of(row) for row in reversed(rows(sql, [*where.values, query.limit]))]


def thrown_of(row: Row) -> Thrown:
    """From the values of COLUMNS."""
    values = dict(zip(Thrown.__struct_fields__, row, strict=True))
    for name, value in values.items():
        if isinstance(value, str):
            values[name] = unescaped(value)
    for name in ("timestamp", "event_timestamp"):
        values[name] = None if values[name] is None else from_microseconds(values[name])
    return Thrown(**values)
