"""A connection to PostgreSQL: as libpq makes it, with what a store needs.

Nothing is set in the session: a pooler may give it to another client afterwards. For the same reason nothing is
prepared, and no statement depends on the session's time zone.
"""

from typing import Any

import psycopg
from psycopg.adapt import Loader
from psycopg.pq import Format

from cdp_bgservices.store.location import PostgresLocation
from cdp_bgservices.store.postgresql.encryption import effective, encryption
from cdp_bgservices.store.postgresql.errors import translate_errors

Row = tuple[Any, ...]
Connection = psycopg.Connection[Row]

OPTIONS = {
    "connect_timeout": "10",
    "fallback_application_name": "cdp-bgservices",
    # A server that is gone without a word is noticed within half a minute.
    "keepalives_idle": "30",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
}
"""What libpq is given where the user says nothing else; its times are in seconds, the last one in milliseconds."""
EPOCH = 946_684_800_000_000
"""PostgreSQL counts from the beginning of 2000; this are the microseconds from ours to that."""


class Microseconds(Loader):
    """A timestamptz as microseconds since the Unix epoch, exactly, whatever the session's time zone."""

    format = Format.BINARY

    def load(self, data: Any) -> int:
        return int.from_bytes(data, signed=True) + EPOCH


class HexDigits(Loader):
    """A uuid as 32 hex digits."""

    format = Format.BINARY

    def load(self, data: Any) -> str:
        return bytes(data).hex()


def connect(location: PostgresLocation) -> Connection:
    """Every statement is a transaction of its own, if it is in no other. Raises StoreError."""
    with translate_errors(location.name):
        asked = effective(location.dsn)
        options: dict[str, Any] = {name: value for name, value in OPTIONS.items() if name not in asked}
        options |= encryption(location.dsn, asked)
        connection: Connection = psycopg.connect(location.dsn, autocommit=True, prepare_threshold=None, **options)
    connection.adapters.register_loader("timestamptz", Microseconds)
    connection.adapters.register_loader("uuid", HexDigits)
    return connection
