"""A connection to PostgreSQL: as libpq makes it, with what a store needs.

Nothing is set in the session: a pooler may give it to another client afterwards. For the same reason nothing is
prepared, and no statement depends on the session's time zone.
"""

import os
from typing import Any

import psycopg
from psycopg.adapt import Loader
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import Format

from cdp_bgservices.store.location import PostgresLocation
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
LOOPBACK = ("localhost", "127.0.0.1", "::1")
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
        given = conninfo_to_dict(location.dsn)
        options: dict[str, Any] = {name: value for name, value in OPTIONS.items() if name not in given}
        options |= encryption(given)
        connection: Connection = psycopg.connect(location.dsn, autocommit=True, prepare_threshold=None, **options)
    connection.adapters.register_loader("timestamptz", Microseconds)
    connection.adapters.register_loader("uuid", HexDigits)
    return connection


def encryption(given: dict[str, Any]) -> dict[str, str]:
    """By itself, libpq goes on without encryption where a server, or who stands between, wants none. So the
    certificate is checked, unless the server is on this machine or the user says something else.
    """
    hosts = str(given.get("host") or given.get("hostaddr") or os.environ.get("PGHOST") or "localhost").split(",")
    is_near = all(host in LOOPBACK or host.startswith(("/", "@")) for host in hosts)
    said = {"sslmode", "service"} & given.keys() or {"PGSSLMODE", "PGSERVICE"} & os.environ.keys()
    if is_near or said:
        return {}
    roots = {} if "sslrootcert" in given or "PGSSLROOTCERT" in os.environ else {"sslrootcert": "system"}
    return {"sslmode": "verify-full", **roots}
