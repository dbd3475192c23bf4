"""How a story stands, and when it ended."""

from datetime import timedelta

import pytest

from cdp_bgservices.events import Event, from_microseconds
from cdp_bgservices.stories import Lane, State, make_lanes
from tests.stories.making import START, event, notification, phases, push, sync

SECOND = 1_000_000
REJECTED = {"Failure Reason": "waitUntil rejected"}
IN_FIVE_MINUTES = {**REJECTED, "Next Attempt Delay (ms)": "300000"}
LATER = from_microseconds(START) + timedelta(hours=2)


def periodic(at: int, event_name: str, **others: object) -> Event:
    return event(at, "periodicBackgroundSync", event_name, "news", **others)


def failing(at: int = 0) -> list[Event]:
    """A sync that waits for its second attempt."""
    return [
        sync(at, "Registered sync"),
        sync(at + 1, "Dispatched sync event", metadata={"Last Chance": "No"}),
        sync(at + 2, "sync event failed", metadata=IN_FIVE_MINUTES),
    ]


def standing(lane: Lane) -> tuple[State, str, int | None]:
    """The end: after START."""
    return lane.state, lane.said, None if lane.end is None else lane.end - START


def test_a_notification_that_was_closed_has_ended() -> None:
    (lane,) = make_lanes([notification(0, "Notification displayed"), notification(9, "Notification closed")], LATER)
    assert standing(lane) == (State.ENDED, "closed", 9)
    assert phases(lane) == [("shown", "ended")]


def test_a_notification_is_shown_until_it_is_closed() -> None:
    (lane,) = make_lanes([notification(0, "Notification displayed", metadata={"Title": "Hi"})], LATER)
    assert standing(lane) == (State.IN_PROGRESS, "shown", None)
    assert phases(lane) == [("shown: Hi", "in progress")]


def test_a_notification_that_was_clicked() -> None:
    names = ("displayed", "clicked", "closed")
    (lane,) = make_lanes([notification(at, f"Notification {name}") for at, name in enumerate(names)], LATER)
    assert standing(lane) == (State.ENDED, "clicked and closed", 2)


def test_a_notification_waits_for_its_time() -> None:
    at = from_microseconds(START + 60 * SECOND).isoformat()
    (lane,) = make_lanes([notification(0, "Notification scheduled", metadata={"Show Trigger Timestamp": at})])
    assert (standing(lane), lane.next) == ((State.WAITING, "scheduled", None), START + 60 * SECOND)


def test_a_periodic_sync_waits_for_its_time_until_it_is_unregistered() -> None:
    events = [
        periodic(0, "Got next event delay", metadata={"Next Attempt Delay (ms)": "5000"}),
        periodic(1, "Registered periodicsync", metadata={"minInterval": "5000"}),
    ]
    (waiting,) = make_lanes(events, LATER)
    assert standing(waiting) == (State.WAITING, "waiting to be dispatched", None)
    assert waiting.next == START + 5 * SECOND
    events += [
        periodic(5 * SECOND, "Dispatched periodicsync event"),
        periodic(6 * SECOND, "periodicsync event completed", metadata={"Next Attempt Delay (ms)": "5000"}),
    ]
    (again,) = make_lanes(events, LATER)
    assert standing(again) == (State.WAITING, "waiting for its time", None)
    assert again.next == START + 11 * SECOND
    (over,) = make_lanes([*events, periodic(7 * SECOND, "Unregistered periodicsync")], LATER)
    assert standing(over) == (State.ENDED, "unregistered", 7 * SECOND)
    assert {state for _, state in phases(over)} == {"ended", "succeeded"}


def test_a_sync_that_failed_waits_for_what_the_log_announces() -> None:
    (lane,) = make_lanes(failing(), LATER)
    assert standing(lane) == (State.WAITING, "waiting for retry after 1 attempt", None)
    assert lane.next == START + 2 + 300 * SECOND


@pytest.mark.parametrize(("delay", "state"), [("infinite", State.FAILED), ("soon", State.WAITING)])
def test_a_sync_without_a_retry_has_failed(delay: str, state: State) -> None:
    failed = sync(2, "sync event failed", metadata={**REJECTED, "Next Attempt Delay (ms)": delay})
    (lane,) = make_lanes([*failing()[:2], failed], LATER)
    assert (lane.state, lane.next) == (state, None)
    assert lane.said == (
        "failed after 1 attempt, no retry" if delay == "infinite" else "waiting for retry after 1 attempt"
    )


def test_what_is_open_ends_with_its_browser_context() -> None:
    ending = {("test", "A"): START + 50}
    events = [
        *failing(),
        sync(5, "Registered sync", "other"),
        notification(6, "Notification displayed", "shown"),
        periodic(7, "Registered periodicsync"),
        push(8, "Push event dispatched"),
        sync(9, "Registered sync", "elsewhere", browser_context="B"),
    ]
    over = "the browser context is over"
    assert {lane.head.label: standing(lane) for lane in make_lanes(events, LATER, ending)} == {
        "tag": (State.FAILED, f"failed after 1 attempt, {over}", 50),
        "other": (State.ENDED, over, 50),
        "news": (State.ENDED, over, 50),
        "shown": (State.ENDED, over, 50),
        "m1": (State.ENDED, "its end was not recorded", 8),
        "elsewhere": (State.WAITING, "waiting to be dispatched", None),
    }


