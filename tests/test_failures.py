"""Which events are failures, in Chromium's own words."""

import pytest

from cdp_bgservices.events import Service
from cdp_bgservices.failures import Kind, judge
from tests.making import event


@pytest.mark.parametrize(
    ("service", "event_name", "metadata", "reason"),
    [
        ("backgroundSync", "sync event failed", {"Failure Reason": "waitUntil rejected"}, "waitUntil rejected"),
        ("backgroundSync", "Sync completed", {"Status": "timeout"}, "timeout"),
        ("backgroundSync", "sync event failed", {"Status": ""}, "sync event failed"),
        ("periodicBackgroundSync", "periodicsync event failed", {}, "periodicsync event failed"),
        ("pushMessaging", "Push event completed", {"Status": "waitUntil Rejected"}, "waitUntil Rejected"),
        ("pushMessaging", "Push message received", {"Success": "No", "Error Reason": "DECRYPTION"}, "DECRYPTION"),
        ("pushMessaging", "Push message received", {"Success": "No"}, "Success: No"),
        ("pushMessaging", "Unsubscribed due to error", {"Reason": "NO_APP_ID"}, "NO_APP_ID"),
        ("backgroundFetch", "Background Fetch completed", {"Failure Reason": "BAD_STATUS"}, "BAD_STATUS"),
        (
            "backgroundFetch",
            "Background Fetch completed",
            {"Failure Reason": "BackgroundFetchFailureReason::FETCH_ERROR"},
            "FETCH_ERROR",
        ),
        (
            "backgroundFetch",
            "Background Fetch completed",
            {"Event Type": "BackgroundFetchFailEvent"},
            "BackgroundFetchFailEvent",
        ),
        ("backgroundFetch", "Request processing completed", {"Response Status": "404"}, "Response Status: 404"),
        ("backgroundFetch", "Request processing completed", {"Response Status": "0"}, "Response Status: 0"),
        (
            "paymentHandler",
            "Install payment handler result",
            {"Payment Handler Install Success": "false"},
            "Payment Handler Install Success: false",
        ),
        ("paymentHandler", "Payment response", {"Type": "PAYMENT_EVENT_REJECT"}, "PAYMENT_EVENT_REJECT"),
        ("paymentHandler", "Update with", {"Error": "no such address"}, "no such address"),
        ("somethingNew", "Thing failed", {}, "Thing failed"),
    ],
)
def test_a_failure_says_why(service: str, event_name: str, metadata: dict[str, str], reason: str) -> None:
    failed = event(service=service, event_name=event_name, metadata=metadata)
    assert judge(failed) == (Kind.FAILED, reason)


@pytest.mark.parametrize(
    ("event_name", "metadata", "kind"),
    [
        ("Sync completed", {"Status": "succeeded"}, Kind.SUCCEEDED),
        ("Push event completed", {"Status": "Success"}, Kind.SUCCEEDED),
        ("Push message received", {"Success": "Yes", "Payload": "failed"}, Kind.SUCCEEDED),
        ("Background Fetch completed", {"Event Type": "BackgroundFetchSuccessEvent"}, Kind.SUCCEEDED),
        ("Request processing completed", {"Response Status": "206"}, Kind.SUCCEEDED),
        ("periodicsync event completed", {"Next Attempt Delay (ms)": "1"}, Kind.SUCCEEDED),
        ("Payment response", {"Type": "PaymentEventResponseType::PAYMENT_EVENT_SUCCESS"}, Kind.SUCCEEDED),
        ("Update with", {"Error": ""}, Kind.GOING_ON),
        ("Registered sync", {}, Kind.GOING_ON),
        ("Background Fetch registered", {"Start Paused": "No", "Total Requests": "1"}, Kind.GOING_ON),
        ("Notification displayed", {"Title": "sync event failed", "Body": "error"}, Kind.GOING_ON),
        ("Something new", {"Key": "No"}, Kind.GOING_ON),
    ],
)
def test_what_is_not_a_failure(event_name: str, metadata: dict[str, str], kind: Kind) -> None:
    other = event(service=Service.BACKGROUND_SYNC, event_name=event_name, metadata=metadata)
    assert judge(other) == (kind, "")
