"""Who follows a shared store gets every event once, however late a transaction commits, whichever server answers."""

import random
import subprocess
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest

from cdp_bgservices.events import Event, to_microseconds
from cdp_bgservices.query import Query
from cdp_bgservices.store import connect_engine
from cdp_bgservices.store.postgresql.engine import PostgresEngine
from cdp_bgservices.store.postgresql.following import Given
from cdp_bgservices.store.values import EVERYTHING, utc_now
from tests.making import event, ids
from tests.postgresql import Databases, Server, server_now, wheel_programs
from tests.store.engines import PostgresHome

DEADLINE = 30.0


class UndoneError(Exception):
    """A writer changes its mind."""


@pytest.fixture
def home(tmp_path: Path) -> PostgresHome:
    return PostgresHome(tmp_path)


@pytest.fixture
def connect(home: PostgresHome) -> Iterator[Callable[[], PostgresEngine]]:
    """Connections by the real clock, to a store that has the day."""
    with ExitStack() as opened:
        opened.enter_context(engine_at(home.shared.url)).prepare_days([recent(0)])

        def connect() -> PostgresEngine:
            return opened.enter_context(engine_at(home.shared.url))

        yield connect


@contextmanager
def engine_at(url: str) -> Iterator[PostgresEngine]:
    engine = connect_engine(url, None, utc_now)
    assert isinstance(engine, PostgresEngine)
    try:
        yield engine
    finally:
        engine.close()


def recent(number: int, source: str = "test") -> Event:
    return event(number, timestamp=to_microseconds(server_now()) - 60_000_000 + number, source=source)


class Follower:
    """It reads what is committed, and notes it."""

    def __init__(self, engine: PostgresEngine, query: Query = EVERYTHING, limit: int = 3) -> None:
        self.engine = engine
        self.query = query
        self.limit = limit
        self.cursor = engine.cursor()
        self.found: list[str] = []

    def read(self) -> list[str]:
        """All that there is now."""
        new: list[str] = []
        more = True
        while more:
            page, self.cursor, more = self.engine.committed(self.query, self.cursor, self.limit)
            new += ids(item for _, item in page)
        self.found += new
        return new

    def read_until(self, wanted: set[str]) -> None:
        deadline = threading.Event()
        timer = threading.Timer(DEADLINE, deadline.set)
        timer.start()
        while not wanted <= set(self.found):
            self.read()
            assert not deadline.is_set(), f"missed: {len(wanted - set(self.found))}"
        timer.cancel()


def test_a_late_commit_is_not_missed(connect: Callable[[], PostgresEngine]) -> None:
    slow, quick, reader = connect(), connect(), connect()
    follower = Follower(reader)
    first, second = recent(1), recent(2)
    with slow.transaction():
        slow.add([first])
        quick.add([second])
        assert follower.read() == [], "the earlier transaction may still commit"
        assert ids(reader.events()) == [second.id], "what is committed can be read at once"
    assert follower.read() == ids([first, second])


def test_what_is_rolled_back_holds_nothing_up(connect: Callable[[], PostgresEngine]) -> None:
    slow, quick, reader = connect(), connect(), connect()
    follower = Follower(reader)
    with suppress(UndoneError), slow.transaction():
        slow.add([recent(1)])
        quick.add([recent(2)])
        assert follower.read() == []
        raise UndoneError
    assert len(follower.read()) == 1


def test_a_savepoint_counts_as_its_transaction(connect: Callable[[], PostgresEngine]) -> None:
    slow, quick, reader = connect(), connect(), connect()
    follower = Follower(reader)
    undone, kept, other = recent(1), recent(2), recent(3)
    with slow.transaction():
        with suppress(UndoneError), slow.connection.transaction():
            slow.add([undone])
            raise UndoneError
        quick.add([other])
        with slow.connection.transaction():
            slow.add([kept])
        assert follower.read() == []
    assert follower.read() == ids([kept, other])


