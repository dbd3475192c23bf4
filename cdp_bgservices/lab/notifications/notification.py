"""One notification, as the call ``Notify`` describes it."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from cdp_bgservices.lab.values import Action, Notification

BODY, REPLY = "default", "inline-reply"
"""Chromium's keys for a click on the notification, and for its reply field."""
OTHER_KEYS = (BODY, REPLY, "settings", "close")
"""Chromium's own button, not the page's."""
NEVER = 0
"""The expiry of a notification that stays until the user acts."""


def read_notify(number: int, arguments: Sequence[object], shown_at: datetime) -> Notification:
    """From the arguments of a ``Notify`` with the right signature. Raises ValueError for invalid ones."""
    app_name, _, _, title, body, flat, hints, expiry = arguments
    assert isinstance(flat, Sequence)
    assert isinstance(hints, Mapping)
    if len(flat) % 2:
        raise ValueError("an action has no title")
    titles = dict(zip(flat[::2], flat[1::2], strict=True))
    return Notification(
        id=number,
        title=str(title),
        body=str(body),
        origin=text_of(hints, "x-kde-origin-name"),
        icon=text_of(hints, "image-path"),
        actions=tuple(Action(key, text) for key, text in titles.items() if key not in OTHER_KEYS),
        reply_title=titles.get(REPLY),
        reply_placeholder=text_of(hints, "x-kde-reply-placeholder-text"),
        require_interaction=expiry == NEVER,
        silent=hints.get("suppress-sound") == ("b", True),
        app_name=str(app_name),
        shown_at=shown_at,
    )


def text_of(hints: Mapping[str, tuple[str, object]], name: str) -> str:
    """A hint that is text; any other hint is ignored."""
    signature, value = hints.get(name, ("s", ""))
    return str(value) if signature == "s" else ""
