"""Several parts of the lab around one browser."""

from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.lab.start import Start

if TYPE_CHECKING:
    from cdp_bgservices.lab.clock import SyncClock
    from cdp_bgservices.lab.control import Handler
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
            known = ", ".join(PARTS)
            raise InvalidInputError(f"{part!r} is not a part of the lab", f"The parts are {known}; or use {ALL}.")
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

    @property
    def commands(self) -> "dict[str, Handler]":
        """The commands for other processes."""
        found: dict[str, Handler] = {}
        if self.push_service is not None:
            found |= push_commands(self.push_service)
        if self.notifications is not None:
            from cdp_bgservices.lab.notifications.commands import notification_commands

            found |= notification_commands(self.notifications)
        if self.network is not None:
            found |= network_commands(self.network)
        return found


@asynccontextmanager
async def open_lab(
    parts: Collection[str], *, folder: Path | None = None, sites: Iterable[str] = ()
) -> AsyncIterator[Lab]:
    """Open these parts of :data:`PARTS`. Close the browser before the body ends.

    ``folder`` keeps the push service's registrations and messages. ``sites`` are URLs on this machine's loopback that
    a browser in its own network can still reach.

    Raises InvalidInputError and BrowserError, which name what is missing.
    """
    lab = Lab()
    async with AsyncExitStack() as stack:
        if "push" in parts:
            from cdp_bgservices.lab.push import open_push_service

            lab.push_service = await stack.enter_async_context(open_push_service(folder))
        if "notifications" in parts:
            from cdp_bgservices.lab.notifications import open_notification_center

            lab.notifications = await stack.enter_async_context(open_notification_center())
        if "clock" in parts:
            from cdp_bgservices.lab.clock import sync_clock

            lab.clock = sync_clock()
        if "network" in parts:
            from cdp_bgservices.lab.network import open_network

            ports = {port for url in sites if (port := loopback_port(url))}
            ports |= set(lab.push_service.ports) if lab.push_service else set()
            lab.network = await stack.enter_async_context(open_network(forward=sorted(ports)))
        yield lab


def loopback_port(url: str) -> int | None:
    """The port of a URL on this machine's loopback; None for any other."""
    try:
        parts = urlsplit(url)
        is_ours = parts.hostname in ("localhost", "127.0.0.1", "::1") or (parts.hostname or "").endswith(".localhost")
        return (parts.port or {"https": 443}.get(parts.scheme, 80)) if is_ours else None
    except ValueError:
        return None


def push_commands(push_service: "PushService") -> "Mapping[str, Handler]":
    async def send(subscription: str, data: str) -> str:
        return await push_service.send(subscription, data)

    async def knows(subscription: str) -> bool:
        return push_service.knows(subscription)

    return {"push.send": send, "push.knows": knows}


def network_commands(network: "Network") -> "Mapping[str, Handler]":
    async def offline() -> None:
        await network.offline()

    async def online() -> None:
        await network.online()

    async def state() -> bool:
        return network.is_online

    async def forward(ports: list[int]) -> None:
        await network.forward(*ports)

    return {
        "network.offline": offline,
        "network.online": online,
        "network.is_online": state,
        "network.forward": forward,
    }
