"""The notification center: what is shown, and what a user does with it."""

import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import trio
from jeepney import message_bus
from jeepney.auth import AuthenticationError
from jeepney.io.trio import DBusConnection, Proxy, open_dbus_connection

from cdp_bgservices.errors import BrowserError, InvalidInputError
from cdp_bgservices.lab.notifications import interface
from cdp_bgservices.lab.notifications.bus import open_bus
from cdp_bgservices.lab.notifications.interface import Reason
from cdp_bgservices.lab.notifications.notification import BODY
from cdp_bgservices.lab.notifications.service import NotificationService, bus_ended
from cdp_bgservices.lab.start import Start
from cdp_bgservices.lab.values import Notification
from cdp_bgservices.tasks import only_error, open_tasks

Text = str | re.Pattern[str]
"""The exact text, or a pattern to find in it."""

NO_QUEUE = 4
"""For D-Bus: do not wait for the name if another process has it."""

CONNECT_DEADLINE = 10.0
"""Seconds."""
REFUSALS = (AuthenticationError, trio.BrokenResourceError, trio.EndOfChannel, trio.TooSlowError, OSError)
"""What jeepney raises where the bus hangs up."""


class NotificationCenter:
    """Made by :func:`open_notification_center`."""

    def __init__(self, address: str, service: NotificationService) -> None:
        self.address = address
        self.service = service
        self.start = Start(environment={"DBUS_SESSION_BUS_ADDRESS": address})
        """How to start Chromium."""

    @property
    def notifications(self) -> list[Notification]:
        """The notifications that are shown now, oldest first."""
        return sorted(self.service.shown.values(), key=lambda notification: notification.shown_at)

    def find(self, notification_id: int) -> Notification:
        """Raises InvalidInputError with the notifications that are shown, or BrowserError if the bus has ended."""
        if self.service.ended:
            raise bus_ended()
        if notification_id in self.service.shown:
            return self.service.shown[notification_id]
        shown = ", ".join(f"{each.id} ({each.title[:40]!r})" for each in self.notifications)
        raise InvalidInputError(
            f"notification {notification_id} is not shown", f"Shown now: {shown}." if shown else "None is shown now."
        )

    async def wait(
        self, title: Text | None = None, *, body: Text | None = None, origin: Text | None = None
    ) -> Notification:
        """The first notification that matches, now or later. Raises BrowserError if the bus ends."""
        if isinstance(origin, str):  # Chromium shows none of what may be around it.
            origin = origin.partition("://")[2].rstrip("/") or origin
        wanted = {"title": title, "body": body, "origin": origin}
        while True:
            for notification in self.notifications:
                if all(matches(text, getattr(notification, name)) for name, text in wanted.items()):
                    return notification
            if self.service.ended:
                raise bus_ended()
            await self.service.changed.wait()

    async def wait_closed(self, notification_id: int) -> None:
        """Wait until it is no longer shown: it was closed, or its browser has gone."""
        while notification_id in self.service.shown:
            await self.service.changed.wait()

    async def click(self, notification_id: int, action: int | str | None = None) -> None:
        """Click on it, or on a button by its position (from 0) or title. Clicking does not close it.

        Raises InvalidInputError where it is not shown, or has no such button.
        """
        notification = self.find(notification_id)
        found = None if action is None else notification.action(action)
        if action is not None and found is None:
            titles = ", ".join(f"{place} ({each.title!r})" for place, each in enumerate(notification.actions))
            raise InvalidInputError(
                f"notification {notification_id} has no action {action!r}",
                f"It has: {titles}." if titles else "It has none: click on the notification itself.",
            )
        await self.service.tell("ActionInvoked", notification_id, found.key if found else BODY)

    async def reply(self, notification_id: int, text: str) -> None:
        """Fill its reply field, and send. Raises InvalidInputError if it is not shown, or has no such field."""
        if self.find(notification_id).reply_title is None:
            raise InvalidInputError(
                f"notification {notification_id} has no field for a reply",
                'Show it with an action of {type: "text"}, or click on one of its actions.',
            )
        if "\0" in text or any("\ud800" <= char <= "\udfff" for char in text):
            raise InvalidInputError("the reply contains an invalid character", "Leave out NUL and lone surrogates.")
        await self.service.tell("NotificationReplied", notification_id, text)

    async def close(self, notification_id: int) -> None:
        """Dismiss it, as a user does. Raises InvalidInputError if it is not shown."""
        await self.remove(notification_id, Reason.DISMISSED)

    async def expire(self, notification_id: int) -> None:
        """Let it expire, without a user. Raises InvalidInputError if it is not shown."""
        await self.remove(notification_id, Reason.EXPIRED)

    async def remove(self, notification_id: int, reason: Reason) -> None:
        self.service.forget(self.find(notification_id).id)
        await self.service.tell("NotificationClosed", notification_id, reason)


def matches(wanted: Text | None, text: str) -> bool:
    if isinstance(wanted, re.Pattern):
        return wanted.search(text) is not None
    return wanted is None or wanted == text


async def connect(address: str) -> DBusConnection:
    """Raises BrowserError where the bus does not accept this user."""
    try:
        with trio.fail_after(CONNECT_DEADLINE, shield=True):  # If cancelled, jeepney leaves its socket open
            return await open_dbus_connection(address)
    except Exception as error:
        refusal = only_error(error)
        if not isinstance(refusal, REFUSALS):
            raise
        raise BrowserError(
            f"dbus-daemon does not accept this user, {os.getuid()} ({refusal})",
            "It serves only those that the system knows: give this user an account, a line in /etc/passwd.",
        ) from error


@asynccontextmanager
async def open_notification_center() -> AsyncIterator[NotificationCenter]:
    """A separate session bus with a notification center. Raises BrowserError without Linux or dbus-daemon.

    Resource handling: close the browser before the body ends, since Chromium aborts when its bus ends. The bus ends
    with the body, or a few seconds after this process is killed.
    """
    async with open_bus() as address, await connect(address) as connection:
        async with connection.router() as router:
            bus = Proxy(message_bus, router)
            await bus.AddMatch(interface.GONE_RULE)
            await bus.RequestName(interface.NAME, NO_QUEUE)
        service = NotificationService(connection)
        async with open_tasks() as tasks:
            tasks.start_soon(service.run)
            yield NotificationCenter(address, service)
