# Generated from cdp_bgservices/testing/asynchronous/lab.py by scripts/unasync.py: change that one.
# Generated from cdp_bgservices/testing/methods by scripts/faces.py: change those.
"""The lab's parts for programs that await nothing. Timeouts are in milliseconds; 0 is none."""

from collections.abc import Sequence
from typing import Literal

from cdp_bgservices.lab.values import Message, Notification, Subscription
from cdp_bgservices.testing.blocking.calls import BlockingLabPart
from cdp_bgservices.testing.expected import Text
from cdp_bgservices.testing.lab_calls import Data
from cdp_bgservices.testing.methods import network, notification, push_service
from cdp_bgservices.testing.methods.network import Port
from cdp_bgservices.testing.methods.push_service import GivenSubscription

__tracebackhide__ = True  # pytest does not show the frames of this module.


class BlockingNetwork(BlockingLabPart):
    """The browser's own network, in the lab; and without it, an emulated one."""

    def offline(self) -> None:
        """Disconnect: open connections are reset. Returns once Chromium, too, is offline."""
        self.call(network.offline)

    def online(self) -> None:
        """Connect again. Chromium is online one to two seconds later."""
        self.call(network.online)

    @property
    def is_online(self) -> bool:
        """Whether the network is connected."""
        return network.is_online(self.calls.services)

    def forward(self, ports: list[Port]) -> None:
        """Let the browser reach further ports of this machine, at localhost, 127.0.0.1 and [::1]."""
        self.call(network.forward, ports)


class BlockingNotifications(BlockingLabPart):
    """The notifications on the lab's desktop. Each has an id. Without the lab, an emulated click."""

    def list(self) -> Sequence[Notification]:
        """The notifications that are shown now, oldest first."""
        return self.call(notification.list_)

    def wait(
        self,
        title: Text | None = None,
        *,
        body: Text | None = None,
        origin: Text | None = None,
        timeout: float | None = None,
    ) -> Notification:
        """The first notification that is shown, now or later, and matches.

        Raises ExpectationError, which shows what occurred instead.
        """
        return self.call(notification.wait, title, body=body, origin=origin, timeout=self.calls.milliseconds(timeout))

    def wait_closed(self, notification_id: int, *, timeout: float | None = None) -> None:
        """Wait until the user or the page has closed a notification.

        Raises ExpectationError.
        """
        self.call(notification.wait_closed, notification_id, timeout=self.calls.milliseconds(timeout))

    def click(self, notification_id: int, action: int | str | None = None) -> None:
        """Click on a notification, or on its button with this index (from 0) or title.

        Raises InvalidInputError.
        """
        self.call(notification.click, notification_id, action)

    def reply(self, notification_id: int, text: str) -> None:
        """Write a text into a notification's field, and send it.

        Raises InvalidInputError.
        """
        self.call(notification.reply, notification_id, text)

    def close(self, notification_id: int) -> None:
        """Dismiss a notification, as a user does.

        Raises InvalidInputError.
        """
        self.call(notification.close, notification_id)

    def expire(self, notification_id: int) -> None:
        """Let a notification time out, as without a user.

        Raises InvalidInputError.
        """
        self.call(notification.expire, notification_id)


class BlockingPushService(BlockingLabPart):
    """The lab's push service, for application servers on this machine."""

    @property
    def url(self) -> str:
        """For application servers: replaces ``https://jmt17.google.com`` in an endpoint."""
        return push_service.url(self.calls.services)

    @property
    def proxy(self) -> str:
        """For application servers, as ``HTTPS_PROXY``: it answers for the built-in hosts."""
        return push_service.proxy(self.calls.services)

    @property
    def certificate(self) -> str:
        """PEM, for application servers to trust."""
        return push_service.certificate(self.calls.services)

    def send(
        self,
        subscription: GivenSubscription,
        data: Data = b"",
        *,
        ttl: int | None = None,
        urgency: str | None = None,
        topic: str | None = None,
    ) -> str:
        """Encrypt a message and push it, as an application server does; the instance id of its events.

        ``subscription`` is what ``PushSubscription.toJSON()`` gives in the page; ``ttl`` is in seconds. Raises
        InvalidInputError for a subscription that is not of this push service or has ended, and for a message that
        a push service refuses.
        """
        return self.call(push_service.send, subscription, data, ttl=ttl, urgency=urgency, topic=topic)

    def endpoint(self, subscription: GivenSubscription) -> str:
        """The URL to which an application server posts, instead of the built-in host.

        Raises InvalidInputError.
        """
        return push_service.endpoint(self.calls.services, subscription)

    def knows(self, subscription: GivenSubscription) -> bool:
        """Whether it is an active subscription of this push service."""
        return self.call(push_service.knows, subscription)

    def waits_for(self, subscription: GivenSubscription) -> Literal["network", "browser"] | None:
        """What a message to a subscription waits for: the lab's network, or else its browser; null if for neither."""
        return self.call(push_service.waits_for, subscription)

    def expire(self, subscription: GivenSubscription, *, status: int = 410) -> None:
        """End a subscription: posts to it are answered with 410 from now on, or with 404.

        The browser does not notice. Raises InvalidInputError.
        """
        self.call(push_service.expire, subscription, status=status)

    @property
    def subscriptions(self) -> list[Subscription]:
        """The subscriptions of pages that are still subscribed, oldest first."""
        return self.call(push_service.subscriptions)

    @property
    def waiting(self) -> list[Message]:
        """The messages that no browser has acknowledged yet, in the order in which they were accepted."""
        return self.call(push_service.waiting)

    def wait_delivered(self, *, timeout: float | None = None) -> None:
        """Wait until every message has been acknowledged.

        Raises ExpectationError.
        """
        self.call(push_service.wait_delivered, timeout=self.calls.milliseconds(timeout))
