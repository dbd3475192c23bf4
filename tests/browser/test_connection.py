"""Commands, replies, sessions and notifications, over a real pipe transport with a scripted peer."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest
import trio
from cdp import browser as browser_domain

from cdp_bgservices.browser import connection as module
from cdp_bgservices.browser.calls import NoAnswerError
from cdp_bgservices.browser.connection import Connection, Session, open_connection
from cdp_bgservices.browser.transport import PipeTransport
from cdp_bgservices.errors import BrowserLostError, CommandError
from cdp_bgservices.protocol.commands import command
from cdp_bgservices.tasks import open_tasks

DEADLINE = 30
Json = dict[str, Any]


class Peer:
    """The browser's end: it sees commands and says what the test wants."""

    def __init__(self, commands: trio.abc.ReceiveStream, messages: trio.abc.SendStream) -> None:
        self.commands = commands
        self.messages = messages
        self.buffer = b""

    async def read(self) -> Json:
        """The next command."""
        while b"\0" not in self.buffer:
            self.buffer += await self.commands.receive_some()
        first, _, self.buffer = self.buffer.partition(b"\0")
        return dict(msgspec.json.decode(first))

    async def say(self, *messages: Json | bytes) -> None:
        for message in messages:
            data = message if isinstance(message, bytes) else msgspec.json.encode(message)
            await self.messages.send_all(data + b"\0")


@asynccontextmanager
async def open_pair() -> AsyncIterator[tuple[Connection, Peer]]:
    commands_out, commands_in = trio.testing.memory_stream_one_way_pair()
    messages_out, messages_in = trio.testing.memory_stream_one_way_pair()
    with trio.fail_after(DEADLINE):
        async with open_connection(PipeTransport(commands_out, messages_in)) as connection:
            yield connection, Peer(commands_in, messages_out)


async def wait_until(condition: Callable[[], object]) -> None:
    while not condition():
        await trio.lowlevel.checkpoint()


async def keep_error(errors: list[Exception], session: Session) -> None:
    try:
        await session.call(command("Some.method"))
    except Exception as error:
        errors.append(error)


async def test_replies_find_their_calls_in_any_order() -> None:
    async with open_pair() as (connection, peer):
        calls = [await connection.root.send(command(f"A.{number}")) for number in range(3)]
        sent = [await peer.read() for _ in calls]
        await peer.say(*({"id": each["id"], "result": {"of": each["method"]}} for each in reversed(sent)))
        assert [await call.result() for call in calls] == [{"of": "A.0"}, {"of": "A.1"}, {"of": "A.2"}]


async def test_notifications_that_precede_a_reply_are_there_when_it_comes() -> None:
    async with open_pair() as (connection, peer):
        session = connection.attached("S")
        session.listen()
        call = await session.send(command("BackgroundService.startObserving", service="x", left_out=None))
        sent = await peer.read()
        assert sent == {**sent, "params": {"service": "x"}, "sessionId": "S"}
        reported = [{"method": f"E.{number}", "sessionId": "S"} for number in range(3)]
        await peer.say(*reported, {"id": sent["id"], "result": {}, "sessionId": "S"})
        await call.result()
        assert session.received == 3
        assert [message.method for message in await session.notifications()] == ["E.0", "E.1", "E.2"]


async def test_what_fits_nowhere_is_counted_and_not_fatal() -> None:
    async with open_pair() as (connection, peer):
        await peer.say(
            {"id": 99, "result": {}},  # A reply to nothing.
            {"method": "A.b", "sessionId": "unknown"},
            b"no JSON",
            {"error": {"code": -32700, "message": "a parse error of no command"}},
            {"method": "Target.attachedToTarget", "params": {"sessionId": 5}},
            {"method": "Target.detachedFromTarget", "params": []},
        )
        call = await connection.root.send(command("A.b"))
        await peer.say({"id": (await peer.read())["id"], "result": {"fine": True}})
        assert await call.result() == {"fine": True}
        assert connection.not_understood == 6


async def test_an_error_is_raised_with_its_words() -> None:
    async with open_pair() as (connection, peer):
        call = await connection.root.send(command("A.b"))
        error = {"code": -32602, "message": "Invalid parameters", "data": "why"}
        await peer.say({"id": (await peer.read())["id"], "error": error})
        with pytest.raises(CommandError, match=r"^A\.b: Invalid parameters \(why\)$") as caught:
            await call.result()
        assert caught.value.code == -32602


