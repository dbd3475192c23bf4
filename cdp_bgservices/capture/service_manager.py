"""What a service manager hears of a recorder: systemd's protocol, sd_notify(3), in datagrams."""

import os
import socket
from logging import getLogger

from cdp_bgservices.capture.health import Health, State

log = getLogger(__name__)

READY = (State.WAITING, State.RECORDING)
"""All that a recorder needs itself is there. A browser that is waited for is not its own."""


class ServiceManager:
    """An outlet of the health."""

    def __init__(self, address: str, watchdog: float | None) -> None:
        """``watchdog``: the seconds without a sign of life after which it ends the recorder."""
        self.address = f"\0{address[1:]}" if address.startswith("@") else address
        self.every = None if watchdog is None else watchdog / 2
        self.is_ready = False
        self.is_stopping = False
        self.status = ""

    async def show(self, health: Health) -> None:
        lines = []
        if health.state in READY and not self.is_ready:
            self.is_ready = True
            lines.append("READY=1")
        if health.state is State.STOPPING and not self.is_stopping:
            self.is_stopping = True
            lines.append("STOPPING=1")
        if (status := health.line()) != self.status:
            self.status = status
            lines.append(f"STATUS={status}")
        if self.every is not None:
            lines.append("WATCHDOG=1")
        if lines:
            self.tell("\n".join(lines))

    def close(self) -> None:
        if not self.is_stopping:
            self.tell("STOPPING=1")

    def tell(self, text: str) -> None:
        """A manager that does not listen holds up nothing."""
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
                sender.setblocking(False)
                sender.sendto(text.encode(), self.address)
        except OSError as error:
            log.debug("the service manager does not hear %r: %s", text, error)


def find_service_manager() -> ServiceManager | None:
    """That of the environment, for this process alone: what it starts does not inherit it. None without one."""
    address = os.environ.pop("NOTIFY_SOCKET", "")
    microseconds, pid = os.environ.pop("WATCHDOG_USEC", ""), os.environ.pop("WATCHDOG_PID", "")
    if not address.startswith(("/", "@")):  # Windows has none, a virtual machine's is of another kind.
        return None
    is_watched = microseconds.isdecimal() and int(microseconds) > 0 and pid in ("", str(os.getpid()))
    return ServiceManager(address, int(microseconds) / 1e6 if is_watched else None)
