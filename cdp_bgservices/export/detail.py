"""One event in full, and the others of its instance."""

from collections.abc import Iterable, Sequence

import msgspec

from cdp_bgservices.events import Event
from cdp_bgservices.export.columns import fields
from cdp_bgservices.export.styles import FAILURE, Paint, plain
from cdp_bgservices.export.table import ID_LENGTH, SIGN, format_time
from cdp_bgservices.export.terminal_escape import escape_text, to_json
from cdp_bgservices.failures import judge
from cdp_bgservices.notification_details import notification_lines
from cdp_bgservices.thrown import Thrown, line_of, threw


def detail_text(
    event: Event, others: list[Event], near: Sequence[Thrown] = (), width: int | None = None, paint: Paint = plain
) -> str:
    """A field a line; an empty one is left out, and so is what cannot be known. ``width`` is that of a terminal.

    ``near`` is what the worker threw soon after it, in which handler is not certain.
    """
    rows = [
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
    reason = judge(event).reason
    text = "".join(
        paint(line, FAILURE) + "\n" for line in fields([(SIGN, reason)] if reason else [], width).splitlines()
    )
    text += fields([row for row in rows if row[1]], width)
    if event.metadata:
        text += "metadata\n" + listed((f"{key}: {value}" for key, value in event.metadata.items()), width)
    for title, thrown in (
        ("the worker threw", threw(event)),
        ("the worker threw soon after it, in which handler is not certain", near),
    ):
        text += f"{title}\n" + listed(map(line_of, thrown), width) if thrown else ""
    if lines := notification_lines(event):
        text += "notification\n" + listed(lines, width)
    if others:
        text += "other events of this instance\n" + "".join(other_line(other, paint) for other in others)
    return text


def listed(lines: Iterable[str], width: int | None) -> str:
    return fields([("", line) for line in lines], width)


def other_line(event: Event, paint: Paint) -> str:
    reason = judge(event).reason
    sign = SIGN if reason else " "
    line = f"{event.id[:ID_LENGTH]}  {format_time(event)}  {sign} {escape_text(event.event_name)}"
    return f"  {paint(line, FAILURE) if reason else line}\n"


def detail_json(event: Event, others: list[Event], near: Sequence[Thrown] = ()) -> str:
    """The event's object, with ``instance``: the other events' objects; and with ``threw_soon_after``, if there is any:
    what the worker threw soon after it, in which handler is not certain."""
    answer = {**msgspec.to_builtins(event), "instance": others}
    if near:
        answer["threw_soon_after"] = near
    return to_json(answer)