async def test_a_result_that_makes_no_sense_is_a_command_error() -> None:
    async with open_pair() as (connection, peer):
        results: list[Any] = [{}, [], {"product": None}]
        for result in results:
            call = await connection.root.send(browser_domain.get_version())
            await peer.say({"id": (await peer.read())["id"], "result": result})
            with pytest.raises(CommandError, match="not understood"):
                await call.result()


async def test_text_of_a_result_that_is_not_unicode_is_kept() -> None:
    async with open_pair() as (connection, peer):
        call = await connection.root.send(command("A.b"))
        number = str((await peer.read())["id"]).encode()
        await peer.say(b'{"id":' + number + b',"result":{"title":"\\ud800 \xff"}}')
        assert await call.result() == {"title": "\N{REPLACEMENT CHARACTER} \N{REPLACEMENT CHARACTER}"}


async def test_a_detached_session_ends_and_the_others_go_on() -> None:
    async with open_pair() as (connection, peer):
        await peer.say({"method": "Target.attachedToTarget", "params": {"sessionId": "S"}})
        await wait_until(lambda: "S" in connection.sessions)
        session = connection.attached("S")
        session.listen()
        pending = await session.send(command("A.b"))
        other = await connection.root.send(command("A.c"))
        await peer.say(
            {"method": "E.last", "sessionId": "S"},
            {"method": "Target.detachedFromTarget", "params": {"sessionId": "S"}},
        )
        with pytest.raises(BrowserLostError, match="target is gone"):
            await pending.result()
        assert [message.method for message in await session.notifications()] == ["E.last"]
        with pytest.raises(BrowserLostError, match="target is gone"):
            await session.notifications()
        with pytest.raises(BrowserLostError, match="target is gone"):
            await session.call(command("A.b"))
        assert session.ended.is_set()
        await peer.say({"id": 2, "result": {}})
        assert await other.result() == {}


async def test_a_call_to_a_session_that_the_browser_has_ended_says_so() -> None:
    async with open_pair() as (connection, peer):
        call = await connection.attached("S").send(command("A.b"))
        error = {"code": -32001, "message": "Session with given id not found."}
        await peer.say({"id": (await peer.read())["id"], "error": error})
        with pytest.raises(BrowserLostError, match="target is gone"):
            await call.result()


async def test_a_lost_connection_is_raised_at_once_in_every_waiting_call() -> None:
    async with open_pair() as (connection, peer), open_tasks() as tasks:
        errors: list[Exception] = []
        sessions = [connection.root, connection.attached("S")]
        for session in sessions:
            session.listen()
            tasks.start_soon(keep_error, errors, session)
        await wait_until(lambda: len(connection.pending) == 2)
        await peer.messages.aclose()
        await wait_until(lambda: len(errors) == 2)
        for session in [*sessions, connection.attached("one that comes later")]:
            await keep_error(errors, session)
            with pytest.raises(BrowserLostError):
                await session.notifications()
        assert [type(error) for error in errors] == [BrowserLostError] * 5
        await connection.lost.wait()


async def test_a_cancelled_call_leaves_the_connection_usable() -> None:
    async with open_pair() as (connection, peer):
        with trio.move_on_after(0) as scope:
            await connection.root.call(command("A.slow"))
        assert scope.cancelled_caught
        slow = await peer.read()  # It was written whole.
        call = await connection.root.send(command("A.b"))
        await peer.say({"id": slow["id"], "result": {}}, {"id": (await peer.read())["id"], "result": {"b": 1}})
        assert await call.result() == {"b": 1}


async def test_messages_that_come_byte_by_byte_are_whole() -> None:
    async with open_pair() as (connection, peer):
        call = await connection.root.send(command("A.b"))
        for byte in msgspec.json.encode({"id": (await peer.read())["id"], "result": {"é": "€"}}) + b"\0":
            await peer.messages.send_all(bytes([byte]))
        assert await call.result() == {"é": "€"}


