"""What the methods of one connection share: the browser that they are about, and what the client subscribed to."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from functools import partial
from logging import getLogger
from typing import Any, Protocol

import msgspec
import trio

from cdp_bgservices.errors import BackgroundServicesError, InvalidInputError
from cdp_bgservices.rpc.messages import Error, error_of
from cdp_bgservices.store.marks import cursor_of, make_mark
from cdp_bgservices.store.trio_store import Store
from cdp_bgservices.tasks import only_error
from cdp_bgservices.testing.scope import Scope
from cdp_bgservices.testing.services import BackgroundServices

log = getLogger(__name__)

Notify = Callable[[str, Any], Awaitable[None]]
"""Sends a notification to the client. It waits while the client has no room."""


async def read_mark(store: Store, mark: str) -> int:
    """The cursor. Raises InvalidInputError for a mark of another store, and for anything else."""
    return await store.ask(partial(cursor_of, mark))


async def write_mark(store: Store, cursor: int) -> str:
    return await store.ask(partial(make_mark, cursor=cursor))


class Subject(Protocol):
    """A browser that is recorded, and what of it belongs to the tests."""

    @property
    def begin(self) -> int:
        """The store's cursor before its first event."""

    def scope(self, contexts: Collection[str] | None) -> Scope:
        """These browser contexts, or all."""

    @property
    def grants(self) -> Collection[str]:
        """The origins that have the permissions of background services from its start."""

    @property
    def environment(self) -> dict[str, str]:
        """Variables by which another process reaches it, its store and its lab."""


class SubscriptionEnded(msgspec.Struct, frozen=True):
    """The parameters of the notification ``subscriptionEnded``: nothing more comes."""

    subscription: str
    error: Error


class Session:
    def __init__(self, subject: Subject, notify: Notify, tasks: trio.Nursery) -> None:
        self.subject = subject
        self.notify = notify
        self.tasks = tasks
        """For the subscriptions. They end with the connection."""
        self.subscriptions: dict[str, trio.CancelScope] = {}
        self.subscribed = 0

    async def services(
        self, context: str | Collection[str] | None = None, since: str | None = None
    ) -> BackgroundServices:
        """What a test sees. Raises InvalidInputError for a mark of another store, BrowserError."""
        scope = self.subject.scope({context} if isinstance(context, str) else context)
        after = self.subject.begin if since is None else await read_mark(scope.store, since)
        return BackgroundServices(scope, after=after)

    def subscribe(self, follow: Callable[[str], Awaitable[None]]) -> str:
        """Begin to follow; the name of the subscription. Its first notification comes after what is answered to the
        caller without a checkpoint: the peer writes in the order in which it is asked to.
        """
        self.subscribed += 1
        name = f"s{self.subscribed}"
        scope = self.subscriptions[name] = trio.CancelScope()
        self.tasks.start_soon(self.run, name, scope, follow)
        return name

    async def run(self, name: str, scope: trio.CancelScope, follow: Callable[[str], Awaitable[None]]) -> None:
        """An error is the subscription's own: the client is notified of it, and nothing else ends."""
        with scope:
            try:
                await follow(name)
            except Exception as caught:
                error = only_error(caught)
                if not isinstance(error, BackgroundServicesError):
                    log.error("subscription %s failed", name, exc_info=error)
                self.subscriptions.pop(name, None)
                await self.notify("subscriptionEnded", SubscriptionEnded(name, error_of(error)))

    def unsubscribe(self, name: str) -> None:
        """Raises InvalidInputError."""
        if name not in self.subscriptions:
            known = ", ".join(self.subscriptions) or "none"
            raise InvalidInputError(f"there is no subscription {name!r}", f"There are: {known}.")
        self.subscriptions.pop(name).cancel()

    def handlers(self, methods: Mapping[str, Any]) -> dict[str, Callable[[Mapping[str, Any]], Awaitable[Any]]]:
        """Each method, for this connection."""
        return {name: partial(method.call, self) for name, method in methods.items()}
