"""The notifications on the lab's desktop. Each has an id. Without the lab, an emulated click."""

from collections.abc import Sequence

from cdp_bgservices.lab.values import Notification
from cdp_bgservices.testing import lab_calls
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


methods.of(BackgroundServices.click_notification, InContext, "click_emulated", emulated=True)