async def test_a_session_that_is_not_emptied_holds_up_the_reader_only_beyond_its_limit() -> None:
    async with open_pair() as (connection, peer):
        full, other = connection.attached("full"), connection.attached("other")
        for session in (full, other):
            session.listen()
        within = {"method": "E", "sessionId": "full", "params": {"x": "x" * (module.INBOX_LIMIT // 2)}}
        await peer.say(within, {"method": "E.read", "sessionId": "other"})
        assert (await other.notifications())[0].method == "E.read"
        await peer.say(within)
        await wait_until(lambda: full.received == 2)
        await peer.say({"method": "E.waits", "sessionId": "other"})
        await trio.testing.wait_all_tasks_blocked()
        assert other.received == 1
        assert len(await full.notifications()) == 2
        assert (await other.notifications())[0].method == "E.waits"


async def test_a_full_session_that_stops_listening_lets_the_reader_go_on() -> None:
    async with open_pair() as (connection, peer):
        full = connection.attached("full")
        full.listen()
        await peer.say({"method": "E", "sessionId": "full", "params": {"x": "x" * (module.INBOX_LIMIT + 1)}})
        await wait_until(lambda: full.received)
        full.stop_listening()
        call = await connection.root.send(command("A.b"))
        await peer.say({"id": (await peer.read())["id"], "result": {}})
        assert await call.result() == {}


async def test_a_call_that_is_not_answered_ends_its_session_and_the_others_go_on() -> None:
    async with open_pair() as (connection, peer):
        session = connection.attached("S")
        calls = [await session.send(command("A.b"), limit=limit) for limit in (0.05, 60)]
        for call in calls:
            with pytest.raises(NoAnswerError, match=r"did not answer A\.b within 0\.05 s"):
                await call.result()
        assert session.ended.is_set()
        assert not connection.pending
        other = await connection.root.send(command("A.c"))
        late, _, asked = [await peer.read() for _ in range(3)]
        await peer.say({"id": late["id"], "result": {}}, {"id": asked["id"], "result": {"c": 1}})
        assert await other.result() == {"c": 1}
        assert connection.not_understood == 0, "it was sent, and so is understood, though it is late"


async def test_a_call_to_the_browser_itself_that_is_not_answered_ends_all() -> None:
    async with open_pair() as (connection, _):
        session = connection.attached("S")
        waiting = await session.send(command("A.b"))
        with pytest.raises(NoAnswerError, match=r"did not answer A\.c within 0\.05 s"):
            await connection.root.call(command("A.c"), limit=0.05)
        await connection.lost.wait()
        with pytest.raises(NoAnswerError):
            await waiting.result()
        with pytest.raises(NoAnswerError):
            await session.notifications()


async def test_no_answer_is_missed_while_the_reader_waits_for_a_slow_store() -> None:
    async with open_pair() as (connection, peer):
        full = connection.attached("full")
        full.listen()
        call = await connection.root.send(command("A.b"), limit=2)
        outcome: list[Any] = []

        async def wait() -> None:
            outcome.append(await call.result())

        async with trio.open_nursery() as nursery:
            nursery.start_soon(wait)
            await peer.say({"method": "E", "sessionId": "full", "params": {"x": "x" * (module.INBOX_LIMIT + 1)}})
            await wait_until(lambda: full.received)
            await peer.say({"id": (await peer.read())["id"], "result": {"b": 1}})
            await trio.sleep(2.3)  # Longer than the limit: the store takes its time.
            assert not outcome
            assert len(await full.notifications()) == 1
        assert outcome == [{"b": 1}]


async def test_an_answer_that_comes_while_this_process_stands_still_is_not_missed() -> None:
    """As it does while it is stopped, or its container paused."""
    async with open_pair() as (connection, peer), trio.open_nursery() as nursery:

        async def stand_still() -> None:
            sent = await peer.read()
            await trio.testing.wait_all_tasks_blocked()
            time.sleep(0.6)  # noqa: ASYNC251 nothing else of this process runs either
            await trio.testing.wait_all_tasks_blocked()  # By now it would have been given up.
            await peer.say({"id": sent["id"], "result": {"b": 1}})

        nursery.start_soon(stand_still)
        assert await connection.root.call(command("A.b"), limit=0.5) == {"b": 1}


async def test_what_comes_for_a_session_that_was_given_up_is_not_kept() -> None:
    async with open_pair() as (connection, peer):
        session = connection.attached("S")
        session.listen()
        await peer.say({"method": "E.before", "sessionId": "S"})
        await wait_until(lambda: session.received)
        session.give_up(BrowserLostError("it crashed"))
        call = await connection.root.send(command("A.b"))
        await peer.say({"method": "E.after", "sessionId": "S"}, {"id": (await peer.read())["id"], "result": {}})
        await call.result()
        assert [message.method for message in await session.notifications()] == ["E.before"]
        with pytest.raises(BrowserLostError, match="it crashed"):
            await session.notifications()


async def test_the_error_of_the_body_comes_out_bare() -> None:
    with pytest.raises(KeyError, match="mine"):
        async with open_pair():
            raise KeyError("mine")
