"""The notifications on the lab's desktop; and without the lab, an emulated click."""

from cdp_bgservices.browser.emulated_click import EmulatedClick
from cdp_bgservices.lab.values import Notification
from cdp_bgservices.testing import lab_calls
from cdp_bgservices.testing.emulating import click_notification
from cdp_bgservices.testing.expected import Text
from cdp_bgservices.testing.methods.table import TIMEOUT, InContext, Methods, Milliseconds, Seen
from cdp_bgservices.testing.services import BackgroundServices

methods = Methods("notification")


@methods
async def list_(test: BackgroundServices) -> list[Notification]:
    """The notifications that are shown now, oldest first."""
    return await lab_calls.list_notifications(test.notifications)


@methods
async def wait(
    test: Seen,
    title: Text | None = None,
    body: Text | None = None,
    origin: Text | None = None,
    timeout: Milliseconds = TIMEOUT,
) -> Notification:
    """The first notification that is shown, now or later, and matches.

    Its error shows what occurred instead.
    """
    wanted = {"title": title, "body": body, "origin": origin}
    return await lab_calls.wait_notification(test, wanted, timeout / 1000)


@methods
async def wait_closed(test: Seen, id_: int, timeout: Milliseconds = TIMEOUT) -> None:
    """Wait until the user or the page has closed a notification."""
    await lab_calls.wait_closed(test, id_, timeout / 1000)


@methods
async def click(test: Seen, id_: int, action: int | str | None = None) -> None:
    """Click on a notification, or on its button with this index (from 0) or title."""
    await lab_calls.act(test, "click", id_, action)


@methods
async def reply(test: Seen, id_: int, text: str) -> None:
    """Write a text into a notification's field, and send it."""
    await lab_calls.act(test, "reply", id_, text)


@methods
async def close(test: Seen, id_: int) -> None:
    """Dismiss a notification, as a user does."""
    await lab_calls.act(test, "close", id_)


@methods
async def expire(test: Seen, id_: int) -> None:
    """Let a notification time out, as without a user."""
    await lab_calls.act(test, "expire", id_)


@methods
async def click_emulated(
    test: InContext,
    title: Text | None = None,
    body: Text | None = None,
    tag: Text | None = None,
    action: int | str | None = None,
    scope: str | None = None,
    timeout: Milliseconds = TIMEOUT,
    check: bool = True,
) -> EmulatedClick:
    """Without the lab: call the worker's handlers for a click on the first notification that is shown and matches.

    It is no user's click: ``openWindow`` and ``focus`` are refused, which the result lists. With ``check``, anything
    else that a handler throws is an error.
    """
    wanted = {"title": title, "body": body, "tag": tag}
    return await click_notification(test, wanted, action, scope=scope, timeout=timeout / 1000, check=check)
