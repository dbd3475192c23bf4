"""The host's loopback, seen from inside: connections that are passed on, and cut."""

import errno
import os
from pathlib import Path
from socket import AF_INET, SO_LINGER, SOL_SOCKET

import pytest
import trio

from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.lab.network import Network, open_network
from cdp_bgservices.lab.network.forwarding import RESET
from tests.browser.peers import free_port
from tests.browser.processes import listening_ports
from tests.lab.network.reaching import connect, echo, open_server, read_all

pytestmark = pytest.mark.usefixtures("namespaces")

DEADLINE = 30
MUCH = os.urandom(1 << 20) * 8


async def exchange(network: Network, port: int, data: bytes, host: str = "127.0.0.1") -> bytes:
    """What comes back for that, by the time that both have sent their end."""
    async with await connect(network, port, host) as stream, trio.open_nursery() as nursery:

        async def send() -> None:
            await stream.send_all(data)
            await stream.send_eof()

        nursery.start_soon(send)
        return await read_all(stream)


@pytest.mark.parametrize("outside", ["127.0.0.1", "::1"])
@pytest.mark.parametrize("inside", ["127.0.0.1", "::1"])
async def test_whichever_address_a_server_has_it_is_reached_by_both(inside: str, outside: str) -> None:
    """Browsers try ::1 first for localhost; some servers listen there only, and most do not."""
    with trio.fail_after(DEADLINE):
        async with open_server(echo, outside) as port, open_network([port]) as network:
            assert await exchange(network, port, b"hello", inside) == b"hello"


async def test_of_two_servers_at_one_port_each_is_reached_by_its_own_address() -> None:
    async def other(stream: trio.SocketStream) -> None:
        async with stream:
            await stream.send_all(b"the other one")
            async for _ in stream:
                pass

    with trio.fail_after(DEADLINE):
        async with (
            open_server(echo, "::1") as port,
            open_server(other, "127.0.0.1", port),
            open_network([port]) as network,
        ):
            assert await exchange(network, port, b"hello", "::1") == b"hello"
            assert await exchange(network, port, b"hello", "127.0.0.1") == b"the other one"


async def test_all_of_it_comes_both_ways_and_its_end_too() -> None:
    with trio.fail_after(DEADLINE):
        async with open_server(echo) as port, open_network([port]) as network:
            assert await exchange(network, port, MUCH) == MUCH


async def test_other_ports_of_the_host_and_other_addresses_are_not_there() -> None:
    with trio.fail_after(DEADLINE):
        async with open_server(echo) as port, open_network() as network:
            with pytest.raises(ConnectionRefusedError):
                await connect(network, port)
            with pytest.raises(OSError, match=r"No route to host|unreachable"):
                await connect(network, port, "192.0.2.1")


async def test_what_is_beyond_the_network_is_refused_at_once() -> None:
    """Otherwise a page whose fonts are on another host waits for its nameserver, for twelve seconds."""
    async with open_network() as network:
        with await network.namespace.make_socket(AF_INET) as asking:
            asking.setblocking(False)  # Where an answer is waited for, it is EINPROGRESS.
            assert asking.connect_ex(("192.0.2.53", 53)) in (errno.EHOSTUNREACH, errno.ENETUNREACH)


async def test_a_port_can_be_forwarded_later_and_when_it_is_offline() -> None:
    with trio.fail_after(DEADLINE):
        async with open_server(echo) as one, open_server(echo) as other, open_network() as network:
            await network.forward(one)
            await network.forward(one)
            assert await exchange(network, one, b"one") == b"one"
            await network.offline()
            await network.forward(other)
            with pytest.raises(ConnectionRefusedError):
                await connect(network, other)
            await network.online()
            assert await exchange(network, other, b"other") == b"other"
            assert await exchange(network, one, b"one") == b"one"


async def test_offline_cuts_what_is_connected_as_if_by_a_knife() -> None:
    """A reset, on both sides: what has half come must not look as if it were all."""
    cut_outside = trio.Event()

    async def talk(stream: trio.SocketStream) -> None:
        async with stream:
            await stream.send_all(b"half of it")
            with pytest.raises(trio.BrokenResourceError):
                await stream.receive_some()
            cut_outside.set()

    with trio.fail_after(DEADLINE):
        async with open_server(talk) as port, open_network([port]) as network:
            async with await connect(network, port) as stream:
                assert await stream.receive_some() == b"half of it"
                await network.offline()
                with pytest.raises(trio.BrokenResourceError):
                    await stream.receive_some()
            await cut_outside.wait()
            with pytest.raises(ConnectionRefusedError):
                await connect(network, port)


