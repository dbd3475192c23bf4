"""All six services of a real Chromium, failures too, in one command."""

from pathlib import Path

import trio

from cdp_bgservices.events import Event, Service
from tests.cli.running import run

STORIES = {
    Service.BACKGROUND_SYNC: ["Registered sync", "Dispatched sync event", "Sync completed", "sync event failed"],
    Service.PERIODIC_BACKGROUND_SYNC: [
        "Registered periodicsync",
        "Dispatched periodicsync event",
        "Unregistered periodicsync",
    ],
    Service.BACKGROUND_FETCH: [
        "Background Fetch registered",
        "Background Fetch started",
        "Request processing started",
        "Request processing completed",
        "Background Fetch completed",
    ],
    Service.NOTIFICATIONS: ["Notification displayed", "Notification closed"],
    Service.PUSH_MESSAGING: ["Push event dispatched", "Push event completed"],
    Service.PAYMENT_HANDLER: ["Install payment handler", "Payment request", "Payment response"],
}


def values(events: list[Event], event_name: str, key: str) -> set[str]:
    return {event.metadata[key] for event in events if event.event_name == event_name and key in event.metadata}


async def test_the_demo_makes_all_six_services_act_and_keeps_it(tmp_path: Path) -> None:
    store = tmp_path / "events.db"
    with trio.fail_after(90):
        shown = await run(store, "demo")
        assert shown.status == 0, shown.err
        listed = await run(store, "events", "--format", "jsonl")
    events = listed.events
    for service, names in STORIES.items():
        assert set(names) <= {event.event_name for event in events if event.service == service}, service
        assert f"  {service}  " in shown.out
    assert values(events, "Sync completed", "Status") == {"succeeded"}
    assert values(events, "sync event failed", "Failure Reason") == {"waitUntil rejected"}
    assert values(events, "Background Fetch completed", "Failure Reason") == {"BAD_STATUS", "CANCELLED_BY_DEVELOPER"}
    assert values(events, "Push event completed", "Status") == {"Success", "waitUntil Rejected"}
    installed = [event for event in events if event.event_name == "Install payment handler"]
    assert [(event.registration_id, event.scope) for event in installed] == [("-1", None)]
    assert {event.source for event in events} == {"demo"}
    assert f"{len(events)} events of 6 services, kept for three days in {store}" in shown.err
