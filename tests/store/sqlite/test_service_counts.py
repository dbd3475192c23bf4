"""Counts that are kept up to date, against a new count."""

import random
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from cdp_bgservices.query import Query
from cdp_bgservices.store.sqlite import deletion
from cdp_bgservices.store.sqlite.engine import SqliteEngine
from cdp_bgservices.store.sqlite.service_counts import ServiceCounts
from tests.making import NOW, MovedClock, event
from tests.store.sqlite.opening import open_sqlite

SERVICES = ("backgroundSync", "pushMessaging", "aServiceOfTomorrow")
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.sampled_from(SERVICES), st.integers(1, 30)),
        st.tuples(st.just("wait"), st.sampled_from([1, 10, 600, 3600, 86_400])),
        st.tuples(st.just("clear"), st.sampled_from([*SERVICES, ""])),
        st.tuples(st.just("clear while some come"), st.sampled_from(SERVICES)),
        st.tuples(st.just("prune")),
        st.tuples(st.just("keep"), st.sampled_from([1, 2, 3])),
    ),
    max_size=30,
)


def check(database: SqliteEngine, counts: ServiceCounts, cursors: list[int]) -> None:
    cursors.append(database.cursor())
    for cursor in (cursors[-1], random.Random(len(cursors)).choice(cursors)):
        for query in (Query(), *(Query(services=(name,)) for name in SERVICES)):
            sql, values = database.where(query, cursor)
            wanted = database.rows(f"SELECT count(*) FROM events WHERE {sql}", values)
            assert [(counts.number(database, query, cursor),)] == wanted
    rows = database.rows(
        "SELECT min(timestamp), max(timestamp) FROM events WHERE timestamp >= ?", [database.oldest_kept()]
    )
    tallies = counts.update(database).tallies.values()
    oldest = min((tally.oldest for tally in tallies), default=None)
    assert rows == [(oldest, max((tally.newest for tally in tallies), default=None))]


@given(STEPS)
def test_it_counts_what_is_there(steps: list[tuple[object, ...]]) -> None:
    clock, counts, cursors, number = MovedClock(), ServiceCounts(), [0], 0
    ages = random.Random(1)
    with (
        patch.object(deletion, "DELETE_STEP", 2),
        TemporaryDirectory() as folder,
        open_sqlite(Path(folder) / "events.db", clock) as database,
    ):
        for step in steps:
            match step:
                case "add", str(service), int(many):
                    made = []
                    for _ in range(many):
                        number += 1
                        at = NOW - clock() + timedelta(seconds=ages.choice([0, 60, 3600, 200_000, 259_100]))
                        made.append(event(number, age=at, service=service))
                    database.add(made)
                case "wait", int(seconds):
                    clock.move(timedelta(seconds=seconds))
                case "clear", str(service):
                    database.clear([service] if service else [])
                case "clear while some come", str(service):
                    for _ in database.clear_steps([service]):
                        number += 1
                        database.add([event(number, age=NOW - clock(), service=service)])
                        check(database, counts, cursors)
                case ("prune",):
                    database.prune()
                case "keep", int(days):
                    database.set_retention(timedelta(days=days))
            check(database, counts, cursors)


def test_only_what_was_deleted_before_its_time_is_a_clear(tmp_path: Path) -> None:
    clock, counts = MovedClock(), ServiceCounts()
    with open_sqlite(tmp_path / "events.db", clock) as database:
        database.add([event(number, age=timedelta(days=3) - timedelta(minutes=number)) for number in range(1, 100)])
        clears = counts.update(database).clears
        for _ in range(100):
            clock.move(timedelta(minutes=1))
            database.prune()
            counted = counts.update(database)
        assert (counted.tallies, counted.clears) == ({}, clears)