async def test_a_server_that_breaks_off_breaks_off_inside() -> None:
    async def break_off(stream: trio.SocketStream) -> None:
        await stream.send_all(b"half of it")
        await stream.receive_some()
        stream.setsockopt(SOL_SOCKET, SO_LINGER, RESET)
        stream.socket.close()

    with trio.fail_after(DEADLINE):
        async with (
            open_server(break_off) as port,
            open_network([port]) as network,
            await connect(network, port) as stream,
        ):
            assert await stream.receive_some() == b"half of it"
            await stream.send_all(b"go on")
            with pytest.raises(trio.BrokenResourceError):
                await stream.receive_some()


async def test_where_nothing_listens_outside_the_connection_is_reset_and_the_next_one_succeeds() -> None:
    port = free_port()
    with trio.fail_after(DEADLINE):
        async with open_network([port]) as network:
            async with await connect(network, port) as stream:
                with pytest.raises(trio.BrokenResourceError):
                    await stream.receive_some()
            listeners = await trio.open_tcp_listeners(port, host="127.0.0.1")
            async with trio.open_nursery() as nursery:
                nursery.start_soon(trio.serve_listeners, echo, listeners)
                assert await exchange(network, port, b"hello") == b"hello"
                nursery.cancel_scope.cancel()


async def test_a_published_port_is_on_the_hosts_loopback_online_or_not_and_nothing_else_is() -> None:
    before = listening_ports([os.getpid()])
    with trio.fail_after(DEADLINE):
        async with open_network([8000]) as network:
            assert listening_ports([os.getpid()]) == before
            made = await listen_inside(network, 9222)
            async with trio.open_nursery() as nursery:
                nursery.start_soon(trio.serve_listeners, echo, [made])
                published = await network.publish(9222)
                assert listening_ports([os.getpid()]) == before | {published}
                await network.offline()
                async with await trio.open_tcp_stream("127.0.0.1", published) as stream:
                    await stream.send_all(b"hello")
                    assert await stream.receive_some() == b"hello"
                with pytest.raises(InvalidInputError, match=f"port {published} is not free"):
                    await network.publish(9222, published)
                nursery.cancel_scope.cancel()
    assert listening_ports([os.getpid()]) == before
    with pytest.raises(OSError, match=str(published)):
        await trio.open_tcp_stream("127.0.0.1", published)


async def listen_inside(network: Network, port: int) -> trio.SocketListener:
    """A server inside that listens."""
    made = trio.socket.from_stdlib_socket(await network.namespace.make_socket(AF_INET))
    await made.bind(("127.0.0.1", port))
    made.listen()
    return trio.SocketListener(made)


async def test_a_port_that_is_taken_inside() -> None:
    with trio.fail_after(DEADLINE):
        async with open_network([9223]) as network:
            listener = await listen_inside(network, 9222)
            with pytest.raises(InvalidInputError, match=r"port 9222 cannot be forwarded .* in use") as refused:
                await network.forward(9222)
            assert refused.value.remedy
            await network.offline()
            await network.forward(9222)
            with pytest.raises(InvalidInputError, match="port 9222 cannot be forwarded"):
                await network.online()
            assert not network.is_online
            with pytest.raises(ConnectionRefusedError):
                await connect(network, 9223)
            await listener.aclose()
            await network.online()
            assert network.is_online


@pytest.mark.parametrize("port", [0, -1, 65536, "80", True, None])
async def test_an_invalid_port(port: object) -> None:
    with trio.fail_after(DEADLINE):
        async with open_network() as network:
            for act in (network.forward, network.publish):
                with pytest.raises(InvalidInputError, match="is not a port"):
                    await act(port)  # type: ignore[arg-type]
            assert network.forwarded == {}


def test_the_loopback_here_has_both_addresses() -> None:
    """The tests above are nothing without."""
    assert "::1" in Path("/etc/hosts").read_text() or Path("/proc/net/if_inet6").exists()
