"""Loopback, and the port that everyone takes."""

import socket
from urllib.parse import urlsplit

from cdp_bgservices.browser.launch import ADDRESSES, check_free
from cdp_bgservices.browser.version import ask
from cdp_bgservices.doctor.parameters import Asked
from cdp_bgservices.doctor.values import Check, State
from cdp_bgservices.errors import BrowserError, InvalidInputError

GROUP = "ports"
USUAL = 9222


def loopback(asked: Asked) -> list[Check]:
    (family, address), _ = ADDRESSES
    problem = unreachable(family, address)
    if not problem:
        return [Check(group=GROUP, name="loopback", found=f"{address} can be listened at and reached")]
    return [
        Check(
            group=GROUP,
            name="loopback",
            state=State.MISSING,
            found=f"{address} cannot be used: {problem}",
            remedy="Set it up: ip link set lo up",
            stops="attaching on this machine, debugging ports, the viewer, the lab",
        )
    ]


def ipv6(asked: Asked) -> list[Check]:
    """It is not needed. Chromium takes it where a port of 127.0.0.1 is in use."""
    _, (family, address) = ADDRESSES
    problem = unreachable(family, address)
    found = f"{address} is not there ({problem})" if problem else f"{address} can be listened at and reached"
    return [Check(group=GROUP, name="ipv6", found=found)]


def unreachable(family: socket.AddressFamily, address: str) -> str:
    """Why a connection to this address does not come about; empty if it does."""
    try:
        with socket.socket(family, socket.SOCK_STREAM) as listening, socket.socket(family) as connecting:
            listening.bind((address, 0))
            listening.listen(1)
            connecting.settimeout(1.0)
            connecting.connect(listening.getsockname()[:2])
    except OSError as error:
        return error.strerror or str(error)
    return ""


async def usual(asked: Asked) -> list[Check]:
    return [await port_check(USUAL, asked.deadline * 0.8)]


async def port_check(port: int, deadline: float) -> Check:
    """What is at a port: a browser, something else, or nothing."""
    name = str(port)
    try:
        check_free(port)
        return Check(group=GROUP, name=name, found="free: no browser is there to attach to, and one may be given it")
    except InvalidInputError:
        pass
    try:
        await ask(urlsplit(f"http://localhost:{port}"), name, deadline)
    except BrowserError as error:
        return Check(
            group=GROUP,
            name=name,
            state=State.WARNING,
            found=f"in use, and not by a browser that one can attach to: {error}",
            remedy="Give your browser another --remote-debugging-port, and attach to that.",
            stops=f"a browser at port {port}",
        )
    return Check(group=GROUP, name=name, found=f"a browser is there: --attach {port}")
