"""The lab's push service, for application servers on this machine."""

from collections.abc import Mapping
from typing import Any, Literal

from cdp_bgservices.lab.values import Message, Subscription
from cdp_bgservices.testing import lab_calls
from cdp_bgservices.testing.lab_calls import Data
from cdp_bgservices.testing.methods.table import TIMEOUT, Methods, Milliseconds, Seen
from cdp_bgservices.testing.services import BackgroundServices

__tracebackhide__ = True  # pytest does not show the frames of this module.

methods = Methods("push")

GivenSubscription = str | Mapping[str, Any]
"""What ``PushSubscription.toJSON()`` gives in the page, or the JSON of that."""


@methods.value
def url(test: BackgroundServices) -> str:
    """For application servers: replaces ``https://jmt17.google.com`` in an endpoint."""
    return test.push_service.url


@methods.value
def proxy(test: BackgroundServices) -> str:
    """For application servers, as ``HTTPS_PROXY``: it answers for the built-in hosts."""
    return test.push_service.proxy


@methods.value
def certificate(test: BackgroundServices) -> str:
    """PEM, for application servers to trust."""
    return test.push_service.certificate


@methods
async def send(
    test: BackgroundServices,
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
    options = {"ttl": ttl, "urgency": urgency, "topic": topic}
    return await lab_calls.send(test.push_service, subscription, data, options)


@methods
def endpoint(test: BackgroundServices, subscription: GivenSubscription) -> str:
    """The URL to which an application server posts, instead of the built-in host.

    Raises InvalidInputError.
    """
    return test.push_service.endpoint(subscription)


@methods
async def knows(test: BackgroundServices, subscription: GivenSubscription) -> bool:
    """Whether it is an active subscription of this push service."""
    return test.push_service.knows(subscription)


@methods
async def waits_for(test: BackgroundServices, subscription: GivenSubscription) -> Literal["network", "browser"] | None:
    """What a message to a subscription waits for: the lab's network, or else its browser; null if for neither."""
    assert test.push_service  # Or its error says how to get one.
    return test.scope.lab.waits_for(subscription) if test.scope.lab else None


@methods
async def expire(test: BackgroundServices, subscription: GivenSubscription, *, status: int = 410) -> None:
    """End a subscription: posts to it are answered with 410 from now on, or with 404.

    The browser does not notice. Raises InvalidInputError.
    """
    await lab_calls.expire_subscription(test.push_service, subscription, status)


@methods.value
async def subscriptions(test: BackgroundServices) -> list[Subscription]:
    """The subscriptions of pages that are still subscribed, oldest first."""
    return await lab_calls.subscriptions(test.push_service)


@methods.value
async def waiting(test: BackgroundServices) -> list[Message]:
    """The messages that no browser has acknowledged yet, in the order in which they were accepted."""
    return await lab_calls.waiting(test.push_service)


@methods
async def wait_delivered(test: Seen, *, timeout: Milliseconds = TIMEOUT) -> None:
    """Wait until every message has been acknowledged.

    Raises ExpectationError.
    """
    await lab_calls.wait_delivered(test, timeout / 1000)
