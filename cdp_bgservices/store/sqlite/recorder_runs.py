"""What recorders counted: for each source the numbers of the last one."""

import sqlite3
from collections.abc import Mapping

import msgspec

from cdp_bgservices.events import from_microseconds
from cdp_bgservices.store.sqlite.rows import encode_json
from cdp_bgservices.store.values import LastRun

decode_numbers = msgspec.json.Decoder(dict[str, int]).decode


def write_run(connection: sqlite3.Connection, source: str, numbers: Mapping[str, int], now: int, oldest: int) -> None:
    """In place of those before; those of sources that were last recorded before ``oldest`` go, as their events do."""
    connection.execute("DELETE FROM runs WHERE moment < ?", [oldest])
    connection.execute(
        "INSERT OR REPLACE INTO runs (source, moment, numbers) VALUES (?, ?, ?)",
        [source, now, encode_json(dict(numbers)).decode()],
    )


def read_runs(connection: sqlite3.Connection, oldest: int) -> list[LastRun]:
    """The latest first; none of before ``oldest``."""
    rows = connection.execute(
        "SELECT source, moment, numbers FROM runs WHERE moment >= ? ORDER BY moment DESC, source", [oldest]
    )
    return [
        LastRun(source=source, moment=from_microseconds(moment), numbers=decode_numbers(numbers))
        for source, moment, numbers in rows.fetchall()
    ]
