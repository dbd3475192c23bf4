"""The numbers of each source's last recorder."""

from datetime import timedelta
from pathlib import Path

from cdp_bgservices.store import LastRun, open_engine, open_store
from tests.making import NOW, MovedClock


def test_the_last_of_each_source_the_latest_first(tmp_path: Path) -> None:
    clock = MovedClock()
    with open_engine(tmp_path / "events.db", clock=clock) as database:
        assert database.runs() == []
        database.keep_run("one", {"received": 1})
        database.keep_run("other ' \x1b", {"received": 2})
        clock.move(timedelta(minutes=1))
        database.keep_run("one", {"received": 3, "gaps": 1})
        assert database.runs() == [
            LastRun(source="one", moment=NOW + timedelta(minutes=1), numbers={"received": 3, "gaps": 1}),
            LastRun(source="other ' \x1b", moment=NOW, numbers={"received": 2}),
        ]


def test_they_go_with_the_events(tmp_path: Path) -> None:
    clock = MovedClock()
    with open_engine(tmp_path / "events.db", clock=clock) as database:
        database.keep_run("one", {"received": 1})
        clock.move(timedelta(days=2))
        database.keep_run("other", {})
        clock.move(timedelta(days=1))
        assert [run.source for run in database.runs()] == ["other"]
        database.keep_run("other", {})
        assert database.rows("SELECT source FROM runs") == [("other",)], "and leave nothing behind"


async def test_a_recorder_s_numbers_are_seen_by_others(tmp_path: Path) -> None:
    async with open_store(tmp_path / "events.db", clock=MovedClock()) as store:
        await store.keep_run("one", {"received": 1})
        with open_engine(tmp_path / "events.db", clock=MovedClock()) as database:
            assert [run.numbers for run in database.runs()] == [{"received": 1}]
