"""What is known of recording: by what the browser answers and tells, and by the clock on the wall."""

from datetime import UTC, datetime, timedelta

from cdp_bgservices.coverage.values import DEFAULT, Interruption, Sighting, State
from cdp_bgservices.protocol.arming import RECORDING_LAPSES, Arming

SYNC, PUSH = "backgroundSync", "pushMessaging"


def sight(arming: Arming) -> dict[str, Sighting]:
    return {each.service: each for each in arming.sightings((SYNC, PUSH), "context", DEFAULT, is_observed=True)}


def interruptions(arming: Arming, service: str = SYNC) -> list[tuple[State, bool]]:
    """And whether each is over."""
    return [(each.state, each.end is not None) for each in sight(arming)[service].interruptions]


def test_a_service_that_was_found_off_records_from_when_it_was_switched_on() -> None:
    arming, before = Arming(), datetime.now(UTC)
    arming.note_state(SYNC, is_recording=False)
    found = sight(arming)[SYNC]
    assert (found.was_recording, found.recording_since, found.armed_until) == (False, None, None)
    arming.note_state(SYNC, is_recording=True)
    arming.note_armed(SYNC)
    found = sight(arming)[SYNC]
    assert found.recording_since is not None
    assert before <= found.recording_since <= datetime.now(UTC)
    assert found.armed_until == found.recording_since + RECORDING_LAPSES
    assert not found.was_recording
    assert not found.interruptions


def test_a_service_that_was_found_on_records_since_then() -> None:
    arming = Arming()
    arming.note_state(SYNC, is_recording=True)
    since = sight(arming)[SYNC].recording_since
    arming.note_armed(SYNC)
    assert sight(arming)[SYNC].recording_since == since


def test_of_a_service_that_the_browser_does_not_have_nothing_is_said() -> None:
    arming = Arming()
    arming.note_state(SYNC, is_recording=True)
    assert set(sight(arming)) == {SYNC}


def test_what_continues_is_reported_again_and_what_is_over_once() -> None:
    arming = Arming()
    arming.note_state(SYNC, is_recording=True)
    arming.note_armed(SYNC)
    assert arming.note_state(SYNC, is_recording=False)
    for _ in range(2):
        assert interruptions(arming) == [(State.SWITCHED_OFF, False)]
        assert sight(arming)[SYNC].armed_until is None
    assert not arming.note_state(SYNC, is_recording=True)
    assert interruptions(arming) == [(State.SWITCHED_OFF, True)]
    assert interruptions(arming) == []


def test_it_was_switched_off_while_it_was_not_observed() -> None:
    arming = Arming()
    arming.note_state(SYNC, is_recording=True)
    arming.note_armed(SYNC)
    arming.unobserved_since = lost_at = datetime.now(UTC) - timedelta(seconds=5)
    arming.note_state(SYNC, is_recording=False)
    assert sight(arming)[SYNC].interruptions == (Interruption(begin=lost_at, end=None, state=State.SWITCHED_OFF),)


def test_it_lapsed_while_the_computer_slept() -> None:
    """Chromium says nothing then; the first event after it is lost, and only that is reported."""
    for is_reported in (True, False):
        arming = Arming()
        arming.note_state(SYNC, is_recording=True)
        arming.note_armed(SYNC)
        arming.armed_until[SYNC] = lapsed_at = datetime.now(UTC) - timedelta(hours=1)
        assert arming.due(timedelta(hours=12)) == {SYNC}
        if is_reported:
            arming.note_state(SYNC, is_recording=False)
            arming.note_state(SYNC, is_recording=True)
        arming.note_armed(SYNC)
        (reported,) = sight(arming)[SYNC].interruptions
        assert (reported.state, reported.begin) == (State.LAPSED, lapsed_at)
        assert reported.end is not None
        assert reported.end > lapsed_at + timedelta(minutes=59)


def test_renewing_is_due_by_the_wall_clock() -> None:
    arming = Arming()
    arming.note_armed(SYNC)
    arming.note_armed(PUSH)
    assert arming.due(timedelta(hours=12)) == set()
    arming.armed_until[PUSH] -= timedelta(hours=12)
    assert arming.due(timedelta(hours=12)) == {PUSH}


def test_a_context_that_ended_unread() -> None:
    arming = Arming()
    arming.note_ended_unread(SYNC)
    (reported,) = sight(arming)[SYNC].interruptions
    assert (reported.state, reported.begin) == (State.CONTEXT_ENDED, arming.created_at)
