"""Counts that are kept up to date, against counting anew."""

import random
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from cdp_bgservices.query import Query
from cdp_bgservices.store import Engine
from cdp_bgservices.store.sqlite import deletion
from cdp_bgservices.store.sqlite.listing import count
from cdp_bgservices.web.service_counts import Census
from tests.making import NOW, MovedClock, event

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


def check(database: Engine, census: Census, cursors: list[int]) -> None:
    cursors.append(database.cursor())
    for cursor in (cursors[-1], random.Random(len(cursors)).choice(cursors)):
        for query in (Query(), *(Query(services=(name,)) for name in SERVICES)):
            assert census.number(database, query, cursor) == count(database, query, cursor)
    rows = database.rows(
        "SELECT min(timestamp), max(timestamp) FROM events WHERE timestamp >= ?", [database.oldest_kept()]
    )
    assert census.span == (rows[0] if rows[0][0] is not None else None)


@given(STEPS)
def test_it_counts_what_is_there(steps: list[tuple[object, ...]]) -> None:
    clock, census, cursors, number = MovedClock(), Census(), [0], 0
    ages = random.Random(1)
    with patch.object(deletion, "DELETE_STEP", 2), TemporaryDirectory() as folder:
        database = Engine.open(Path(folder) / "events.db", clock)
        try:
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
                            check(database, census, cursors)
                    case ("prune",):
                        database.prune()
                    case "keep", int(days):
                        database.set_retention(timedelta(days=days))
                check(database, census, cursors)
        finally:
            database.close()


def test_only_what_was_deleted_before_its_time_is_a_clear(tmp_path: Path) -> None:
    clock, census = MovedClock(), Census()
    database = Engine.open(tmp_path / "events.db", clock)
    database.add([event(number, age=timedelta(days=3) - timedelta(minutes=number)) for number in range(1, 100)])
    census.update(database)
    clears = census.clears
    for _ in range(100):
        clock.move(timedelta(minutes=1))
        database.prune()
        census.update(database)
    assert (census.tallies, census.clears) == ({}, clears)
    database.close()
