"""One event in full, and the others of its instance."""

from collections.abc import Sequence

import msgspec

from cdp_bgservices.events import Event
from cdp_bgservices.export.columns import aligned
from cdp_bgservices.export.table import format_time
from cdp_bgservices.export.terminal_escape import escape_text, to_json
from cdp_bgservices.notification_details import notification_lines
from cdp_bgservices.thrown import Thrown, line_of, threw


def detail_text(event: Event, others: list[Event], near: Sequence[Thrown] = ()) -> str:
    """A field a line; an empty one is left out, and so is what cannot be known.

    ``near`` is what the worker threw soon after it, in which handler is not certain.
    """
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
    text = aligned([field for field in fields if field[1]])
    if event.metadata:
        text += "metadata\n" + "".join(
            f"  {escape_text(key)}: {escape_text(value)}\n" for key, value in event.metadata.items()
        )
    for title, thrown in (
        ("the worker threw", threw(event)),
        ("the worker threw soon after it, in which handler is not certain", near),
    ):
        text += f"{title}\n" + "".join(f"  {escape_text(line_of(item))}\n" for item in thrown) if thrown else ""
    if lines := notification_lines(event):
        text += "notification\n" + "".join(f"  {escape_text(line)}\n" for line in lines)
    if others:
        text += "other events of this instance\n" + "".join(
            f"  {other.id[:8]}  {format_time(other)}  {escape_text(other.event_name)}\n" for other in others
        )
    return text


def detail_json(event: Event, others: list[Event], near: Sequence[Thrown] = ()) -> str:
    """The event's object, with ``instance``: the other events' objects; and with ``threw_soon_after``, if there is any:
    what the worker threw soon after it, in which handler is not certain."""
    answer = {**msgspec.to_builtins(event), "instance": others}
    if near:
        answer["threw_soon_after"] = near
    return to_json(answer)
