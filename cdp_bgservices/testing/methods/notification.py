"""The notifications on the lab's desktop. Each has an id. Without the lab, an emulated click."""

from collections.abc import Sequence

from cdp_bgservices.browser.emulated_click import EmulatedClick
from cdp_bgservices.lab.values import Notification
from cdp_bgservices.testing import lab_calls
from cdp_bgservices.testing.emulating import click_notification
from cdp_bgservices.testing.expected import Text
from cdp_bgservices.testing.methods.table import TIMEOUT, InContext, Methods, Milliseconds, Seen
from cdp_bgservices.testing.services import BackgroundServices

methods = Methods("notification")


@methods
async def list_(test: BackgroundServices) -> Sequence[Notification]:
    """The notifications that are shown now, oldest first."""
    return await lab_calls.list_notifications(test.notifications)


@methods
async def wait(
    test: Seen,
    title: Text | None = None,
    *,
    body: Text | None = None,
    origin: Text | None = None,
    timeout: Milliseconds = TIMEOUT,
) -> Notification:
    """The first notification that is shown, now or later, and matches.

    Raises ExpectationError, which shows what occurred instead.
    """
    wanted = {"title": title, "body": body, "origin": origin}
    return await lab_calls.wait_notification(test, wanted, timeout / 1000)


@methods
async def wait_closed(test: Seen, notification_id: int, *, timeout: Milliseconds = TIMEOUT) -> None:
    """Wait until the user or the page has closed a notification.

    Raises ExpectationError.
    """
    await lab_calls.wait_closed(test, notification_id, timeout / 1000)


@methods
async def click(test: Seen, notification_id: int, action: int | str | None = None) -> None:
    """Click on a notification, or on its button with this index (from 0) or title.

    Raises InvalidInputError.
    """
    await lab_calls.act(test, "click", notification_id, action)


@methods
async def reply(test: Seen, notification_id: int, text: str) -> None:
    """Write a text into a notification's field, and send it.

    Raises InvalidInputError.
    """
    await lab_calls.act(test, "reply", notification_id, text)


@methods
async def close(test: Seen, notification_id: int) -> None:
    """Dismiss a notification, as a user does.

    Raises InvalidInputError.
    """
    await lab_calls.act(test, "close", notification_id)


@methods
async def expire(test: Seen, notification_id: int) -> None:
    """Let a notification time out, as without a user.

    Raises InvalidInputError.
    """
    await lab_calls.act(test, "expire", notification_id)


@methods
async def click_emulated(
    test: InContext,
    title: Text | None = None,
    *,
    body: Text | None = None,
    tag: Text | None = None,
    action: int | str | None = None,
    scope: str | None = None,
    timeout: Milliseconds = TIMEOUT,
    check: bool = True,
) -> EmulatedClick:
    """Without the lab: call the worker's handlers for a click on the first notification that is shown and matches.

    It is not a user's click: ``openWindow`` and ``focus`` are refused, which the result lists. With ``check``, anything
    else that a handler throws is an error.
    """
    wanted = {"title": title, "body": body, "tag": tag}
    return await click_notification(test, wanted, action, scope=scope, timeout=timeout / 1000, check=check)
