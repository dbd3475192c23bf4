"""``serve``, whose client floods it, does not read, or goes away."""

import re
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import trio

from cdp_bgservices.events import make_event
from cdp_bgservices.rpc.messages import LARGEST
from cdp_bgservices.store import open_engine
from tests.browser.processes import processes_of
from tests.cli.serving import Served, open_served

pytestmark = pytest.mark.browser

COUNT, SIZE = 10_000, 12_000
"""Events in a store, and the characters of each."""
BATCH = 1_000
BOUND = 60_000_000
"""Bytes by which the process may grow: half of what all events take."""


@pytest.fixture(scope="module")
def filled() -> Iterator[Path]:
    with TemporaryDirectory() as folder:
        path = Path(folder, "events.db")
        begin = int(time.time() * 1e6) - COUNT
        with open_engine(path) as engine:
            for first in range(0, COUNT, BATCH):
                engine.add(
                    [
                        make_event(
                            timestamp=begin + number,
                            source="filled",
                            service="backgroundSync",
                            event_name="Registered sync",
                            origin="http://localhost/",
                            storage_key="",
                            registration_id="0",
                            instance_id=str(number),
                            metadata={"text": "x" * SIZE},
                        )
                        for number in range(first, first + BATCH)
                    ]
                )
        yield path


@pytest.fixture
async def served(filled: Path) -> AsyncIterator[Served]:
    async with open_served("--store", str(filled), "--source", "filled") as opened:
        yield opened


async def beginning(served: Served) -> str:
    """The mark before all events of the store."""
    return re.sub(r"\d+$", "0", await served.ask("mark"))


def memory(served: Served) -> int:
    """Bytes that the process has in use."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{served.process.pid}/status").read_text())
    assert found
    return int(found[1]) * 1000


async def test_many_events_come_in_pages(served: Served) -> None:
    since: str | None = await beginning(served)
    before = memory(served)
    found: list[str] = []
    while since is not None:
        page = await served.ask("events", since=since, limit=500)
        assert len(page["events"]) <= 500
        found += [event["instance_id"] for event in page["events"]]
        since = page["next"]
    assert found == [str(number) for number in range(COUNT)]
    assert memory(served) - before < BOUND


async def test_a_client_that_does_not_read_is_waited_for_and_loses_nothing(served: Served) -> None:
    since = await beginning(served)
    before = memory(served)
    await served.send("subscribe", since=since)
    for _ in range(100):
        await served.send("workers")
    # It works on, as far as it can: until it has answered another client it has had the time to read on.
    async with open_served() as another:
        assert await another.ask("workers") == []
    assert memory(served) - before < BOUND
    found: list[str] = []
    answers = 0
    while len(found) < COUNT or answers < 101:
        message = await served.read()
        answers += "result" in message
        found += [event["instance_id"] for event in message.get("params", {}).get("events", [])]
    assert found == [str(number) for number in range(COUNT)]


async def test_a_line_of_a_hundred_megabytes_is_one_error(served: Served) -> None:
    assert served.process.stdin
    before = memory(served)
    for _ in range(100):
        await served.process.stdin.send_all(b"x" * 1_000_000)
    await served.process.stdin.send_all(b"\n")
    refused = await served.read()
    assert (refused["id"], refused["error"]["code"]) == (None, -32700)
    assert refused["error"]["message"] == f"a line is longer than {LARGEST} bytes"
    assert await served.ask("workers") == []
    assert memory(served) - before < 20_000_000


@pytest.mark.parametrize("reads", [True, False])
async def test_a_client_that_goes_away_takes_everything_with_it(reads: bool) -> None:
    with TemporaryDirectory(prefix="s-") as folder:
        async with open_served(TMPDIR=folder) as served:
            assert served.process.stdin
            assert served.process.stdout
            await served.send("wait")
            await served.process.stdin.send_all(b'{"jsonrpc": "2.0", "id": 3, "meth')
            if not reads:
                await served.process.stdout.aclose()
            await served.process.stdin.aclose()
            assert await served.process.wait() == 0
            await served.listened.wait()
        assert not await trio.to_thread.run_sync(lambda: list(Path(folder).iterdir()))
        assert not processes_of(Path(folder))
        assert "Traceback" not in served.err.decode()
