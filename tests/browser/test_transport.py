"""Whole messages over a pipe and over a websocket."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
import trio
import trio_websocket

from cdp_bgservices.browser.endpoint import Endpoint
from cdp_bgservices.browser.transport import CHUNK, READ_AHEAD, PipeTransport, WebSocketTransport
from cdp_bgservices.browser.websocket import open_websocket
from cdp_bgservices.errors import BrowserLostError
from cdp_bgservices.tasks import open_tasks

DEADLINE = 30


def pipe() -> tuple[PipeTransport, trio.testing.MemorySendStream, trio.testing.MemoryReceiveStream]:
    """A transport, and the browser's ends of its two pipes."""
    commands_out, commands_in = trio.testing.memory_stream_one_way_pair()
    messages_out, messages_in = trio.testing.memory_stream_one_way_pair()
    return PipeTransport(commands_out, messages_in), messages_out, commands_in


async def test_a_pipe_hands_over_whole_messages_and_ends_in_browser_lost() -> None:
    transport, browser, _ = pipe()
    await browser.send_all(b"one\0two\0thr")
    assert await transport.receive() == [b"one", b"two"]
    await browser.send_all(b"ee\0")
    assert await transport.receive() == [b"three"]
    await browser.aclose()
    with pytest.raises(BrowserLostError, match="closed its pipe"):
        await transport.receive()


async def test_a_command_in_a_pipe_ends_in_nul_and_none_goes_into_a_closed_one() -> None:
    transport, _, browser = pipe()
    await transport.send(b"{}")
    assert await browser.receive_some() == b"{}\0"
    await transport.aclose()
    with pytest.raises(BrowserLostError):
        await transport.send(b"{}")
    with pytest.raises(BrowserLostError):
        await transport.receive()


@asynccontextmanager
async def open_pair() -> AsyncIterator[tuple[WebSocketTransport, trio_websocket.WebSocketConnection]]:
    """A transport, and the browser's end of it."""
    accepted, over = trio.Event(), trio.Event()
    ends: list[trio_websocket.WebSocketConnection] = []

    async def serve(request: trio_websocket.WebSocketRequest) -> None:
        ends.append(await request.accept())
        accepted.set()
        await over.wait()

    with trio.fail_after(DEADLINE):
        async with open_tasks() as tasks:
            server = await tasks.start(trio_websocket.serve_websocket, serve, "127.0.0.1", 0, None)
            async with open_websocket(Endpoint(f"ws://127.0.0.1:{server.port}/", "here")) as transport:
                await accepted.wait()
                yield transport, ends[0]
                await transport.aclose()
            over.set()


async def receive(transport: WebSocketTransport, count: int) -> list[bytes]:
    received: list[bytes] = []
    while len(received) < count:
        received += await transport.receive()
    return received


async def test_texts_come_over_a_websocket_in_order() -> None:
    async with open_pair() as (transport, browser):
        for number in range(50):
            await browser.send_message(f"{number} é" + "x" * (number * 100))
        expected = [(f"{number} é" + "x" * (number * 100)).encode() for number in range(50)]
        assert await receive(transport, 50) == expected


async def test_order_is_kept_where_other_frames_come_between() -> None:
    async with open_pair() as (transport, browser):
        await browser.send_message("before")
        await browser.ping()
        await browser.send_message(b"binary")  # From here on it is trio-websocket that reads.
        await browser.send_message("after")
        assert await receive(transport, 3) == [b"before", b"binary", b"after"]


async def test_commands_go_over_a_websocket_as_text() -> None:
    async with open_pair() as (transport, browser):
        await transport.send('{"é":1}'.encode())
        assert await browser.get_message() == '{"é":1}'


@pytest.mark.parametrize(
    ("code", "reason", "said"),
    [
        (1000, None, "closed the connection$"),
        (1001, "going away", "closed the connection$"),
        (1009, None, r"\(1009 MESSAGE_TOO_BIG\)$"),
        (1011, "it broke", r"\(1011 it broke\)$"),
    ],
)
async def test_what_came_before_a_close_is_handed_over_with_its_reason(
    code: int, reason: str | None, said: str
) -> None:
    async with open_pair() as (transport, browser):
        await browser.send_message("last")
        await browser.aclose(code, reason)
        assert await receive(transport, 1) == [b"last"]
        for _ in range(2):
            with pytest.raises(BrowserLostError, match=said):
                await transport.receive()
        with pytest.raises(BrowserLostError, match="closed the connection"):
            await transport.send(b"{}")


async def test_closing_does_not_wait_for_what_the_browser_still_sends() -> None:
    async with open_pair() as (transport, browser), trio.open_nursery() as nursery:

        async def flood() -> None:
            with suppress(trio_websocket.ConnectionClosed):
                while True:
                    await browser.send_message("x" * 100_000)

        nursery.start_soon(flood)
        while transport.size <= READ_AHEAD:
            await trio.testing.wait_all_tasks_blocked()
        before = transport.size
        with trio.fail_after(1.5):
            await transport.aclose()
        assert transport.size == before, "what came since then is dropped"


async def test_no_more_is_read_ahead_than_allowed_and_nothing_is_lost() -> None:
    count, size = 200, 100_000

    async with open_pair() as (transport, browser), trio.open_nursery() as nursery:

        async def flood() -> None:
            for number in range(count):
                await browser.send_message(f"{number:0{size}}")

        nursery.start_soon(flood)
        while transport.size <= READ_AHEAD:
            await trio.testing.wait_all_tasks_blocked()
        await trio.testing.wait_all_tasks_blocked(0.02)
        assert transport.size <= READ_AHEAD + CHUNK + size
        assert [int(message[-9:]) for message in await receive(transport, count)] == list(range(count))
