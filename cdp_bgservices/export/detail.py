"""One event in full, and the others of its instance."""

import msgspec

from cdp_bgservices.events import Event
from cdp_bgservices.export.harmless import harmless, harmless_json
from cdp_bgservices.export.table import format_time


def detail_text(event: Event, others: list[Event]) -> str:
    """A field a line; an empty one is left out, and so is what cannot be known."""
    fields = [
        ("id", event.id),
        ("timestamp", event.timestamp.isoformat(timespec="microseconds").replace("+00:00", "Z")),
        ("service", event.service),
        ("event", event.event_name),
        ("origin", event.origin),
        ("storage key", event.storage_key),
        ("registration id", event.registration_id),
        ("scope", event.scope or "not known"),
        ("instance id", event.instance_id),
        ("source", event.source),
        ("browser context", event.browser_context),
        ("received at", "" if event.received_at is None else f"{event.received_at:%Y-%m-%dT%H:%M:%S.%fZ}"),
    ]
    text = "".join(f"{name:<18}{harmless(value)}\n" for name, value in fields if value)
    if event.metadata:
        text += "metadata\n" + "".join(
            f"  {harmless(key)}: {harmless(value)}\n" for key, value in event.metadata.items()
        )
    if others:
        text += "other events of this instance\n" + "".join(
            f"  {other.id[:8]}  {format_time(other)}  {harmless(other.event_name)}\n" for other in others
        )
    return text


def detail_json(event: Event, others: list[Event]) -> str:
    """The event's object, with ``instance``: the other events' objects."""
    answer = {**msgspec.to_builtins(event), "instance": others}
    return harmless_json(msgspec.json.format(msgspec.json.encode(answer), indent=2).decode()) + "\n"
