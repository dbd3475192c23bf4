"""What the lab's parts show: values, which need none of the libraries that the parts need."""

import re
from datetime import datetime

import msgspec

OF_A_PAGE = re.compile("wp:([^/]+//[^/]+)/")
"""The beginning of the app id of a page's subscription; the browser registers other things, too."""


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


class Subscription(msgspec.Struct, frozen=True):
    """A subscription of ``pushManager.subscribe()``, as a push service knows it: the page keeps the keys."""

    token: str
    """The last part of the endpoint."""
    browser: str
    """The browser's number, from its check-in."""
    app_id: str
    sender: str
    """The applicationServerKey, base64url."""
    ended: int = 0
    """The HTTP status of posts to it, once it has ended; 0 before."""

    @property
    def origin(self) -> str:
        """The page's scope; empty for a registration of the browser itself."""
        found = OF_A_PAGE.match(self.app_id)
        return found[1] if found else ""


class Message(msgspec.Struct, frozen=True):
    """A push that was accepted."""

    id: str
    """The instance id of the browser's events."""
    subscription: str
    """Its token."""
    body: bytes
    """Encrypted, as it was posted."""
    headers: dict[str, str]
    """For the decryption: ``content-encoding``, and two more with the older ``aesgcm``."""
    urgency: str
    topic: str | None
    expires_at: float
    """Seconds since 1970."""
    sequence: int = 0
    """The position in the order of acceptance; 0 for a message that is not stored."""
