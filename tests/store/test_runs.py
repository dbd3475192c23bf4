"""The numbers of each source's last recorder."""

from datetime import timedelta

from cdp_bgservices.store import LastRun
from tests.making import NOW, MovedClock
from tests.store.engines import Home


def test_the_last_of_each_source_the_latest_first(home: Home) -> None:
    clock = MovedClock()
    with home.open(clock) as database:
        assert database.runs() == []
        database.keep_run("one", {"received": 1})
        database.keep_run("other ' \x1b", {"received": 2})
        clock.move(timedelta(minutes=1))
        database.keep_run("one", {"received": 3, "gaps": 1})
        assert database.runs() == [
            LastRun(source="one", moment=NOW + timedelta(minutes=1), numbers={"received": 3, "gaps": 1}),
            LastRun(source="other ' \x1b", moment=NOW, numbers={"received": 2}),
        ]


def test_they_go_with_the_events(home: Home) -> None:
    clock = MovedClock()
    with home.open(clock) as database:
        database.keep_run("one", {"received": 1})
        clock.move(timedelta(days=2))
        database.keep_run("other", {})
        clock.move(timedelta(days=1))
        assert [run.source for run in database.runs()] == ["other"]


async def test_a_recorder_s_numbers_are_seen_by_others(home: Home) -> None:
    async with home.open_store() as store:
        await store.keep_run("one", {"received": 1})
        with home.open() as database:
            assert [run.numbers for run in database.runs()] == [{"received": 1}]
