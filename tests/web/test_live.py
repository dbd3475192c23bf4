"""Following what is committed, by this process and by others; and those who do not read what they asked for."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import trio

from cdp_bgservices.store import open_engine
from tests.cli.command import environment
from tests.making import MovedClock, event, events, ids
from tests.web.asking import Client, Message, messages, open_client

HERE = Path(__file__).parents[2]
PATHS = os.pathsep.join([*filter(None, sys.path), str(HERE)])
"""The installed package first, then the tests."""
Receive = trio.MemoryReceiveChannel[Message]

ADD = """
import sys
from pathlib import Path
from cdp_bgservices.store import open_engine
from tests.making import MovedClock, event
with open_engine(Path(sys.argv[1]), clock=MovedClock()) as database:
    database.add([event(int(number)) for number in sys.argv[2:]])
"""


async def elsewhere(path: Path, *numbers: int) -> None:
    """These events, committed by another process."""
    command = [sys.executable, "-c", ADD, str(path), *map(str, numbers)]
    await trio.run_process(command, stdin=subprocess.DEVNULL, env=environment(PYTHONPATH=PATHS))


async def wait_for(received: Receive, name: str) -> Message:
    """The next of a kind."""
    async for message in received:
        if message.name == name:
            return message
    raise AssertionError(f"it ended without {name!r}")


async def listen(client: Client, nursery: trio.Nursery, **parameters: Any) -> Receive:
    """The messages of a page that follows."""
    send, receive = trio.open_memory_channel[Message](10_000)

    async def read(task_status: trio.TaskStatus[None]) -> None:
        headers = parameters.pop("headers", {})
        async with client.http.stream("GET", "/api/live", params=parameters, headers=headers, timeout=None) as response:
            assert response.headers["content-type"] == "text/event-stream"
            task_status.started()
            async for message in messages(response):
                send.send_nowait(message)  # Cancelled here, httpx would leave its generators to the garbage collector.

    await nursery.start(read)
    return receive


async def test_what_other_processes_commit_comes(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    with trio.fail_after(60):
        async with open_client(path) as client, trio.open_nursery() as nursery:
            received = await listen(client, nursery)
            state = await wait_for(received, "state")
            assert state.data == await client.get("state")
            for number in (1, 2, 3):
                await elsewhere(path, number)
                rows: list[tuple[int, Any]] = []
                counted = -1
                while not rows or counted < number:  # The state may come before the rows.
                    message = await received.receive()
                    if message.name == "rows":
                        rows.append((message.id, message.data))
                    if message.name == "state" and message.data["cursor"] >= number:
                        counted = message.data["services"][1]["events"]
                listed = (await client.get("events"))["rows"]
                assert rows == [(number, {"rows": listed[-1:], "cursor": number, "more": False})]
                assert counted == number
            nursery.cancel_scope.cancel()


async def test_a_page_that_comes_is_not_sent_a_state_of_long_ago(tmp_path: Path) -> None:
    """While no page is open, nothing looks at the store."""
    path = tmp_path / "events.db"
    with trio.fail_after(60):
        async with open_client(path) as client:
            for number in (1, 2, 3):
                await elsewhere(path, number)
                async with trio.open_nursery() as nursery:
                    received = await listen(client, nursery)
                    state = await wait_for(received, "state")
                    assert state.data["services"][1]["events"] == number
                    nursery.cancel_scope.cancel()


async def test_it_begins_at_a_cursor_and_keeps_the_order_of_commits(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    given = list(reversed(events(1000)))
    with open_engine(path, clock=MovedClock()) as database:
        database.add(given)
    with trio.fail_after(60):
        async with open_client(path) as client, trio.open_nursery() as nursery:
            received = await listen(client, nursery, after=100)
            read: list[str] = []
            while True:
                message = await wait_for(received, "rows")
                read += [row["id"] for row in message.data["rows"]]
                if not message.data["more"]:
                    break
            assert read == ids(given[100:])
            # As an EventSource does that has lost us.
            again = await listen(client, nursery, after=100, headers={"Last-Event-ID": str(message.id - 1)})
            assert [row["seq"] for row in (await wait_for(again, "rows")).data["rows"]] == [1000]
            # A cursor of a store that was here before.
            late = await listen(client, nursery, after=5000)
            await elsewhere(path, 5000)
            assert [row["seq"] for row in (await wait_for(late, "rows")).data["rows"]] == [1001]
            nursery.cancel_scope.cancel()


async def test_it_has_filters(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    with trio.fail_after(60):
        async with open_client(path) as client, trio.open_nursery() as nursery:
            pushes = await listen(client, nursery, service="pushMessaging")
            failures = await listen(client, nursery, failed=1)
            with open_engine(path, clock=MovedClock()) as database:
                database.add([event(1), event(2, service="pushMessaging"), event(3, event_name="sync event failed")])
                assert [row["seq"] for row in (await wait_for(pushes, "rows")).data["rows"]] == [2]
                message = await wait_for(failures, "rows")
                assert [row["kind"] for row in message.data["rows"]] == ["failed"]
                assert message.id == 3
            nursery.cancel_scope.cancel()


async def test_a_clear_is_reported_and_a_prune_is_not(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    clock = MovedClock()
    with open_engine(path, clock=clock) as database:
        database.add([*events(10), event(11, service="pushMessaging")])
        with trio.fail_after(60):
            async with open_client(path, clock) as client, trio.open_nursery() as nursery:
                received = await listen(client, nursery)
                await wait_for(received, "state")
                clock.now += database.retention
                database.add([event(5000, timestamp=int(clock.now.timestamp() * 1e6))])
                database.prune()
                names = []
                async for message in received:
                    names.append(message.name)
                    if message.name == "state" and message.data["services"][1]["events"] == 1:
                        break
                assert "cleared" not in names
                database.clear(["backgroundSync"])
                await wait_for(received, "cleared")
                state = await wait_for(received, "state")
                assert {service["events"] for service in state.data["services"]} == {0}
                nursery.cancel_scope.cancel()


async def test_what_was_cleared_before_it_was_counted_is_reported(tmp_path: Path) -> None:
    """Counts come four times a second, rows at once."""
    path = tmp_path / "events.db"
    with open_engine(path, clock=MovedClock()) as database, trio.fail_after(60):
        async with open_client(path) as client, trio.open_nursery() as nursery:
            received = await listen(client, nursery)
            await wait_for(received, "state")  # It is known how often the store was cleared before.
            for number in range(1, 6):
                database.add([event(number)])
                database.clear()
                await wait_for(received, "cleared")
            nursery.cancel_scope.cancel()


async def test_a_client_that_never_reads_blocks_no_other_and_costs_little(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    large = [event(number, metadata={"Payload": "x" * 20_000}) for number in range(7500)]
    with open_engine(path, clock=MovedClock()) as database:
        database.add(large)  # 150 MB
    with trio.fail_after(100):
        async with open_client(path) as client, trio.open_nursery() as nursery:
            before = memory()
            token, port = client.viewer.token, client.viewer.port
            paths = [f"/api/live?after=0&token={token}", f"/api/export?format=jsonl&token={token}"] * 3
            silent = [await trio.open_tcp_stream("127.0.0.1", port) for _ in paths]
            for stream, question in zip(silent, paths, strict=True):
                await stream.send_all(f"GET {question} HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n".encode())
            received = await listen(client, nursery)
            await elsewhere(path, 9000)
            assert (await wait_for(received, "rows")).data["rows"][0]["instance_id"] == "tag-9000"
            assert (await client.get("events", limit=1))["total"] == 7501
            # Six times 150 MB were asked for. Of each the page that is on its way is there: rows, JSON, the socket's.
            assert memory() - before < 250_000_000
            nursery.cancel_scope.cancel()
        for stream in silent:
            await trio.aclose_forcefully(stream)


def memory() -> int:
    """Bytes that this process has in memory; 0 where the system does not tell so."""
    status = Path("/proc/self/status")
    if not status.exists():
        return 0
    return next(int(line.split()[1]) * 1024 for line in status.read_text().splitlines() if line.startswith("VmRSS"))


async def test_many_who_left_leave_nothing(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    with trio.fail_after(60):
        async with open_client(path) as client:
            port, token = client.viewer.port, client.viewer.token
            for _ in range(50):
                async with await trio.open_tcp_stream("127.0.0.1", port) as stream:
                    question = f"GET /api/live?token={token} HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n"
                    await stream.send_all(question.encode())
                    assert (await stream.receive_some()).startswith(b"HTTP/1.1 200")
            await elsewhere(path, 1)
            assert (await client.get("events"))["total"] == 1
