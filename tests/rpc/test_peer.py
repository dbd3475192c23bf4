"""A peer: requests side by side, cancellation, notifications, and input that is not a request."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st
from trio.testing import lockstep_stream_pair, memory_stream_pair

from cdp_bgservices.errors import BrowserLostError, ExpectationError, HandlerError, InvalidInputError, StoreError
from cdp_bgservices.rpc import peer as module
from cdp_bgservices.rpc.messages import LARGEST
from cdp_bgservices.rpc.peer import Peer
from tests.waiting import look_again

Client = trio.StapledStream[Any, Any]


async def echo(params: Mapping[str, Any]) -> Any:
    return dict(params)


async def block(params: Mapping[str, Any]) -> Any:
    await trio.sleep_forever()


async def refuse(params: Mapping[str, Any]) -> Any:
    raise {
        "input": InvalidInputError("a", "b"),
        "expectation": ExpectationError("a", "b"),
        "handler": HandlerError("a", "b", None),
        "lost": BrowserLostError("a", "b"),
        "store": StoreError("a", "b"),
        "ours": ZeroDivisionError("a"),
    }[params["kind"]]


class Asking:
    """A client, over a stream in memory."""

    def __init__(self, stream: Client, peer: Peer) -> None:
        self.stream = stream
        self.peer = peer
        self.waiting = b""
        self.ended = trio.Event()

    async def run(self) -> None:
        await self.peer.run()
        self.ended.set()

    async def send(self, **message: Any) -> None:
        await self.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")

    async def write(self, data: bytes) -> None:
        await self.stream.send_all(data)

    async def read(self) -> Any:
        while b"\n" not in self.waiting:
            part = await self.stream.receive_some()
            assert part, "the peer has ended"
            self.waiting += part
        line, _, self.waiting = self.waiting.partition(b"\n")
        return json.loads(line)

    async def ask(self, method: str, **params: Any) -> Any:
        await self.send(id="ask", method=method, params=params)
        return await self.read()

    async def assert_unharmed(self) -> None:
        assert (await self.ask("echo", x=1))["result"] == {"x": 1}


@asynccontextmanager
async def open_asking() -> AsyncIterator[Asking]:
    ours, theirs = memory_stream_pair()
    peer = Peer(theirs, {"echo": echo, "block": block, "refuse": refuse})
    with trio.fail_after(30):
        async with trio.open_nursery() as nursery:
            client = Asking(ours, peer)
            nursery.start_soon(client.run)
            yield client
            nursery.cancel_scope.cancel()


async def test_requests_are_answered_side_by_side() -> None:
    async with open_asking() as client:
        await client.send(id=1, method="block")
        await client.send(id="two", method="echo", params={"a": [1, "é\u2028"]})
        assert await client.read() == {"jsonrpc": "2.0", "id": "two", "result": {"a": [1, "é\u2028"]}}
        await client.send(method="$/cancelRequest", params={"id": 1})
        answer = await client.read()
        assert (answer["id"], answer["error"]["code"]) == (1, -32800)
        assert answer["error"]["message"] == "the request 'block' was cancelled"


async def test_no_line_end_of_any_reader_is_in_a_line() -> None:
    async with open_asking() as client:
        await client.send(id=1, method="echo", params={"a": "\u2028\u2029"})
        while not client.waiting.endswith(b"\n"):
            client.waiting += await client.stream.receive_some()
        assert client.waiting.isascii()


@pytest.mark.parametrize(
    ("kind", "code", "name"),
    [
        ("input", -32602, "InvalidInputError"),
        ("expectation", -32001, "ExpectationError"),
        ("handler", -32003, "HandlerError"),
        ("lost", -32004, "BrowserLostError"),
        ("store", -32005, "StoreError"),
    ],
)
async def test_an_error_has_its_code(kind: str, code: int, name: str) -> None:
    async with open_asking() as client:
        error = (await client.ask("refuse", kind=kind))["error"]
    assert error == {"code": code, "message": "a", "data": {"kind": name, "remedy": "b"}}


async def test_a_mistake_of_ours_is_an_answer_and_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    async with open_asking() as client:
        error = (await client.ask("refuse", kind="ours"))["error"]
        await client.assert_unharmed()
    assert (error["code"], error["message"]) == (-32603, "unexpected ZeroDivisionError: a")
    assert "refuse failed" in caplog.text


@pytest.mark.parametrize(
    ("line", "id_", "code", "text"),
    [
        ("", None, -32700, "a line is not JSON"),
        ("hello", None, -32700, "a line is not JSON"),
        ('{"jsonrpc": "2.0", "id": 1', None, -32700, "a line is not JSON"),
        (b'"\xff"', None, -32700, "a line is not JSON"),
        ("[" * 100_000, None, -32700, "a line is not JSON"),
        ("1", None, -32600, "a message is not a request"),
        ("{}", None, -32600, "a message is not a request"),
        ('{"jsonrpc": "2.0", "id": 7}', 7, -32600, "a message is not a request"),
        ('{"jsonrpc": "2.0", "id": 7, "result": 1}', 7, -32600, "a message is not a request"),
        ('{"jsonrpc": "2.0", "id": 1.5, "method": "echo"}', None, -32600, "a message is not a request"),
        ('{"jsonrpc": "1.0", "id": 7, "method": "echo"}', 7, -32600, "a message has the version '1.0'"),
        ('[{"jsonrpc": "2.0", "id": 7, "method": "echo"}]', None, -32600, "a batch of requests is not supported"),
        ('{"jsonrpc": "2.0", "method": "echo"}', None, -32600, "the request 'echo' has no id"),
        ('{"jsonrpc": "2.0", "id": 7, "method": "echoo"}', 7, -32601, "there is no method 'echoo'"),
        (
            '{"jsonrpc": "2.0", "id": 7, "method": "echo", "params": [1]}',
            7,
            -32602,
            "echo: its parameters have no names",
        ),
    ],
)
async def test_what_is_not_a_request_is_one_error(line: str | bytes, id_: int | None, code: int, text: str) -> None:
    async with open_asking() as client:
        await client.write((line.encode() if isinstance(line, str) else line) + b"\n")
        answer = await client.read()
        assert (answer["id"], answer["error"]["code"]) == (id_, code)
        assert answer["error"]["message"].startswith(text)
        assert answer["error"]["data"]["remedy"]
        await client.assert_unharmed()


async def test_a_line_of_a_hundred_megabytes_is_one_error_and_is_not_kept() -> None:
    part = b"x" * (LARGEST // 2)
    async with open_asking() as client:
        for _ in range(200):
            await client.write(part)
            await trio.testing.wait_all_tasks_blocked()
        await client.write(b"\n")
        answer = await client.read()
        assert (answer["id"], answer["error"]["code"]) == (None, -32700)
        assert answer["error"]["message"] == f"a line is longer than {LARGEST} bytes"
        await client.assert_unharmed()


async def test_an_id_that_is_in_use_does_not_end_the_first_request() -> None:
    async with open_asking() as client:
        await client.send(id=1, method="block")
        await client.send(id=1, method="echo")
        answer = await client.read()
        assert (answer["id"], answer["error"]["code"]) == (None, -32600)
        assert list(client.peer.pending) == [1]
        await client.send(method="$/cancelRequest", params={"id": 1})
        assert (await client.read())["error"]["code"] == -32800
        await client.send(id=1, method="echo")
        assert (await client.read())["result"] == {}


@pytest.mark.parametrize("params", [{"id": 9}, {"id": None}, {"id": [1]}, {}, []])
async def test_what_is_answered_already_is_not_cancelled_any_more(params: Any) -> None:
    async with open_asking() as client:
        await client.send(method="$/cancelRequest", params=params)
        await client.send(id=1, method="$/cancelRequest", params=params)
        assert await client.read() == {"jsonrpc": "2.0", "id": 1, "result": None}
        await client.assert_unharmed()


async def test_notifications_of_another_protocol_are_ignored() -> None:
    async with open_asking() as client:
        await client.send(method="$/setTrace", params={"value": "off"})
        await client.assert_unharmed()


async def test_too_many_requests_are_refused_and_can_be_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 3)
    async with open_asking() as client:
        for number in range(4):
            await client.send(id=number, method="block")
        answer = await client.read()
        assert (answer["id"], answer["error"]["code"]) == (3, -32600)
        await client.send(method="$/cancelRequest", params={"id": 0})
        assert (await client.read())["id"] == 0
        await client.assert_unharmed()


async def test_the_end_of_the_input_answers_everything() -> None:
    async with open_asking() as client:
        await client.send(id=1, method="block")
        await client.send(id=2, method="echo")
        await client.stream.send_eof()
        answers = {answer["id"]: answer for answer in (await client.read(), await client.read())}
        assert answers[2]["result"] == {}
        assert answers[1]["error"]["code"] == -32800
        assert await client.stream.receive_some() == b""


async def test_a_notification_that_is_cancelled_leaves_no_half_of_a_line() -> None:
    """A stream that has no room until the client reads: the line is on its way by then."""
    ours, theirs = lockstep_stream_pair()
    client = Asking(ours, Peer(theirs, {"echo": echo}))
    with trio.fail_after(30):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(client.run)
            scope = trio.CancelScope()
            nursery.start_soon(notify, client.peer, scope)
            await trio.testing.wait_all_tasks_blocked()
            client.waiting += await client.stream.receive_some(10)
            scope.cancel()
            await trio.testing.wait_all_tasks_blocked()
            assert await client.read() == {"jsonrpc": "2.0", "method": "event", "params": {"x": 1}}
            await client.assert_unharmed()
            nursery.cancel_scope.cancel()


async def notify(peer: Peer, scope: trio.CancelScope) -> None:
    with scope:
        await peer.notify("event", {"x": 1})


async def test_a_client_that_has_gone_ends_it() -> None:
    async with open_asking() as client:
        await client.send(id=1, method="block")
        await client.stream.receive_stream.aclose()
        with pytest.raises(trio.BrokenResourceError):
            await send_without_end(client)
        await client.ended.wait()


async def send_without_end(client: Asking) -> None:
    """It is an answer that shows the peer that its client has gone."""
    while True:
        await client.send(id=2, method="echo")
        await look_again()


@given(st.binary(max_size=200) | st.recursive(st.none() | st.text() | st.integers(), st.lists).map(json.dumps))
def test_no_line_breaks_it(line: bytes | str) -> None:
    async def run() -> None:
        async with open_asking() as client:
            lines = (line.encode() if isinstance(line, str) else line).split(b"\n")
            for each in lines:
                await client.write(each + b"\n")
                assert "error" in await client.read()
            await client.assert_unharmed()

    trio.run(run)
