"""What a test asks of the lab's parts from outside trio: calls for the portal. Timeouts are in seconds."""

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import trio

from cdp_bgservices.browser.triggers import payload
from cdp_bgservices.errors import ExpectationError, InvalidInputError
from cdp_bgservices.events import Service
from cdp_bgservices.query import format_duration
from cdp_bgservices.testing.expected import Expected, Text, show
from cdp_bgservices.testing.situation import situation

if TYPE_CHECKING:
    from cdp_bgservices.lab.notifications.center import NotificationCenter
    from cdp_bgservices.lab.push import PushService
    from cdp_bgservices.lab.values import Message, Notification, Subscription
    from cdp_bgservices.testing.services import BackgroundServices

__tracebackhide__ = True  # pytest does not show the frames of this module.

Data = bytes | str | Mapping[str, object]
"""The data of a push. A mapping is sent as JSON."""


async def send(
    push_service: "PushService", subscription: Mapping[str, Any] | str, data: Data, options: Mapping[str, Any]
) -> str:
    """Send a push, and return its id. Options that are None have their defaults. Raises InvalidInputError."""
    plain = data if isinstance(data, bytes) else payload(data)
    given = {name: value for name, value in options.items() if value is not None}
    return await push_service.send(subscription, plain, **given)


async def subscriptions(push_service: "PushService") -> "list[Subscription]":
    return push_service.subscriptions


async def waiting(push_service: "PushService") -> "list[Message]":
    return push_service.waiting


async def expire_subscription(push_service: "PushService", subscription: Mapping[str, Any] | str, status: int) -> None:
    push_service.expire(subscription, status=status)


async def wait_delivered(services: "BackgroundServices", timeout: float) -> None:
    """Raises ExpectationError, which shows what occurred instead, as all the waits here do."""
    push_service = services.push_service
    with trio.move_on_after(timeout or float("inf")) as scope:
        await push_service.wait_delivered()
    if scope.cancelled_caught:
        left = len(push_service.waiting)
        raise ExpectationError(
            f"expected every push to be delivered: {left} still waited after {written(timeout)}\n"
            + await situation(services, Expected(service=Service.PUSH_MESSAGING, event_name="Push message received")),
            "Messages wait while the browser is offline; they are sent again when it connects.",
        )


async def list_notifications(center: "NotificationCenter") -> "list[Notification]":
    return center.notifications


async def wait_notification(
    services: "BackgroundServices", wanted: Mapping[str, Text | None], timeout: float
) -> "Notification":
    """Raises ExpectationError, which also lists the notifications that are shown instead."""
    center = services.notifications
    with trio.move_on_after(timeout or float("inf")):
        return await center.wait(**wanted)
    asked = ", ".join(f"{name}={show(text)}" for name, text in wanted.items() if text is not None)
    shown = "\n".join(f"  {each.id}  {each.title!r}  {each.body!r}  {each.origin}" for each in center.notifications)
    raise ExpectationError(
        f"expected a notification{f' with {asked}' if asked else ''}: it was not shown within {written(timeout)}\n\n"
        + (f"shown now:\n{shown}" if shown else "No notification is shown now.")
        + f"\n{await situation(services, displayed(wanted))}"
    )


def displayed(wanted: Mapping[str, Text | None]) -> Expected:
    """The event that comes with a notification."""
    metadata = {name.title(): text for name in ("title", "body") if (text := wanted.get(name)) is not None}
    return Expected(
        service=Service.NOTIFICATIONS,
        event_name="Notification displayed",
        origin=wanted.get("origin"),
        metadata=metadata,
    )


async def wait_closed(services: "BackgroundServices", notification_id: int, timeout: float) -> None:
    """Raises ExpectationError."""
    with trio.move_on_after(timeout or float("inf")) as scope:
        await services.notifications.wait_closed(notification_id)
    if scope.cancelled_caught:
        raise ExpectationError(
            f"expected notification {notification_id} to be closed: it was still shown after {written(timeout)}\n"
            + await situation(services, Expected(service=Service.NOTIFICATIONS, event_name="Notification closed"))
        )


async def act(services: "BackgroundServices", what: str, notification_id: int, *arguments: object) -> None:
    """``click``, ``reply``, ``close`` or ``expire``. Raises InvalidInputError. If the notification was never shown, it
    shows what occurred instead.
    """
    center = services.notifications
    try:
        await getattr(center, what)(notification_id, *arguments)
    except InvalidInputError as error:
        if notification_id in center.service.shown:
            raise
        explanation = await situation(services, displayed({}))
        raise InvalidInputError(f"{error}\n{explanation}", error.remedy) from None


def written(timeout: float) -> str:
    return format_duration(timedelta(seconds=timeout))
