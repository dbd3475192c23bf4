"""What PostgreSQL makes of what is added: days, refusals, and recorders that get in each other's way."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import msgspec
import pytest

from cdp_bgservices.errors import RefusedError, StoreError
from cdp_bgservices.events import Event, from_microseconds, to_microseconds
from cdp_bgservices.query import Query
from cdp_bgservices.store import Added, Engine
from cdp_bgservices.store.postgresql.rights import RECORDER, grants
from tests.making import NOW, MovedClock, event, events, ids
from tests.store.engines import PostgresHome
from tests.store.making import completed, thrown
from tests.store.test_redaction import push

WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'bgservices.events'::regclass"


def day_names(home: PostgresHome) -> list[str]:
    rows = home.shared.owner.execute(
        "SELECT relname FROM pg_inherits JOIN pg_class ON oid = inhrelid "
        "WHERE inhparent = 'bgservices.events'::regclass ORDER BY 1"
    )
    return [name.removeprefix("events_") for (name,) in rows]


def test_texts_come_back_whatever_a_page_puts_into_them(database: Engine) -> None:
    texts = ["\0", "\1", "\1\2", "\0\1\0", "a\0b", "\\0", "'", "%s", "😀", "\ufffe", "\x7f"]
    given = [
        event(number, instance_id=text, scope=text, event_name=text, metadata={text: text}, storage_key=text)
        for number, text in enumerate(texts)
    ]
    database.add(given, [thrown(1, message="\0\1", scope="\0")])
    for before, after in zip(given, database.events(), strict=True):
        assert (after.instance_id, after.scope, after.metadata) == (before.instance_id, before.scope, before.metadata)
    assert [found.id for found in database.events(Query(instance_ids=("\0",)))] == [given[0].id]
    assert [(each.message, each.scope) for each in database.thrown()] == [("\0\1", "\0")]


def test_texts_keep_their_order(database: Engine) -> None:
    texts = ["", "\0", "\0\0", "\0\1", "\0a", "\1", "\1\0", "\1\2", "\2", "a", "\\", "é"]
    database.add([event(number, instance_id=text) for number, text in enumerate(texts)])
    listing = database.listing(Query(), "instance", database.cursor())
    assert [found.instance_id for _, found in database.page(listing, 0, 20)] == sorted(texts)


def test_an_event_that_can_never_be_stored_is_refused(database: Engine) -> None:
    bad = event(1, source="".join(chr(0x4E00 + number) for number in range(9000)))  # Too long for an index.
    with pytest.raises(RefusedError):
        database.add([event(0), bad, event(2)])
    assert list(database.events()) == [], "all or nothing"
    assert database.add([event(0), event(2)]).stored == 2


def test_a_page_s_long_texts_are_stored(database: Engine) -> None:
    long = "".join(chr(0x4E00 + number % 20_000) for number in range(200_000))
    given = event(instance_id=long, metadata={"Payload": long})
    database.add([given])
    assert ids(database.events(Query(instance_ids=(long,)))) == [given.id]


def test_more_than_a_transaction_takes(database: Engine) -> None:
    given = events(8000)
    errors = [thrown(number, given[-1]) for number in range(1200)]
    assert database.add(given[::-1], errors) == Added(stored=8000, known=0, too_old=0)
    committed = database.committed(Query(), 0, 10_000)
    assert [found.id for _, found in committed.events] == ids(given[::-1])
    assert [each.id for each in database.thrown()] == [each.id for each in errors]
    assert database.add(given) == Added(stored=0, known=8000, too_old=0)


def test_days_are_made_as_they_are_needed(home: PostgresHome, database: Engine, clock: MovedClock) -> None:
    database.set_retention(timedelta(days=36_500))
    before = day_names(home)
    database.add([event(age=timedelta(days=400)), event(age=timedelta(days=40))])
    assert set(day_names(home)) - set(before) <= {"20251017", "20261012", "20261121", "20261122", "20261123"}
    clock.move(timedelta(days=30))
    assert database.add([event(timestamp=to_microseconds(clock()))]).stored == 1
    assert len(list(database.events())) == 3


@pytest.mark.parametrize("ahead", [timedelta(days=2), timedelta(days=2, microseconds=1), timedelta(days=30_000)])
def test_a_clock_that_is_ahead(database: Engine, ahead: timedelta) -> None:
    given = event(timestamp=to_microseconds(NOW + ahead))
    if ahead <= timedelta(days=2):
        assert database.add([given]).stored == 1
    else:
        with pytest.raises(RefusedError, match="clock is ahead"):
            database.add([given])


def test_who_adds_the_same_in_another_order_never_waits_in_a_circle(home: PostgresHome, clock: MovedClock) -> None:
    given = [event(number * 7 % 300) for number in range(300)]
    starts = threading.Barrier(4)

    def add(batches: list[list[Event]]) -> int:
        with home.open(clock) as engine:
            starts.wait()
            return sum(engine.add(batch).stored for batch in batches)

    batches = [given[start : start + 30] for start in range(0, 300, 30)]
    turned = [batch[::-1] for batch in batches]
    mixed = [batch[::2] + batch[1::2] for batch in batches]
    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(add, [batches, batches[::-1], turned, mixed])) == 300
    sql = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    assert home.shared.owner.execute(sql).fetchall() == [(0,)]


def test_all_come_over_midnight_at_once(home: PostgresHome, clock: MovedClock) -> None:
    with home.open(clock):
        pass
    clock.move(timedelta(days=20))
    starts = threading.Barrier(4)

    def add(number: int) -> int:
        with home.open(clock) as engine:
            starts.wait()
            return engine.add([event(number, timestamp=to_microseconds(clock()) + number)]).stored

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(add, range(4))) == 4


def test_redaction_that_is_switched_on_in_between_holds_for_what_is_added(home: PostgresHome, database: Engine) -> None:
    """Between the look at the settings and the events, which wait for a lock."""
    with ThreadPoolExecutor(1) as threads, home.open() as other:
        with home.shared.owner.transaction():
            home.shared.owner.execute("LOCK TABLE bgservices.events")
            adding = threads.submit(database.add, [push(0)])
            while home.shared.owner.execute(WAITING).fetchone() == (0,):
                time.sleep(0.01)
            other.set_redaction(True)
        assert adding.result().stored == 1
    assert [found.metadata["Payload"][:9] for found in database.events()] == ["redacted:"]


@pytest.fixture
def recorder(home: PostgresHome, clock: MovedClock, database: Engine) -> Iterator[Engine]:
    """As a role that may only add."""
    owner = home.shared.owner
    owner.execute("CREATE ROLE only_adds LOGIN")
    for statement in grants(RECORDER, ["only_adds"]):
        owner.execute(statement)
    with home.connected(home.shared.url.replace("postgres@", "only_adds@"), clock) as engine:
        yield engine
    owner.execute("DROP OWNED BY only_adds; DROP ROLE only_adds")


def test_who_may_only_add_needs_to_read_nothing(recorder: Engine, database: Engine) -> None:
    """What has to be looked up is looked up by functions of the schema."""
    database.set_redaction(True)
    first = completed(1)
    detailed = msgspec.structs.replace(event(2), details={"more": 1})
    assert recorder.add([push(0), detailed, first], [thrown(1, first)]).stored == 3
    assert recorder.add([push(0), event(2)]).known == 2
    database.set_redaction(False)
    assert recorder.add([push(0), push(1)]).stored == 1
    assert [(each.event_id, each.service) for each in database.thrown()] == [(first.id, first.service)]
    assert {"more": 1} in [found.details for found in database.events()]
    for ask in (lambda: list(recorder.events()), recorder.clear, lambda: recorder.set_redaction(True)):
        with pytest.raises(StoreError, match="does not let this role"):
            ask()
    recorder.prune()


def test_the_server_s_clock_decides(home: PostgresHome, clock: MovedClock) -> None:
    """That of this machine is a day behind: what it takes for young is past retention."""
    old, young = event(age=timedelta(days=2, hours=23)), event(age=timedelta(days=1))
    here = MovedClock(NOW)
    with home.open(here) as engine:
        home.shared.set_clock(NOW + timedelta(days=1))
        assert engine.add([old, young]) == Added(stored=1, known=0, too_old=1)
        assert engine.clock() == NOW + timedelta(days=1)
        assert from_microseconds(engine.oldest_kept() - 1) == NOW - timedelta(days=2)
        home.shared.set_clock(NOW + timedelta(milliseconds=900))
        assert engine.add([young]).known == 1
        assert engine.clock() == NOW, "less than a second does not count"
