"""One notification, as the call ``Notify`` describes it."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

BODY, REPLY = "default", "inline-reply"
"""Chromium's keys for a click on the notification, and for its reply field."""
OTHER_KEYS = (BODY, REPLY, "settings", "close")
"""Chromium's own button, not the page's."""
NEVER = 0
"""The expiry of a notification that stays until the user acts."""


class Action(msgspec.Struct, frozen=True):
    """A button."""

    key: str
    """Chromium's name for it; each replacement gets another one."""
    title: str


class Notification(msgspec.Struct, frozen=True, kw_only=True):
    """A notification that is shown."""

    id: int
    """The center's number. A replacement keeps it."""
    title: str
    body: str
    origin: str
    """As Chromium shows it: without http:// and https://; a long origin is shortened to its registrable domain."""
    icon: str
    """A PNG file, which exists while the notification is shown; empty without an icon."""
    actions: tuple[Action, ...]
    """The page's buttons in its order, without the one of type ``text``."""
    reply_title: str | None
    """The title of the button of type ``text``, which takes a reply; None without one."""
    reply_placeholder: str
    require_interaction: bool
    silent: bool
    app_name: str
    """Such as ``Chromium``."""
    shown_at: datetime
    """When it was shown, or was last replaced; UTC."""

    def action(self, wanted: int | str) -> Action | None:
        """The button at this position (from 0), or of this title."""
        places = list(enumerate(self.actions))
        found = [action for place, action in places if wanted in (place, action.title)]
        found += [action for place, action in places if wanted == str(place)]
        return found[0] if found else None


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
