"""The notification center: a program sees and clicks what Chromium shows on a desktop."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from cdp_bgservices.errors import BrowserError
from cdp_bgservices.lab.notifications.notification import Action, Notification

if TYPE_CHECKING:
    from cdp_bgservices.lab.notifications.center import NotificationCenter

__all__ = ["Action", "Notification", "open_notification_center"]


@asynccontextmanager
async def open_notification_center() -> AsyncIterator["NotificationCenter"]:
    """A separate session bus with a notification center, for browsers that are started with ``.start``.

    Resource handling: Chromium aborts when its bus ends, so open the browser within the body: it is gone before the
    bus then. The bus is gone when the body has ended, or a few seconds after we were killed.

    Raises BrowserError if dbus-daemon or jeepney is missing, or if this is not Linux.
    """
    try:
        from cdp_bgservices.lab.notifications.center import open_center
    except ModuleNotFoundError as error:
        if error.name != "jeepney":
            raise
        raise BrowserError(
            "the notification center needs the package jeepney", "Install it: pip install 'cdp-bgservices[lab]'"
        ) from error
    async with open_center() as center:
        yield center
