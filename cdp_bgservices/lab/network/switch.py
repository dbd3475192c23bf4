"""The network switch: a network that is there, or is not, and the ports of the host that can be reached over it."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import trio

from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.lab.network.forwarding import Forwarding, forward_inwards, forward_outwards
from cdp_bgservices.lab.network.namespace import Namespace, open_namespace
from cdp_bgservices.lab.start import Start
from cdp_bgservices.tasks import open_tasks

# Both ends of the cable are inside, so that nothing of it is to be seen on the host. Of RFC 5737: nobody has these.
CABLE = (
    "link add net0 type veth peer name net1",
    # Addresses that the system makes by itself come seconds later, and would be another change of the network.
    "link set net0 addrgenmode none",
    "link set net1 addrgenmode none",
    "link set net1 up",
    "address add 198.51.100.2/24 dev net0",
)
ONLINE = ("link set net0 up", "route add default via 198.51.100.1")
"""A route is gone when its link is taken down."""
OFFLINE = ("link set net0 down",)

SETTLING = 2.5
"""Seconds. Chromium waits 1.5 for a network that has gone to come back before a sync is held back, and shows nobody
when it is over; navigator.onLine is false at once (net/base/network_change_notifier_linux.cc)."""


class Network:
    """Made by :func:`cdp_bgservices.lab.network.open_network`."""

    def __init__(self, namespace: Namespace, tasks: trio.Nursery) -> None:
        self.namespace = namespace
        self.tasks = tasks
        self.start = Start(prefix=namespace.prefix)
        """What Chromium must be started with."""
        self.is_online = False
        self.forwarded: dict[int, Forwarding | None] = {}
        """The host's ports that can be reached from inside; None while offline."""
        self.changing = trio.Lock()

    async def online(self) -> None:
        """Plug it in; Chromium believes it one to two seconds later. Raises BrowserError where it has ended."""
        async with self.changing:
            if self.is_online:
                return
            try:
                # First the ports: the browser may be faster than we are.
                for port in self.forwarded:
                    await self.serve(port)
                await self.namespace.ip(*ONLINE)
            except BaseException:
                await self.cut()
                raise
            self.is_online = True

    async def offline(self) -> None:
        """Pull it out: what is connected is reset, and nothing can be reached. Returns when Chromium, too, believes it.

        Raises BrowserError where the network has ended.
        """
        async with self.changing:
            if not self.is_online:
                return
            # First the network, so that who is reset does not try again at once.
            await self.namespace.ip(*OFFLINE)
            self.is_online = False
            await self.cut()
            await trio.sleep(SETTLING)

    async def forward(self, *ports: int) -> None:
        """Let the host's loopback be reached from inside at these ports, now and whenever it is online.

        Raises InvalidInputError for what is no port, or is taken inside.
        """
        async with self.changing:
            for port in ports:
                check(port, 1)
                if port not in self.forwarded:
                    if self.is_online:
                        await self.serve(port)
                    else:
                        self.forwarded[port] = None

    async def publish(self, port: int, host_port: int = 0) -> int:
        """Let a debugging port that a browser has inside be reached from the host's loopback, offline too.

        ``host_port`` 0 takes a free one. Returns the host's port. Raises InvalidInputError where that is taken.
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
        raise InvalidInputError(f"{port!r} is no port", f"Give a number from {least} to 65535.")


@asynccontextmanager
async def open_switch(forward: Iterable[int]) -> AsyncIterator[Network]:
    """As :func:`cdp_bgservices.lab.network.open_network`, which says more."""
    async with open_namespace() as namespace, open_tasks() as tasks:
        await namespace.ip(*CABLE)
        network = Network(namespace, tasks)
        await network.forward(*forward)
        await network.online()
        yield network
