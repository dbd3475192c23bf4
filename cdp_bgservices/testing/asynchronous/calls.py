"""Calls of what runs in trio's thread; the lab's parts by such calls. Timeouts are in milliseconds; 0 is none."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from cdp_bgservices.errors import BackgroundServicesError
from cdp_bgservices.testing import lab_calls
from cdp_bgservices.testing.expected import Text
from cdp_bgservices.testing.lab_calls import Data
from cdp_bgservices.testing.portal import AsyncioWait, Portal, asyncio_wait
from cdp_bgservices.testing.services import DEFAULT_TIMEOUT, BackgroundServices

if TYPE_CHECKING:
    from cdp_bgservices.lab.network import Network
    from cdp_bgservices.lab.notifications.center import NotificationCenter
    from cdp_bgservices.lab.push import PushService
    from cdp_bgservices.lab.values import Message, Notification, Subscription

__tracebackhide__ = True  # pytest does not show the frames of this module.

T = TypeVar("T")


class AsyncioCalls:
    """The services of one test, and how their functions are called from outside trio."""

    def __init__(
        self,
        portal: Portal,
        services: BackgroundServices,
        wait: AsyncioWait = asyncio_wait,
        default_timeout: Callable[[], float] = lambda: DEFAULT_TIMEOUT,
    ) -> None:
        self.portal = portal
        self.services = services
        self.wait = wait
        self.default_timeout = default_timeout

    async def call(self, function: Callable[..., Awaitable[T]], *args: Any, **kwargs: Any) -> T:
        """Call a function in trio's thread, and wait for its result."""
        try:
            result: T = await self.wait(self.portal.submit(partial(function, *args, **kwargs)))
        except BackgroundServicesError as error:
            # The frames of the other thread do not help a reader of a failed test.
            raise error.with_traceback(None) from error.__cause__
        return result

    def seconds(self, timeout: float | None) -> float:
        return (self.default_timeout() if timeout is None else timeout) / 1000


class AsyncioPushService:
    """As :class:`~cdp_bgservices.lab.push.PushService`."""

    def __init__(self, calls: AsyncioCalls, push_service: "PushService") -> None:
        self.calls = calls
        self.push_service = push_service
        self.url = push_service.url
        """For application servers: replaces ``https://jmt17.google.com`` in an endpoint."""
        self.proxy = push_service.proxy
        """For application servers, as ``HTTPS_PROXY``: it answers for the built-in hosts."""
        self.certificate = push_service.certificate
        """PEM, for application servers to trust."""

    async def send(
        self,
        subscription: Mapping[str, Any] | str,
        data: Data = b"",
        *,
        ttl: int | None = None,
        urgency: str | None = None,
        topic: str | None = None,
    ) -> str:
        """Encrypt a message and push it, as an application server does. Returns its id, the instance id of its events.

        ``subscription`` is what ``PushSubscription.toJSON()`` gives in the page; ``ttl`` is in seconds. Raises
        InvalidInputError for a subscription that is not of this push service or has ended, and for a message that
        a push service refuses.
        """
        options = {"ttl": ttl, "urgency": urgency, "topic": topic}
        return await self.calls.call(lab_calls.send, self.push_service, subscription, data, options)

    def endpoint(self, subscription: Mapping[str, Any] | str) -> str:
        """The URL to which an application server posts, instead of the built-in host. Raises InvalidInputError."""
        return self.push_service.endpoint(subscription)

    async def expire(self, subscription: Mapping[str, Any] | str, *, status: int = 410) -> None:
        """End a subscription: posts to it are answered with 410 from now on, or with 404. The browser does not notice.
        Raises InvalidInputError.
        """
        await self.calls.call(lab_calls.expire_subscription, self.push_service, subscription, status)

    @property
    async def subscriptions(self) -> "list[Subscription]":
        """The subscriptions of pages that are still subscribed, oldest first."""
        return await self.calls.call(lab_calls.subscriptions, self.push_service)

    @property
    async def waiting(self) -> "list[Message]":
        """The messages that no browser has acknowledged yet, in the order in which they were accepted."""
        return await self.calls.call(lab_calls.waiting, self.push_service)

    async def wait_delivered(self, *, timeout: float | None = None) -> None:
        """Wait until every message has been acknowledged. Raises ExpectationError."""
        await self.calls.call(lab_calls.wait_delivered, self.calls.services, self.calls.seconds(timeout))


class AsyncioNotifications:
    """As :class:`~cdp_bgservices.lab.notifications.center.NotificationCenter`. Notifications are named by their id."""

    def __init__(self, calls: AsyncioCalls, center: "NotificationCenter") -> None:
        self.calls = calls
        self.center = center

    async def list(self) -> "Sequence[Notification]":
        """The notifications that are shown now, oldest first."""
        return await self.calls.call(lab_calls.list_notifications, self.center)

    async def wait(
        self,
        title: Text | None = None,
        *,
        body: Text | None = None,
        origin: Text | None = None,
        timeout: float | None = None,
    ) -> "Notification":
        """The first notification that is shown, now or later, and matches. Raises ExpectationError."""
        wanted = {"title": title, "body": body, "origin": origin}
        seconds = self.calls.seconds(timeout)
        return await self.calls.call(lab_calls.wait_notification, self.calls.services, wanted, seconds)

    async def wait_closed(self, notification_id: int, *, timeout: float | None = None) -> None:
        """Wait until the user or the page has closed it. Raises ExpectationError."""
        seconds = self.calls.seconds(timeout)
        await self.calls.call(lab_calls.wait_closed, self.calls.services, notification_id, seconds)

    async def click(self, notification_id: int, action: int | str | None = None) -> None:
        """Click on it, or on its button with this index (from 0) or title. Raises InvalidInputError."""
        await self.calls.call(lab_calls.act, self.calls.services, "click", notification_id, action)

    async def reply(self, notification_id: int, text: str) -> None:
        """Write a text into its field, and send it. Raises InvalidInputError."""
        await self.calls.call(lab_calls.act, self.calls.services, "reply", notification_id, text)

    async def close(self, notification_id: int) -> None:
        """Dismiss it, as a user does. Raises InvalidInputError."""
        await self.calls.call(lab_calls.act, self.calls.services, "close", notification_id)

    async def expire(self, notification_id: int) -> None:
        """Let it time out, as without a user. Raises InvalidInputError."""
        await self.calls.call(lab_calls.act, self.calls.services, "expire", notification_id)


class AsyncioNetwork:
    """As :class:`~cdp_bgservices.lab.network.Network`."""

    def __init__(self, calls: AsyncioCalls, network: "Network") -> None:
        self.calls = calls
        self.network = network

    async def offline(self) -> None:
        """Disconnect: open connections are reset. Returns once Chromium, too, is offline."""
        await self.calls.call(self.network.offline)

    async def online(self) -> None:
        """Connect again. Chromium is online one to two seconds later."""
        await self.calls.call(self.network.online)

    @property
    def is_online(self) -> bool:
        return self.network.is_online
