"""The stories of all six services in a recording of a real Chromium."""

from cdp_bgservices.failures import Kind
from cdp_bgservices.stories import Lane
from tests.stories.making import by_label, names, phases, recorded


def demo() -> dict[str, Lane]:
    return by_label(recorded("demo"))


def lab() -> dict[str, Lane]:
    return by_label(recorded("lab"))


def test_a_sync_that_succeeds() -> None:
    lane = demo()["send-message"]
    assert phases(lane) == [("waiting", "going on"), ("dispatched", "succeeded")]
    assert (lane.kind, lane.end) == (Kind.SUCCEEDED, lane.marks[-1].at)


def test_a_sync_that_waits_for_its_retry() -> None:
    lane = demo()["reject-message"]
    assert phases(lane)[1:] == [("dispatched", "failed"), ("waiting for retry (5 min)", "going on")]
    assert (lane.kind, lane.end, lane.spans[-1].end) == (Kind.FAILED, None, None)


def test_a_sync_that_fails_three_times() -> None:
    lane = lab()["reject-report"]
    assert phases(lane) == [
        ("waiting", "going on"),
        ("dispatched", "failed"),
        ("waiting for retry (1 s)", "going on"),
        ("dispatched, attempt 2", "failed"),
        ("waiting for retry (1 s)", "going on"),
        ("dispatched, attempt 3, last chance", "failed"),
    ]
    assert [mark.failure for mark in lane.marks if mark.failure] == ["waitUntil rejected"] * 3


def test_a_periodic_sync_and_its_occurrence() -> None:
    lane = lab()["news"]
    assert phases(lane) == [
        ("waiting", "going on"),
        ("dispatched", "succeeded"),
        ("waiting (2 s)", "going on"),
    ]
    assert lane.end == lane.marks[-1].at


def test_a_fetch_with_its_request() -> None:
    lane = demo()["song"]
    assert phases(lane) == [
        ("waiting to start", "going on"),
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
        ("waiting for the worker", "going on"),
        ("dispatched", "succeeded"),
        ("shown: Pushed", "going on"),
    ]
    assert (lane.kind, lane.end) == (Kind.SUCCEEDED, lane.marks[-1].at)


def test_pushes_without_an_id_share_a_lane() -> None:
    lane = demo()["no message id"]
    assert phases(lane) == [
        ("dispatched", "succeeded"),
        ("shown: Pushed", "going on"),
        ("dispatched", "failed"),
    ]


def test_a_notification_that_no_push_has_shown_is_its_own() -> None:
    lane = demo()["message"]
    assert (lane.head.service, phases(lane)) == ("notifications", [("shown: New message", "going on")])


def test_a_payment_from_the_installation_of_its_handler_to_the_response() -> None:
    lane = demo()["order-ea0a6dbf"]
    assert phases(lane) == [("installing Nobody's money", "succeeded"), ("paying 7.50 EUR", "succeeded")]
    assert {mark.event.registration_id for mark in lane.marks} > {"-1"}
