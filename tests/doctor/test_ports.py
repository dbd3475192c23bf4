"""Loopback, and who has a port."""

import trio

from cdp_bgservices.doctor.parameters import Asked
from cdp_bgservices.doctor.ports import ipv6, loopback, port_check
from cdp_bgservices.doctor.values import State
from tests.browser.peers import free_port, http, open_peer

DEADLINE = 30.0
VERSION = http("200 OK", '{"webSocketDebuggerUrl": "ws://127.0.0.1/devtools/browser/12345678"}')


def test_loopback() -> None:
    (check,) = loopback(Asked())
    assert check.state is State.OK
    (check,) = ipv6(Asked())
    assert "::1" in check.found


async def test_a_port_that_is_free() -> None:
    check = await port_check(free_port(), DEADLINE)
    assert check.state is State.OK
    assert check.found.startswith("free")


async def test_a_port_that_another_program_has() -> None:
    async with open_peer(b"SSH-2.0-OpenSSH_9.2\r\n") as port:
        with trio.fail_after(DEADLINE):
            check = await port_check(port, DEADLINE)
    assert check.state is State.WARNING
    assert f"what listens at {port} does not speak HTTP" in check.found
    assert check.remedy


async def test_a_port_at_which_nothing_is_said() -> None:
    async with open_peer(None) as port:
        check = await port_check(port, 0.1)
    assert check.state is State.WARNING


async def test_a_port_of_a_browser() -> None:
    async with open_peer(VERSION) as port:
        with trio.fail_after(DEADLINE):
            check = await port_check(port, DEADLINE)
    assert check.state is State.OK
    assert check.found == f"a browser is there: --attach {port}"
