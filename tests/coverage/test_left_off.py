"""A service that another client switched off, and that is left off: a browser that goes away and comes back so."""

from datetime import UTC, datetime
from pathlib import Path

from cdp_bgservices.coverage.report import report
from cdp_bgservices.coverage.values import DEFAULT, Interval, State
from cdp_bgservices.store import open_engine
from tests.browser.recording import PUSH, SYNC, open_taken
from tests.scripted import open_scripted_browser
from tests.waiting import look_again


def intervals(path: Path, service: str) -> list[Interval]:
    """Since it was first recorded, of the profile."""
    with open_engine(path) as database:
        (known,) = database.coverage()
    begin = min(each.begin for each in known.intervals if (each.context_kind, each.service) == (DEFAULT, service))
    found = report(known.intervals, known.series, begin, datetime.now(UTC))
    (series,) = [each for each in found if (each.context_kind, each.service) == (DEFAULT, service)]
    return list(series.intervals)


async def test_it_is_a_gap_also_while_the_browser_is_recorded_again(tmp_path: Path) -> None:
    path, left_off = tmp_path / "events.db", set[str]()
    async with open_scripted_browser() as scripted:
        async with open_taken(path, scripted=scripted, rearm=False, left_off=left_off) as taken:
            await taken.recorder.account()
            await scripted.switch(SYNC, on=False)
            while not left_off:
                await look_again()
            await scripted.hang_up()
            await taken.browser.wait_lost()
        back = datetime.now(UTC)
        async with open_taken(path, scripted=scripted, rearm=False, left_off=left_off) as again:
            await again.recorder.account()
            assert again.recorder.statistics.gaps == 1
        found = intervals(path, SYNC)
        assert [each.state for each in found] == [State.LIVE, State.SWITCHED_OFF]
        assert found[-1].end > back
        assert [each.state for each in intervals(path, PUSH)] == [State.LIVE, State.BROWSER, State.LIVE]
        async with open_taken(path, scripted=scripted, rearm=False, left_off=left_off) as third:
            await scripted.switch(SYNC, on=True)
            while left_off:
                await look_again()
            await third.recorder.account()
    assert [each.state for each in intervals(path, SYNC)] == [State.LIVE, State.SWITCHED_OFF, State.LIVE]
