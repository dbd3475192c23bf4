"""Events with what was learned of them, which stands in other tables."""

from collections.abc import Iterable
from typing import Any

import msgspec

from cdp_bgservices.store.postgresql.connecting import Row
from cdp_bgservices.store.postgresql.rows import COLUMNS, decode_details, event_of, unescaped
from cdp_bgservices.store.values import Numbered
from cdp_bgservices.thrown import DETAIL, THREW

WIDTH = COLUMNS.count(",") + 1
DETAILS = """
SELECT json_object_agg(d.key, d.value::json ORDER BY d.seq, d.key)::text
FROM bgservices.details AS d WHERE d.timestamp = e.timestamp AND d.id = e.id AND d.source = e.source
"""
THROWN = """
SELECT json_agg(json_build_array(t.message, t.source_url, t.line, t."column") ORDER BY t.seq)::text
FROM bgservices.thrown AS t WHERE t.event_timestamp = e.timestamp AND t.event_id = e.id
"""

decode_thrown = msgspec.json.Decoder(list[list[Any]]).decode


def with_details(events: str) -> str:
    """``events`` selects all columns of a few events, in an order. Here they are a seq, COLUMNS, the details, what was
    thrown, and an event's size.

    OFFSET: else the details would be looked up again for the size.
    """
    return f"""
        SELECT *, octet_length(metadata) + octet_length(instance_id) + coalesce(octet_length(scope), 0)
            + coalesce(octet_length(details), 0) AS size
        FROM (
            SELECT seq, {COLUMNS}, ({DETAILS}) AS details, ({THROWN}) AS threw FROM ({events}) AS e OFFSET 0
        ) AS e
    """


def numbered(rows: Iterable[Row]) -> list[Numbered]:
    """From the rows of ``with_details``."""
    return [(row[0], event_of(row[1 : WIDTH + 1], details_of(*row[WIDTH + 1 : WIDTH + 3]))) for row in rows]


def details_of(given: str | None, threw: str | None) -> dict[str, Any] | None:
    """Those that are there as such, and then what was thrown."""
    details = None if given is None else {unescaped(key): value for key, value in decode_details(given).items()}
    if threw is None:
        return details
    items = [
        dict(zip(DETAIL, (unescaped(message), unescaped(url), line, column), strict=True))
        for message, url, line, column in decode_thrown(threw)
    ]
    return {**(details or {}), THREW: [*(details or {}).get(THREW, []), *items]}
