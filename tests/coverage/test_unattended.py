"""The report of the time without an attached recorder."""

from datetime import UTC, datetime, timedelta

import pytest

from cdp_bgservices.coverage.unattended import Loss, losses, missed
from cdp_bgservices.coverage.values import DEFAULT, OTHER, Series, State, Tail

LEFT = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def series(*, lapses: timedelta | None = 72 * HOUR, kind: str = DEFAULT, is_over: bool = False) -> Series:
    return Series(
        context_kind=kind,
        service="backgroundSync",
        seen_until=LEFT,
        armed_until=None if lapses is None else LEFT + lapses,
        is_over=is_over,
    )


def reported(
    series: Series, hours: float, *, was_recording: bool = True, loss: Loss | None = None
) -> list[tuple[object, ...]]:
    """State, first and last hour since it was left, and detail."""
    intervals = missed(series, was_recording=was_recording, until=LEFT + hours * HOUR, loss=loss)
    assert all(
        (interval.context_kind, interval.service) == (series.context_kind, series.service) for interval in intervals
    )
    return [
        (interval.state, (interval.begin - LEFT) / HOUR, (interval.end - LEFT) / HOUR, interval.detail)
        for interval in intervals
    ]


def test_the_browser_recorded_by_itself() -> None:
    assert reported(series(), 10) == [(State.BROWSER, 0, 10, "")]


def test_it_lapsed_unattended_whatever_the_browser_says() -> None:
    for was_recording in (True, False):
        found = reported(series(), 100, was_recording=was_recording)
        assert found == [(State.BROWSER, 0, 72, ""), (State.LAPSED, 72, 100, "")]


def test_it_had_lapsed_before_it_was_left() -> None:
    assert reported(series(lapses=-HOUR), 10) == [(State.LAPSED, 0, 10, "")]


def test_a_client_switched_it_off() -> None:
    assert reported(series(), 10, was_recording=False) == [(State.SWITCHED_OFF, 0, 10, "")]


@pytest.mark.parametrize("was_recording", [True, False])
def test_it_was_off_when_it_was_left(was_recording: bool) -> None:
    assert reported(series(lapses=None), 10, was_recording=was_recording) == [(State.SWITCHED_OFF, 0, 10, "")]


@pytest.mark.parametrize("state", [State.CLEARED, State.UNREGISTERED])
def test_what_the_browser_recorded_was_lost_again(state: State) -> None:
    assert reported(series(), 10, loss=(state, "why")) == [(state, 0, 10, "why")]
    assert reported(series(), 80, loss=(state, "why")) == [(state, 0, 72, "why"), (State.LAPSED, 72, 80, "")]


def test_other_contexts_may_have_come_and_gone() -> None:
    assert reported(series(kind=OTHER), 10) == [(State.CONTEXT_ENDED, 0, 10, "")]


def test_a_new_profile_of_the_same_name() -> None:
    assert reported(series(is_over=True), 10, was_recording=False) == [(State.NEVER_RECORDED, 0, 10, "")]


@pytest.mark.parametrize("hours", [0, -1])
def test_two_recorders_at_once_leave_nothing_between_them(hours: float) -> None:
    assert reported(series(), hours) == []


def test_why_a_replay_did_not_have_what_it_should() -> None:
    def tail(service: str, number: str) -> Tail:
        return Tail(service=service, registration_id=number, timestamp=LEFT, scope=f"http://host/{number}/")

    registered = {"1": None}
    assert losses([], registered) == {}
    assert losses([tail("push", "1")], registered) == {"push": (State.CLEARED, "")}
    assert losses([tail("push", "2")], registered) == {"push": (State.UNREGISTERED, "http://host/2/")}
    for tails in ([tail("push", "1"), tail("push", "2")], [tail("push", "2"), tail("push", "1")]):
        assert losses(tails, registered) == {"push": (State.CLEARED, "")}