def test_many_writers_at_once(connect: Callable[[], PostgresEngine]) -> None:
    """Each holds its transactions open until another one has committed, or for a moment."""
    writers = [connect() for _ in range(4)]
    committed = threading.Event()
    wanted: set[str] = set()

    def write(engine: PostgresEngine, lane: int) -> None:
        chance = random.Random(lane)
        for turn in range(25):
            batch = [recent(lane * 10_000 + turn * 10 + number, source=f"writer {lane}") for number in range(3)]
            try:
                with engine.transaction():
                    engine.add(batch)
                    committed.clear()
                    committed.wait(chance.choice((0, 0, 0.02)))
                    if chance.random() < 0.2:
                        raise UndoneError
            except UndoneError:
                continue
            wanted.update(ids(batch))
            committed.set()

    followers = [Follower(connect(), limit=2), Follower(connect(), Query(sources=("writer 1", "writer 2")), limit=50)]
    threads = [threading.Thread(target=write, args=[engine, lane]) for lane, engine in enumerate(writers)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        for follower in followers:
            follower.read()
    everything, some = followers
    everything.read_until(wanted)
    some.read()
    assert Counter(everything.found) == Counter(wanted)
    assert Counter(some.found) == Counter(ids(everything.engine.events(some.query)))


def test_a_follower_may_stay_behind(connect: Callable[[], PostgresEngine], home: PostgresHome) -> None:
    """On several servers, a commit may be seen on one of them before another one has it."""
    lag = timedelta(milliseconds=300)
    home.shared.owner.execute(
        "UPDATE bgservices.settings SET value = %s WHERE name = 'follow_lag'", [str(int(lag.total_seconds() * 1e6))]
    )
    writer, reader = connect(), connect()
    follower = Follower(reader)
    began = utc_now()
    writer.add([given := recent(1)])
    assert follower.read() == []
    assert ids(reader.events()) == [given.id]
    follower.read_until({given.id})
    assert utc_now() - began >= lag


@pytest.fixture
def servers() -> Iterator[tuple[Server, Server]]:
    """Of one store with one event. The second server has what the first one had then."""
    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as folder:
        first, second = (Server(Path(folder) / name, wheel_programs()) for name in ("first", "second"))
        Path(folder).chmod(0o755)
        for server in (first, second):
            server.folder.mkdir()
        first.make()
        first.start()
        Databases(first)
        with engine_at(first.url("template")) as engine:
            engine.add([recent(0)])
            engine.change("UPDATE bgservices.events SET received_at = received_at - interval '1 minute'")
            engine.change("CHECKPOINT")  # The server stops as in a crash, and commits without waiting for the disk.
        first.stop()
        subprocess.run(["cp", "-a", f"{first.folder}/.", second.folder], check=True)
        first.start()
        yield first, second
        first.stop()
        second.stop()


@pytest.mark.parametrize("others", [0, 100], ids=["numbers behind", "numbers ahead"])
def test_a_server_that_takes_over_and_lacks_the_last(servers: tuple[Server, Server], others: int) -> None:
    """It lacks what was acknowledged, so recorders send it again, and it has given its numbers to others."""
    first, second = servers
    given = [recent(number) for number in range(1, 12)]
    both = f"postgresql://postgres@/template?host={first.folder},{second.folder}"
    with engine_at(both) as reader:
        follower, failed = Follower(reader), Follower(reader, Query(event_names=("Sync event failed",)))
        with engine_at(both) as writer:
            for item in given[:6]:
                writer.add([item])
            assert follower.read() == ids(given[:6])
            writer.add(given[6:8])
        first.stop()
        second.start()
        with engine_at(both) as writer:
            for _ in range(others):
                writer.change("SELECT pg_current_xact_id()")
            writer.add(given[:8])
            writer.add(given[8:10])
            assert follower.read() == ids(given[6:10])
            writer.add(given[10:])
            assert follower.read() == ids(given[10:])
            assert failed.read() == []


def test_a_connection_that_is_behind_another_one(connect: Callable[[], PostgresEngine]) -> None:
    """As it may be where followers wait for other servers, or ask replicas."""
    engine = connect()
    engine.add([recent(1)])
    ahead = engine.cursor() + 4096
    engine.memory.following.give(Given(engine.server, ahead), None, 0)
    assert engine.committed(EVERYTHING, ahead) == ([], ahead, False)


def test_a_cursor_that_another_process_had_from_a_former_server(connect: Callable[[], PostgresEngine]) -> None:
    """What it was given is not known: it gets the last minutes rather than too little."""
    engine = connect()
    engine.add([given := recent(1)])
    found, behind, _ = connect().committed(EVERYTHING, engine.cursor() + 1_000_000)
    assert ids(item for _, item in found) == [given.id]
    assert behind == engine.cursor()