def test_a_context_that_is_over_does_not_go_on_in_another_one() -> None:
    """Although its registrations have equal ids."""
    other = sync(60, "Dispatched sync event", browser_context="B")
    assert len(make_lanes([*failing(), other], LATER, {("test", "A"): START + 50})) == 2
    assert len(make_lanes([*failing(), other], LATER)) == 1


def test_a_trigger_does_not_end_the_waiting_for_a_retry() -> None:
    by_hand = sync(100 * SECOND, "Dispatched sync event", metadata={"Last Chance": "Yes"})
    retry = [
        sync(301 * SECOND, "Dispatched sync event", metadata={"Last Chance": "No"}),
        sync(302 * SECOND, "Sync completed", metadata={"Status": "succeeded"}),
    ]
    (still,) = make_lanes([*failing(), by_hand], from_microseconds(START + 101 * SECOND))
    assert standing(still) == (State.WAITING, "waiting for retry after 1 attempt", None)
    assert still.next == START + 2 + 300 * SECOND
    (lane,) = make_lanes([*failing(), by_hand, *retry], LATER)
    assert phases(lane) == [
        ("waiting", "ended"),
        ("dispatched", "failed"),
        ("waiting for retry (5 min)", "ended"),
        ("dispatched, last chance, by a trigger, its end was not recorded", "ended"),
        ("dispatched, attempt 2", "succeeded"),
    ]
    assert [(span.begin - START, span.end and span.end - START) for span in lane.spans[2:4]] == [
        (2, 301 * SECOND),
        (100 * SECOND, 100 * SECOND),
    ]
    assert standing(lane) == (State.SUCCEEDED, "succeeded after 2 attempts", 302 * SECOND)


def test_a_trigger_before_the_first_attempt_does_not_count_as_one() -> None:
    """While it is offline, for example: only what follows shows that the first dispatch was not Chromium's."""
    events = [sync(0, "Registered sync"), sync(SECOND, "Dispatched sync event")]
    (lane,) = make_lanes(events, LATER)
    assert standing(lane) == (State.WAITING, "waiting to be dispatched", None)
    events += [sync(200 * SECOND, "Dispatched sync event"), sync(201 * SECOND, "Sync completed")]
    (lane,) = make_lanes(events, LATER)
    assert [name for name, _ in phases(lane)] == [
        "waiting",
        "dispatched, its end was not recorded",
        "waiting",
        "dispatched",
    ]
    assert lane.said == "succeeded"


def test_a_trigger_of_what_is_not_registered_has_no_length() -> None:
    events = [sync(0, "Dispatched sync event"), *failing(200 * SECOND)]
    (lane,) = make_lanes(events, LATER)
    assert (lane.spans[0].begin, lane.spans[0].name) == (lane.spans[0].end, "dispatched, its end was not recorded")
    assert [(run.state, run.said) for run in lane.runs] == [
        (State.ENDED, "its end was not recorded"),
        (State.WAITING, "waiting for retry after 1 attempt"),
    ]


def test_a_handler_that_is_debugged_takes_its_time() -> None:
    """Its limit does not count while DevTools is attached to the worker."""
    events = [*failing()[:2], sync(3600 * SECOND, "Sync completed", metadata={"Status": "succeeded"})]
    (lane,) = make_lanes(events, LATER)
    assert phases(lane)[-1] == ("dispatched", "succeeded")
    assert lane.spans[-1].end == START + 3600 * SECOND


@pytest.mark.parametrize(("seconds", "state"), [(60, State.IN_PROGRESS), (120, State.ENDED)])
def test_a_push_has_ninety_seconds(seconds: int, state: State) -> None:
    (lane,) = make_lanes([push(0, "Push event dispatched")], from_microseconds(START + seconds * SECOND))
    assert lane.state == state


def test_runs_of_a_tag() -> None:
    """The second registration shows that the first one was not tried again."""
    events = [*failing(), *failing(100), sync(200, "Sync completed", metadata={"Status": "waitUntil rejected"})]
    (lane,) = make_lanes(events, LATER)
    assert [(run.state, run.said, run.end and run.end - START) for run in lane.runs] == [
        (State.FAILED, "failed after 1 attempt, registered again", 100),
        (State.FAILED, "failed after 1 attempt", 200),
    ]
    assert [run.id for run in lane.runs] == [lane.marks[0].event.id, lane.marks[3].event.id]


def test_pushes_without_an_id_are_stories_of_their_own() -> None:
    events = [
        push(0, "Push event dispatched", ""),
        push(1, "Push event dispatched", ""),
        push(2, "Push event completed", "", metadata={"Status": "Success"}),
        push(3, "Push event completed", "", metadata={"Status": "waitUntil Rejected"}),
        push(4, "Push event completed", "", metadata={"Status": "Success"}),
    ]
    lanes = make_lanes(events, LATER)
    assert [standing(lane) for lane in lanes] == [
        (State.SUCCEEDED, "succeeded", 2),
        (State.FAILED, "failed", 3),
        (State.SUCCEEDED, "succeeded", 4),
    ]


def test_a_retry_that_chromium_passes_over_does_not_come() -> None:
    """It dispatches all syncs that are due together."""
    other = sync(400 * SECOND, "Dispatched sync event", "other")
    lane, _ = make_lanes([*failing(), other], LATER)
    assert standing(lane) == (State.FAILED, "failed after 1 attempt, not tried again", 2 + 300 * SECOND)
    soon, _ = make_lanes([*failing(), sync(301 * SECOND, "Dispatched sync event", "other")], LATER)
    assert soon.state == State.WAITING
