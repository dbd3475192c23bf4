"""The stories of all six services in a recording of a real Chromium."""

from cdp_bgservices.stories import Lane, State, make_lanes
from tests.stories.making import by_label, names, phases, recorded


def demo() -> dict[str, Lane]:
    return by_label(recorded("demo"))


def lab() -> dict[str, Lane]:
    return by_label(recorded("lab"))


def test_a_sync_that_succeeds() -> None:
    lane = demo()["send-message"]
    assert phases(lane) == [("waiting", "ended"), ("dispatched", "succeeded")]
    assert (lane.state, lane.end) == (State.SUCCEEDED, lane.marks[-1].at)


def test_a_sync_that_waits_for_its_retry() -> None:
    lane = demo()["reject-message"]
    assert phases(lane)[1:] == [("dispatched", "failed"), ("waiting for retry (5 min)", "waiting")]
    assert (lane.state, lane.end, lane.spans[-1].end) == (State.WAITING, None, None)
    assert lane.said == "waiting for retry after 1 attempt"
    assert lane.next == lane.marks[-1].at + 300_000_000


def test_a_sync_that_fails_three_times() -> None:
    lane = lab()["reject-report"]
    assert phases(lane) == [
        ("waiting", "ended"),
        ("dispatched", "failed"),
        ("waiting for retry (1 s)", "ended"),
        ("dispatched, attempt 2", "failed"),
        ("waiting for retry (1 s)", "ended"),
        ("dispatched, attempt 3, last chance", "failed"),
    ]
    assert [mark.failure for mark in lane.marks if mark.failure] == ["waitUntil rejected"] * 3
    assert (lane.state, lane.said) == (State.FAILED, "failed after 3 attempts")


def test_a_periodic_sync_and_its_occurrence() -> None:
    lane = lab()["news"]
    assert phases(lane) == [
        ("waiting", "ended"),
        ("dispatched", "succeeded"),
        ("waiting (2 s)", "ended"),
    ]
    assert (lane.end, lane.state, lane.said) == (lane.marks[-1].at, State.ENDED, "unregistered")


def test_a_fetch_with_its_request() -> None:
    lane = demo()["song"]
    assert phases(lane) == [
        ("waiting to start", "ended"),
        ("fetching", "succeeded"),
        ("request http://localhost:41351/download/20000", "succeeded"),
    ]
    assert [span.row for span in lane.spans] == [0, 0, 1]


def test_a_fetch_that_fails_and_one_that_is_aborted() -> None:
    lanes = demo()
    assert phases(lanes["missing-269695d0"])[1][1] == phases(lanes["missing-269695d0"])[2][1] == "failed"
    aborted = lanes["aborted-2104efbf"]
    assert phases(aborted)[2][1] == "failed"
    assert aborted.spans[2].end == aborted.marks[-1].at  # Its request never completes.


def test_a_push_has_its_notification_and_the_click_on_it() -> None:
    lane = next(lane for lane in lab().values() if lane.head.service == "pushMessaging")
    assert names(lane) == [
        "Push message received",
        "Push event dispatched",
        "Notification displayed",
        "Push event completed",
        "Notification clicked",
        "Notification closed",
    ]
    assert phases(lane) == [
        ("waiting for the worker", "ended"),
        ("dispatched", "succeeded"),
        ("shown: Pushed", "ended"),
    ]
    assert (lane.state, lane.end) == (State.SUCCEEDED, lane.marks[-1].at)
    assert lane.said == "succeeded, notification clicked and closed"


def test_each_push_without_an_id_is_a_story_of_its_own() -> None:
    lanes = [lane for lane in make_lanes(recorded("demo")) if lane.head.label == "no message id"]
    assert [phases(lane) for lane in lanes] == [
        [("dispatched", "succeeded"), ("shown: Pushed", "in progress")],
        [("dispatched", "failed")],
    ]
    assert [(lane.state, lane.said) for lane in lanes] == [
        (State.SUCCEEDED, "succeeded, shown: Pushed"),
        (State.FAILED, "failed"),
    ]


def test_a_notification_that_no_push_has_shown_is_its_own() -> None:
    lane = demo()["message"]
    assert (lane.head.service, phases(lane)) == ("notifications", [("shown: New message", "ended")])
    assert (lane.state, lane.said, lane.end) == (State.ENDED, "closed", lane.marks[-1].at)


def test_a_payment_from_the_installation_of_its_handler_to_the_response() -> None:
    lane = demo()["order-ea0a6dbf"]
    assert phases(lane) == [("installing Nobody's money", "succeeded"), ("paying 7.50 EUR", "succeeded")]
    assert {mark.event.registration_id for mark in lane.marks} > {"-1"}
