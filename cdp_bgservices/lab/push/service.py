"""The push service, as tests and the command line use it."""

import sqlite3
import time
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import trio

from cdp_bgservices.errors import InvalidInputError, StoreError
from cdp_bgservices.lab.push.certificate import Certificate
from cdp_bgservices.lab.push.delivery import Delivery
from cdp_bgservices.lab.push.encryption import ENCODING, encrypt, read_subscription
from cdp_bgservices.lab.push.http import RefusedError
from cdp_bgservices.lab.push.posts import LONGEST_TTL, make_message, token_of
from cdp_bgservices.lab.push.queue import Queue
from cdp_bgservices.lab.start import Start
from cdp_bgservices.lab.values import Message, Subscription

LOOPBACK = "127.0.0.1"
HOSTS = ("jmt17.google.com", "fcm.googleapis.com")
"""The built-in hosts of endpoints, of Chromium and of branded Chrome."""

STATUSES = (HTTPStatus.GONE, HTTPStatus.NOT_FOUND)
"""With which push services say that a subscription has ended."""
CHANGE_EVENT = "PushSubscriptionChangeEventOnInvalidation"
"""Chromium's feature: a worker gets ``pushsubscriptionchange`` when the permission is taken away."""


class PushService:
    """Made by :func:`open_push_service`."""

    def __init__(
        self, queue: Queue, certificate: Certificate, http_port: int, tls_port: int, *, from_pages: bool = False
    ) -> None:
        self.queue = queue
        self.from_pages = from_pages
        """Whether pages can post to it, too."""
        self.deliveries: dict[str, Delivery] = {}
        """By the browser's number."""
        self.changed = trio.Event()
        """Set at the next change of browsers, subscriptions or messages, and then replaced."""
        self.ports = (http_port, tls_port)
        """Ports of loopback. A browser in its own network must reach both of them."""
        self.certificate = certificate.certificate.decode()
        """PEM, for application servers: NODE_EXTRA_CA_CERTS, REQUESTS_CA_BUNDLE, SSL_CERT_FILE."""
        self.proxy = f"http://{LOOPBACK}:{http_port}"
        """For application servers: HTTPS_PROXY. It answers for the built-in hosts only."""
        self.url = f"https://{LOOPBACK}:{tls_port}"
        """Replaces ``https://jmt17.google.com`` in an endpoint. So does ``proxy``, without TLS."""
        built_in = (f"https://{host}" for host in HOSTS)
        here = [f"{start}{host}" for host in (LOOPBACK, "localhost") for start in ("http://", "https://")]
        ported = [f"{each}:{tls_port if each.startswith('https') else http_port}" for each in here]
        self.audiences = frozenset([*built_in, *ported, *here])
        """The valid audiences of a VAPID token. Some libraries leave out the port: real push services have none."""
        to_here = ",".join(f"MAP {host}:443 {LOOPBACK}:{tls_port}" for host in HOSTS)
        self.start = Start(
            arguments=(
                f"--gcm-checkin-url={self.proxy}/checkin",
                f"--gcm-registration-url={self.proxy}/register",
                f"--gcm-mcs-endpoint={self.url}",
                f"--ignore-certificate-errors-spki-list={certificate.digest}",
                f"--enable-features={CHANGE_EVENT}",
                *([f"--host-resolver-rules={to_here}"] if from_pages else []),
            )
        )

    @property
    def subscriptions(self) -> list[Subscription]:
        """The pages' subscriptions, oldest first, without the ended ones."""
        return [known for known in self.queue.subscriptions() if known.origin and not known.ended]

    @property
    def waiting(self) -> list[Message]:
        """Messages that are not acknowledged yet, in the order of acceptance."""
        return self.queue.waiting(limit=-1)

    @property
    def browsers(self) -> list[str]:
        """The numbers of the connected browsers."""
        return list(self.deliveries)

    def endpoint(self, subscription: Mapping[str, Any] | str) -> str:
        """The URL for an application server, instead of the built-in host."""
        return self.url + read_subscription(subscription).path

    def knows(self, subscription: Mapping[str, Any] | str) -> bool:
        """Whether it is an active subscription of this service. Raises InvalidInputError for anything else."""
        known = self.queue.subscription(token_of(read_subscription(subscription).path))
        return known is not None and not known.ended

    def is_connected(self, subscription: Mapping[str, Any] | str) -> bool:
        """Whether its browser is connected, so that a message would arrive now. Raises as :meth:`knows`."""
        known = self.queue.subscription(token_of(read_subscription(subscription).path))
        return known is not None and known.browser in self.deliveries

    def expire(self, subscription: Mapping[str, Any] | str, *, status: int = HTTPStatus.GONE) -> None:
        """End a subscription, as a push service may at any time: posts to it are answered with 410 from now on, or with
        404. Its waiting messages are deleted. The browser does not notice.

        Raises InvalidInputError for a subscription that is not one of this service, and for any other status.
        """
        if status not in STATUSES:
            raise InvalidInputError(f"{status!r} does not say that a subscription has ended", "Give 410 or 404.")
        token = token_of(read_subscription(subscription).path)
        if self.queue.subscription(token) is None:
            raise InvalidInputError("the subscription is not one of this push service", "Give one that it has made.")
        self.queue.end(token, status)
        self.tell()

    def expire_all(self) -> None:
        """End every subscription of a page."""
        for each in self.subscriptions:
            self.queue.end(each.token, HTTPStatus.GONE)
        self.tell()

    async def send(
        self,
        subscription: Mapping[str, Any] | str,
        data: bytes | str = b"",
        *,
        ttl: int = LONGEST_TTL,
        urgency: str = "normal",
        topic: str | None = None,
    ) -> str:
        """Encrypt and push, as an application server does. Returns the message's id, the instance id of its events.

        ``subscription`` is what ``PushSubscription.toJSON()`` gives in the page, or the JSON of that; ``ttl`` is in
        seconds, and 0 means now or never. Raises InvalidInputError for a subscription that is not ours or is over,
        and for what no push service takes; StoreError where it cannot be kept.
        """
        given = read_subscription(subscription)
        plain = data.encode() if isinstance(data, str) else data
        body = encrypt(given, plain) if plain else b""
        return await self.deliver(subscription, body, ttl=ttl, urgency=urgency, topic=topic)

    async def deliver(
        self,
        subscription: Mapping[str, Any] | str,
        body: bytes,
        *,
        ttl: int = LONGEST_TTL,
        urgency: str = "normal",
        topic: str | None = None,
    ) -> str:
        """The same with any body in place of an encrypted one, for a message that cannot be decrypted."""
        await trio.lowlevel.checkpoint()
        token = token_of(read_subscription(subscription).path)
        known = self.queue.subscription(token)
        if known is None or known.ended:
            what = (
                "is not one of this push service"
                if known is None
                else "was ended, by its page, by Chromium without the permission or by expire()"
            )
            raise InvalidInputError(f"the subscription {what}", "Subscribe again in a browser of this push service.")
        headers = {"content-encoding": ENCODING} if body else {}
        try:
            message = make_message(token, body, headers=headers, ttl=ttl, urgency=urgency, topic=topic)
        except RefusedError as error:
            raise InvalidInputError(str(error), "Send a message that RFC 8030 allows.") from error
        self.accept(message)
        return message.id

    async def wait_delivered(self) -> None:
        """Wait until every stored message is acknowledged or expired."""
        while (expiry := self.queue.next_expiry()) is not None:
            with trio.move_on_after(max(0, expiry - time.time())):
                await self.changed.wait()

    def accept(self, message: Message) -> None:
        """Accept it: it is stored, unless its TTL is 0. Raises StoreError."""
        subscription = self.queue.subscription(message.subscription)
        delivery = self.deliveries.get(subscription.browser) if subscription else None
        if message.expires_at:
            try:
                self.queue.keep(message)
            except sqlite3.Error as error:
                raise StoreError(
                    f"the push service cannot keep a message: {error}",
                    "See whether its disk is full, and send it again.",
                ) from error
        elif delivery:
            delivery.now_or_never.append(message)
        if delivery:
            delivery.due.set()
        self.tell()

    def tell(self) -> None:
        """Wake up the tasks that wait for a change."""
        self.changed.set()
        self.changed = trio.Event()
