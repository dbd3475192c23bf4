"""The last days without a hole."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from cdp_bgservices.coverage.report import FRESH, gaps, report
from cdp_bgservices.coverage.values import DEFAULT, Interval, Series, State

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SYNC = "backgroundSync"


def ago(hours: float) -> datetime:
    return NOW - hours * HOUR


def interval(begin: float, end: float, state: State, detail: str = "") -> Interval:
    return Interval(context_kind=DEFAULT, service=SYNC, begin=ago(begin), end=ago(end), state=state, detail=detail)


def series(seen: float, *, armed: float | None = -72, is_over: bool = False) -> Series:
    until = None if armed is None else ago(armed)
    return Series(context_kind=DEFAULT, service=SYNC, seen_until=ago(seen), armed_until=until, is_over=is_over)


def reported(
    intervals: list[Interval], left: Series, *, since: float = 10, is_gone: bool = False
) -> list[tuple[State, float, float]]:
    """In hours ago."""
    (found,) = report(intervals, [left], ago(since), NOW, is_gone=is_gone)
    return [(each.state, (NOW - each.begin) / HOUR, (NOW - each.end) / HOUR) for each in found.intervals]


def test_before_the_first_recording_nothing_was_recorded() -> None:
    assert reported([interval(4, 0, State.LIVE)], series(0)) == [(State.NEVER_RECORDED, 10, 4), (State.LIVE, 4, 0)]


def test_what_began_earlier_is_cut() -> None:
    assert reported([interval(40, 0, State.LIVE)], series(0)) == [(State.LIVE, 10, 0)]


def test_neighbours_that_say_the_same_are_one() -> None:
    intervals = [
        interval(10, 6, State.LIVE),
        interval(6, 4, State.BROWSER),
        interval(4, 2, State.BROWSER),
        interval(2, 0, State.LIVE),
    ]
    assert reported(intervals, series(0)) == [(State.LIVE, 10, 6), (State.BROWSER, 6, 2), (State.LIVE, 2, 0)]


def test_what_one_recorder_did_not_see_another_did() -> None:
    intervals = [interval(10, 0, State.LIVE), interval(6, 4, State.CONTEXT_ENDED), interval(7, 5, State.BROWSER)]
    assert reported(intervals, series(0)) == [(State.LIVE, 10, 0)]


def test_what_came_after_the_last_recorder() -> None:
    live = [interval(10, 5, State.LIVE)]
    assert reported(live, series(5)) == [(State.LIVE, 10, 5), (State.PENDING, 5, 0)]
    assert reported(live, series(5, armed=2)) == [(State.LIVE, 10, 5), (State.PENDING, 5, 2), (State.LAPSED, 2, 0)]
    assert reported(live, series(5, armed=None)) == [(State.LIVE, 10, 5), (State.SWITCHED_OFF, 5, 0)]
    assert reported(live, series(5, is_over=True)) == [(State.LIVE, 10, 5), (State.OVER, 5, 0)]
    assert reported(live, series(5), is_gone=True) == [(State.LIVE, 10, 5), (State.OVER, 5, 0)]


def test_a_recorder_at_work_is_not_held_to_be_gone() -> None:
    fresh = FRESH / HOUR
    assert reported([interval(10, fresh, State.LIVE)], series(fresh)) == [(State.LIVE, 10, fresh)]


def test_gaps_are_what_may_be_missing() -> None:
    intervals = [interval(6, 5, State.LIVE), interval(5, 4, State.LAPSED), interval(4, 0, State.LIVE)]
    reports = report(intervals, [series(0)], ago(10), NOW)
    assert [gap.state for gap in gaps(reports)] == [State.NEVER_RECORDED, State.LAPSED]
    assert [gap.state for gap in gaps(reports, from_the_start=False)] == [State.LAPSED]
    assert gaps(reports, ["notifications"]) == []
    over = report([interval(10, 5, State.LIVE)], [series(5, is_over=True)], ago(10), NOW)
    assert gaps(over) == [], "where there is no browser, nothing happens"


hours = st.integers(-1, 12)
rows = st.builds(
    lambda begin, length, state: interval(begin, begin - length, state),
    hours,
    st.integers(1, 6),
    st.sampled_from(list(State)),
)


@given(st.lists(rows, max_size=12), st.integers(0, 11))
def test_it_has_no_hole_and_no_overlap(intervals: list[Interval], seen: int) -> None:
    found = reported(intervals, series(seen))
    assert found[0][1] == 10
    assert found[-1][2] == 0
    assert all(one[2] == next_[1] for one, next_ in pairwise(found))
    for state, begin, end in found:
        assert begin > end
        certain = [
            each for each in intervals if each.state.is_certain and each.begin < ago(end) and each.end > ago(begin)
        ]
        assert state.is_certain or not certain, "what is certain is never reported as a gap"
