"""The network switch: a network that is on or off, and the host's ports that can be reached over it."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import trio

from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.lab.network.forwarding import Forwarding, forward_inwards, forward_outwards
from cdp_bgservices.lab.network.namespace import Namespace, open_namespace
from cdp_bgservices.lab.start import Start
from cdp_bgservices.tasks import open_tasks

# Both ends of the cable are inside, invisible on the host. The addresses are RFC 5737's, for documentation.
CABLE = (
    "link add net0 type veth peer name net1",
    # Automatic addresses would come seconds later, as another change of the network.
    "link set net0 addrgenmode none",
    "link set net1 addrgenmode none",
    "link set net1 up",
    "address add 198.51.100.2/24 dev net0",
)
ONLINE = ("link set net0 up", "route replace unreachable default")
"""Beyond the cable everything is refused at once: a question for a nameserver that is lost would take 12 seconds."""
OFFLINE = ("link set net0 down", "route del unreachable default")
"""Then there is no route at all."""

SETTLING = 2.5
"""Seconds. Chromium holds a sync back only when the network has been away for 1.5 s, and does not show when that time
is over; navigator.onLine is false at once (net/base/network_change_notifier_linux.cc)."""


class Network:
    """Made by :func:`open_network`."""

    def __init__(self, namespace: Namespace, tasks: trio.Nursery) -> None:
        self.namespace = namespace
        self.tasks = tasks
        self.start = Start(prefix=namespace.prefix)
        """How to start Chromium."""
        self.is_online = False
        self.forwarded: dict[int, Forwarding | None] = {}
        """The host's ports that can be reached from inside; None while offline."""
        self.changing = trio.Lock()

    async def online(self) -> None:
        """Switch on. Chromium notices one to two seconds later. Raises BrowserError if the network has ended."""
        async with self.changing:
            if self.is_online:
                return
            try:
                # The ports come first: the browser may be fast.
                for port in self.forwarded:
                    await self.serve(port)
                await self.namespace.ip(*ONLINE)
            except BaseException:
                await self.cut()
                raise
            self.is_online = True

    async def offline(self) -> None:
        """Switch off, and reset connections. Returns when Chromium has noticed. Raises BrowserError if it has ended."""
        async with self.changing:
            if not self.is_online:
                return
            # The network goes first, so that a reset connection is not opened again.
            await self.namespace.ip(*OFFLINE)
            self.is_online = False
            await self.cut()
            await trio.sleep(SETTLING)

    async def forward(self, *ports: int) -> None:
        """Make these ports of the host's loopback reachable whenever the network is on. Raises InvalidInputError."""
        async with self.changing:
            for port in ports:
                check(port, 1)
                if port not in self.forwarded:
                    if self.is_online:
                        await self.serve(port)
                    else:
                        self.forwarded[port] = None

    async def publish(self, port: int, host_port: int = 0) -> int:
        """Make a browser's debugging port inside reachable at a port of the host's loopback, offline too; which one.

        ``host_port`` 0 takes a free one. Raises InvalidInputError if it is taken.
        """
        check(port, 1)
        check(host_port, 0)
        forwarding, chosen = forward_outwards(self.namespace, port, host_port)
        self.tasks.start_soon(forwarding.run)
        return chosen

    async def cut(self) -> None:
        with trio.CancelScope(shield=True):
            for port, forwarding in self.forwarded.items():
                if forwarding is not None:
                    await forwarding.cut()
                self.forwarded[port] = None

    async def serve(self, port: int) -> None:
        forwarding = self.forwarded[port] = await forward_inwards(self.namespace, port)
        self.tasks.start_soon(forwarding.run)


def check(port: int, least: int) -> None:
    if isinstance(port, bool) or not isinstance(port, int) or not least <= port <= 65535:
        raise InvalidInputError(f"{port!r} is not a port", f"Give a number from {least} to 65535.")


@asynccontextmanager
async def open_network(forward: Iterable[int] = ()) -> AsyncIterator[Network]:
    """A network that is online, with only the forwarded ports of the host's loopback. Stop Chromium before it ends.

    Resource handling: the host does not show it, and it ends with the last process in it, however this one ends.

    Raises BrowserError if the system has no network namespaces, forbids them, or lacks a program that makes them;
    InvalidInputError for an invalid port.
    """
    async with open_namespace() as namespace, open_tasks() as tasks:
        await namespace.ip(*CABLE)
        network = Network(namespace, tasks)
        await network.forward(*forward)
        await network.online()
        yield network
