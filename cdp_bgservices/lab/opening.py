"""Several parts of the lab around one browser."""

from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from cdp_bgservices.errors import BackgroundServicesError, BrowserError, InvalidInputError
from cdp_bgservices.lab.sites import loopback_port
from cdp_bgservices.lab.start import Start
from cdp_bgservices.near_words import meant

if TYPE_CHECKING:
    from cdp_bgservices.lab.clock import SyncClock
    from cdp_bgservices.lab.network import Network
    from cdp_bgservices.lab.notifications.center import NotificationCenter
    from cdp_bgservices.lab.push import PushService

PARTS = ("push", "notifications", "clock", "network")
ALL = "all"


def parse_parts(text: str) -> tuple[str, ...]:
    """``push,clock``, or ``all``. Raises InvalidInputError for any other name."""
    named = [part.strip().lower() for part in text.split(",")]
    if named == [ALL]:
        return PARTS
    for part in named:
        if part not in PARTS:
            raise InvalidInputError(f"{part!r} is not a part of the lab", meant(part, (*PARTS, ALL), "The parts are"))
    return tuple(part for part in PARTS if part in named)


class Lab:
    """Made by :func:`open_lab`. Parts that were not requested are None."""

    def __init__(self) -> None:
        self.push_service: PushService | None = None
        self.notifications: NotificationCenter | None = None
        self.clock: SyncClock | None = None
        self.network: Network | None = None

    @property
    def start(self) -> Start:
        """How to start Chromium."""
        parts = (self.push_service, self.notifications, self.clock, self.network)
        return sum((part.start for part in parts if part is not None), Start())

    def waits_for(self, subscription: Mapping[str, Any] | str) -> Literal["network", "browser"] | None:
        """What a message to a subscription waits for: the lab's network, or else its browser; None if for neither.

        Raises InvalidInputError without a push service, and for what is not a subscription.
        """
        if self.push_service is None:
            raise InvalidInputError("this lab has no push service", "Open it with push.")
        if self.network is not None and not self.network.is_online:
            return "network"
        return None if self.push_service.is_connected(subscription) else "browser"


@asynccontextmanager
async def open_lab(
    parts: Collection[str],
    *,
    folder: Path | None = None,
    sites: Iterable[str] = (),
    forward: Iterable[int] = (),
    push_from_pages: bool = False,
) -> AsyncIterator[Lab]:
    """Open these parts of :data:`PARTS`. Close the browser before the body ends.

    ``folder`` keeps the push service's registrations and messages. A browser in its own network can still reach
    ``sites``, which are URLs on this machine's loopback, and the ports of ``forward``. With ``push_from_pages`` a page
    can post to its own subscription's endpoint.

    Raises InvalidInputError and BrowserError, which name what is missing.
    """
    lab = Lab()
    async with AsyncExitStack() as stack:
        if "push" in parts:
            from cdp_bgservices.lab.push import open_push_service

            lab.push_service = await stack.enter_async_context(open_push_service(folder, from_pages=push_from_pages))
        if "notifications" in parts:
            from cdp_bgservices.lab.notifications import open_notification_center

            lab.notifications = await stack.enter_async_context(open_notification_center())
        if "clock" in parts:
            from cdp_bgservices.lab.clock import SyncClock

            lab.clock = SyncClock()
        if "network" in parts:
            from cdp_bgservices.lab.network import open_network

            ports = {*forward, *(port for url in sites if (port := loopback_port(url)))}
            ports |= set(lab.push_service.ports) if lab.push_service else set()
            lab.network = await stack.enter_async_context(open_network(forward=sorted(ports)))
        yield lab


async def problem_of(part: str) -> BackgroundServicesError | None:
    """Why this part cannot be opened on this machine, or None: it is opened, and closed again."""
    try:
        async with open_lab((part,)):
            return None
    except (InvalidInputError, BrowserError) as error:
        return error
