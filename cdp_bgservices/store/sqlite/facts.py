"""Events as the counting of runs needs them.

They are read in the order of commits, which is fastest, and which is also the order of time for events of one
browser. They are read in the order of time after an import, whose order may differ, and if an index leads to a few.
"""

from cdp_bgservices.query import Query
from cdp_bgservices.store.sqlite.conditions import conditions
from cdp_bgservices.store.sqlite.database import Database
from cdp_bgservices.store.sqlite.distinct_values import DistinctValues
from cdp_bgservices.store.sqlite.failure_filter import FAILED
from cdp_bgservices.store.sqlite.identity import CONTEXT, OTHER_FIELDS
from cdp_bgservices.store.values import FactPlace
from cdp_bgservices.stories.numbers import DECIDING, ROLES, Fact

PAGE = 20_000
"""Events that are read at a time."""
NAMES = sorted({name for roles in ROLES.values() for name in roles})
COLUMNS = (
    f"timestamp, seq, service, event_name, instance_id, {OTHER_FIELDS}, {CONTEXT}, "
    f"CASE WHEN event_name IN ({', '.join('?' * len(DECIDING))}) AND {FAILED.sql} THEN 1 ELSE 0 END"
)


def read_facts(
    database: Database, query: Query, place: FactPlace, cursor: int, distinct: DistinctValues | None
) -> tuple[list[Fact], FactPlace]:
    """The next ones of those up to a cursor, and the place behind them."""
    ordered = place.position is not None
    span = (place.until, place.aim if ordered else cursor)
    where = conditions(query, place.oldest, span, place.position, distinct)
    table, order = ("events", "timestamp, seq") if ordered else ("events NOT INDEXED", "seq")
    rows = database.rows(
        f"SELECT {COLUMNS} FROM {table} WHERE {'' if ordered else 'seq > ? AND '}{where.sql} "
        f"AND event_name IN ({', '.join('?' * len(NAMES))}) ORDER BY {order} LIMIT {PAGE}",
        [*DECIDING, *FAILED.values, *([] if ordered else [place.until]), *where.values, *NAMES],
    )
    facts = [
        (at, service, name, instance, registration, context, bool(is_failure))
        for at, _, service, name, instance, registration, context, is_failure in rows
    ]
    if len(rows) < PAGE:
        position, until = None, span[1]
    else:
        position, until = (rows[-1][:2], 0) if ordered else (None, rows[-1][1])
    return facts, FactPlace(place.oldest, place.aim, position, until)
