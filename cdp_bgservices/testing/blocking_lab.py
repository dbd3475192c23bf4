"""The parts of the lab for programs that await nothing. Timeouts are in milliseconds; 0 is none."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cdp_bgservices.testing import lab_calls
from cdp_bgservices.testing.expected import Text
from cdp_bgservices.testing.lab_calls import Data

if TYPE_CHECKING:
    from cdp_bgservices.lab.network import Network
    from cdp_bgservices.lab.notifications.center import NotificationCenter
    from cdp_bgservices.lab.notifications.notification import Notification
    from cdp_bgservices.lab.push import Message, PushService, Subscription
    from cdp_bgservices.testing.blocking import BlockingBackgroundServices

__tracebackhide__ = True
"""pytest shows a failed test, and none of the frames here."""


class BlockingPushService:
    """As :class:`~cdp_bgservices.lab.push.PushService`."""

    def __init__(self, services: "BlockingBackgroundServices", push_service: "PushService") -> None:
        self.services = services
        self.push_service = push_service
        self.url = push_service.url
        """For application servers: what takes the place of ``https://jmt17.google.com`` in an endpoint."""
        self.proxy = push_service.proxy
        """For application servers: answers for the built-in hosts. HTTPS_PROXY."""
        self.certificate = push_service.certificate
        """PEM, for application servers to trust."""

    def send(
        self,
        subscription: Mapping[str, Any] | str,
        data: Data = b"",
        *,
        ttl: int | None = None,
        urgency: str | None = None,
        topic: str | None = None,
    ) -> str:
        """Encrypt it and push it, as an application server does; the message's id, which is its events' instance id.

        ``subscription`` is what ``PushSubscription.toJSON()`` gives in the page; ``ttl`` is in seconds. Raises
        InvalidInputError for a subscription that is not ours or is over, and for what no push service takes.
        """
        options = {"ttl": ttl, "urgency": urgency, "topic": topic}
        sent: str = self.services.call(lab_calls.send, self.push_service, subscription, data, options)
        return sent

    def endpoint(self, subscription: Mapping[str, Any] | str) -> str:
        """Where an application server posts to, instead of to the built-in host. Raises InvalidInputError."""
        return self.push_service.endpoint(subscription)

    @property
    def subscriptions(self) -> "list[Subscription]":
        """Of pages, oldest first; those that were unsubscribed are not among them."""
        found: list[Subscription] = self.services.call(lab_calls.subscriptions, self.push_service)
        return found

    @property
    def waiting(self) -> "list[Message]":
        """Messages that no browser has acknowledged yet, in the order in which they were accepted."""
        found: list[Message] = self.services.call(lab_calls.waiting, self.push_service)
        return found

    def wait_delivered(self, *, timeout: float | None = None) -> None:
        """Until every message has been acknowledged. Raises ExpectationError."""
        self.services.call(lab_calls.wait_delivered, self.services.services, self.services.seconds(timeout))


class BlockingNotifications:
    """As :class:`~cdp_bgservices.lab.notifications.center.NotificationCenter`. Notifications are named by their id."""

    def __init__(self, services: "BlockingBackgroundServices", center: "NotificationCenter") -> None:
        self.services = services
        self.center = center

    def list(self) -> "Sequence[Notification]":
        """What is shown now, the oldest first."""
        shown: Sequence[Notification] = self.services.call(lab_calls.list_notifications, self.center)
        return shown

    def wait(
        self,
        title: Text | None = None,
        *,
        body: Text | None = None,
        origin: Text | None = None,
        timeout: float | None = None,
    ) -> "Notification":
        """The first that is shown and matches, now or later. Raises ExpectationError."""
        wanted = {"title": title, "body": body, "origin": origin}
        seconds = self.services.seconds(timeout)
        shown: Notification = self.services.call(lab_calls.wait_notification, self.services.services, wanted, seconds)
        return shown

    def wait_closed(self, notification_id: int, *, timeout: float | None = None) -> None:
        """Until it is not shown any more, whoever closed it. Raises ExpectationError."""
        self.services.call(
            lab_calls.wait_closed, self.services.services, notification_id, self.services.seconds(timeout)
        )

    def click(self, notification_id: int, action: int | str | None = None) -> None:
        """Click on it, or on its button of this place (from 0) or title. Raises InvalidInputError."""
        self.services.call(lab_calls.act, self.services.services, "click", notification_id, action)

    def reply(self, notification_id: int, text: str) -> None:
        """Write into its field, and send. Raises InvalidInputError."""
        self.services.call(lab_calls.act, self.services.services, "reply", notification_id, text)

    def close(self, notification_id: int) -> None:
        """Dismiss it, as a user does. Raises InvalidInputError."""
        self.services.call(lab_calls.act, self.services.services, "close", notification_id)

    def expire(self, notification_id: int) -> None:
        """Its time is over: as after a while without anybody there. Raises InvalidInputError."""
        self.services.call(lab_calls.act, self.services.services, "expire", notification_id)


class BlockingNetwork:
    """As :class:`~cdp_bgservices.lab.network.Network`."""

    def __init__(self, services: "BlockingBackgroundServices", network: "Network") -> None:
        self.services = services
        self.network = network

    def offline(self) -> None:
        """Pull it out: what is connected is reset. Returns when Chromium, too, believes it."""
        self.services.call(self.network.offline)

    def online(self) -> None:
        """Plug it in. Chromium believes it one to two seconds later."""
        self.services.call(self.network.online)

    @property
    def is_online(self) -> bool:
        return self.network.is_online
