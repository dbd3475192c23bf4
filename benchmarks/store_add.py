"""How fast the store takes events: ``python -m benchmarks.store_add``.

Once with nothing else to do, once while another thread never lets Python's lock go, as a reader does that
decodes a replay; and the same with a statement a row, as ``executemany`` has it.
"""

import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.startup import make
from cdp_bgservices.events import Event, to_microseconds
from cdp_bgservices.store import Engine, open_engine
from cdp_bgservices.store.sqlite.engine import SqliteEngine
from cdp_bgservices.store.sqlite.rows import insert_statement, row_of, timestamp_of
from cdp_bgservices.store.values import utc_now

BATCH = 2_000
Add = Callable[[Engine, Sequence[Event]], object]


def main() -> None:
    for busy, count in ((False, 200_000), (True, 20_000)):
        ours = measure(lambda database, events: database.add(events), count, busy=busy)
        theirs = measure(add_by_rows, count, busy=busy)
        print(
            f"{'another thread is busy' if busy else 'nothing else to do':<24}{ours:10,.0f} events/s  "
            f"{ours / theirs:.1f} x a statement a row ({theirs:,.0f} events/s)"
        )


def measure(add: Add, count: int, *, busy: bool) -> float:
    """Events a second, in batches of BATCH."""
    first = to_microseconds(utc_now()) - count * 1_000
    events = [make(first, number) for number in range(count)]
    over = threading.Event()
    with tempfile.TemporaryDirectory() as folder, open_engine(Path(folder) / "events.db") as database:
        if busy:
            threading.Thread(target=spin, args=[over]).start()
        start = time.perf_counter()
        for position in range(0, count, BATCH):
            add(database, events[position : position + BATCH])
        duration = time.perf_counter() - start
        over.set()
    return count / duration


def add_by_rows(database: Engine, events: Sequence[Event]) -> None:
    assert isinstance(database, SqliteEngine)
    connection = database.connection
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany(insert_statement(1), [(*row_of(event, timestamp_of(event), 0), 0) for event in events])
    connection.execute("COMMIT")


def spin(over: threading.Event) -> None:
    while not over.is_set():
        pass


if __name__ == "__main__":
    main()
