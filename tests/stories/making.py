"""Events for the tests of stories: recorded ones, and made ones."""

from pathlib import Path

import msgspec

from cdp_bgservices.delays import DELAY
from cdp_bgservices.events import Event, make_event, to_microseconds
from cdp_bgservices.failures import judge
from cdp_bgservices.identity import other_fields
from cdp_bgservices.stories import Lane, make_lanes
from cdp_bgservices.stories.numbers import ANNOUNCING, Fact

RECORDED = Path(__file__).parent / "recorded"
START = 1_795_000_000_000_000


def recorded(name: str) -> list[Event]:
    """What a real Chromium reported: ``demo`` or ``lab``, as ``demo`` and ``demo --lab`` recorded it."""
    return msgspec.json.decode(
        b"[" + b",".join((RECORDED / f"{name}.jsonl").read_bytes().splitlines()) + b"]", type=list[Event]
    )


def event(at: int, service: str, event_name: str, instance_id: str = "tag", **others: object) -> Event:
    """``at``: microseconds after START."""
    values: dict[str, object] = {
        "source": "test",
        "origin": "https://one.example/",
        "storage_key": "https://one.example/",
        "registration_id": "0",
        "metadata": {},
        "scope": "https://one.example/app/",
        "browser_context": "A",
    }
    named = {"timestamp": START + at, "service": service, "event_name": event_name, "instance_id": instance_id}
    return make_event(**{**values, **named, **others})  # type: ignore[arg-type]


def sync(at: int, event_name: str, instance_id: str = "tag", **others: object) -> Event:
    return event(at, "backgroundSync", event_name, instance_id, **others)


def push(at: int, event_name: str, instance_id: str = "m1", **others: object) -> Event:
    return event(at, "pushMessaging", event_name, instance_id, **others)


def notification(at: int, event_name: str, instance_id: str = "news", **others: object) -> Event:
    return event(at, "notifications", event_name, instance_id, **others)


def phases(lane: Lane) -> list[tuple[str, str]]:
    """Names and states of its spans."""
    return [(span.name, span.state.value) for span in lane.spans]


def names(lane: Lane) -> list[str]:
    return [mark.event.event_name for mark in lane.marks]


def by_label(events: list[Event]) -> dict[str, Lane]:
    """No two lanes of these have the same label, but for pushes without an id."""
    lanes = [lane for lane in make_lanes(events) if lane.head.label != "no message id"]
    found = {lane.head.label: lane for lane in lanes}
    assert len(found) == len(lanes)
    return found


def facts(events: list[Event]) -> list[Fact]:
    return [
        (
            to_microseconds(event.timestamp),
            event.service,
            event.event_name,
            event.instance_id,
            " ".join(getattr(event, field) for field in other_fields(event.service)),
            f"{event.source} {event.browser_context}",
            bool(judge(event).reason),
            event.metadata.get(DELAY, "") if event.event_name in ANNOUNCING else "",
        )
        for event in events
    ]
