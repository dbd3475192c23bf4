"""What is deleted gives its space back."""

from datetime import timedelta
from pathlib import Path

from cdp_bgservices.store import Pruned, open_engine
from tests.making import MovedClock, events
from tests.store.making import completed, thrown
from tests.store.sqlite.opening import open_sqlite


def test_pruning_gives_the_space_back(tmp_path: Path) -> None:
    clock, path = MovedClock(), tmp_path / "events.db"
    with open_engine(path, clock=clock) as database:
        database.add(events(20_000))
        full = database.statistics().size
        assert full == sum(file.stat().st_size for file in (path, path.with_name("events.db-wal")))
        clock.move(timedelta(days=4))
        pruned = database.prune()
        empty = database.statistics().size
    assert pruned == Pruned(events=20_000, bytes=full - empty)
    assert empty < 200_000 < 4_000_000 < full


def test_nothing_is_left_of_what_is_past_retention(tmp_path: Path) -> None:
    clock, came = MovedClock(), completed(1)
    with open_sqlite(tmp_path / "events.db", clock) as database:
        database.add([came], [thrown(1, came), thrown(2)])
        database.keep_run("one", {"received": 1})
        clock.move(timedelta(days=4))
        database.prune()
        database.keep_run("other", {})
        assert database.rows("SELECT (SELECT count(*) FROM events), (SELECT count(*) FROM thrown)") == [(0, 0)]
        assert database.rows("SELECT source FROM runs") == [("other",)]
