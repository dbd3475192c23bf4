"""How fast the viewer answers over a large store, and how soon a page gets what another process commits.

    python -m benchmarks.viewing [STORE]

STORE is an existing store, to measure the same one several times; otherwise one of a million events is made. Each
figure is the best of three, over a real socket, of a viewer that has answered nothing of the kind before: milliseconds,
those of the processor (both threads' and the client's), and how many times as long as SQLite takes at the same time to
go through the whole table: on a busy machine that alone says something.
"""

import random
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any

import httpx
import trio

from cdp_bgservices.events import Event, make_event, to_microseconds
from cdp_bgservices.store import open_engine
from cdp_bgservices.store.sqlite.engine import SqliteEngine
from cdp_bgservices.web.server import open_viewer

EVENTS = 1_000_000
BATCH = 5_000
ROUNDS = 3
LIVE = 40
NAMES = {
    "backgroundSync": ("Registered sync", "Dispatched sync event", "sync event failed", "Sync completed"),
    "pushMessaging": ("Push message received", "Push event dispatched", "Push event completed"),
    "notifications": ("Notification displayed", "Notification clicked", "Notification closed"),
    "backgroundFetch": ("Background Fetch started", "Request processing completed", "Background Fetch completed"),
}
QUESTIONS: dict[str, dict[str, Any]] = {
    "the first rows": {},
    "the newest rows": {"order": "desc"},
    "rows from the 900,000th on": {"offset": 900_000},
    "one service": {"service": "pushMessaging"},
    "two services": {"service": ["pushMessaging", "notifications"]},
    "an origin, of 20": {"origin": "https://app3.example"},
    "an origin that is not there": {"origin": "https://nowhere.example"},
    "an instance": {"instance": "push-150000"},
    "text in a payload": {"text": "Message 12"},
    "text that is not there": {"text": "nowhere"},
    "text in Cyrillic that is not there": {"text": "нигде"},
    "failures": {"failed": 1},
    "the last two hours": {"since": "2h"},
    "sorted by service": {"sort": "service"},
    "sorted by event": {"sort": "event"},
    "sorted by origin": {"sort": "origin"},
    "sorted by event, in the middle": {"sort": "event", "offset": 500_000},
    "sorted by instance, in the middle": {"sort": "instance", "offset": 500_000},
    "an event, from the middle on": {"event": "Push message received", "offset": 40_000},
    "sorted by instance": {"sort": "instance"},
}
ADD = """
import sys, time
from benchmarks.viewing import make
from cdp_bgservices.events import to_microseconds
from cdp_bgservices.store import open_engine
from cdp_bgservices.store.sqlite.engine import SqliteEngine
from datetime import UTC, datetime
with open_engine(sys.argv[1]) as database:
    for line in sys.stdin:
        event = make(to_microseconds(datetime.now(UTC)), "backgroundSync", "Live", "https://live.example/", "live", {})
        database.add([event])
        print(time.perf_counter(), flush=True)
"""


def make(timestamp: int, service: str, name: str, origin: str, instance: str, metadata: dict[str, str]) -> Event:
    return make_event(
        source="/home/ada/profile",
        timestamp=timestamp,
        service=service,
        event_name=name,
        origin=origin,
        storage_key=origin,
        registration_id="7",
        instance_id=instance,
        metadata=metadata,
        scope=f"{origin}app/",
        browser_context="CONTEXT",
    )


def many(count: int) -> Iterator[Event]:
    """Of the last 70 hours; half of them with metadata."""
    chance = random.Random(1)
    start = to_microseconds(datetime.now(UTC) - timedelta(hours=70))
    step = int(70 * 3600 * 1e6) // count
    for number in range(count):
        service = chance.choice(list(NAMES))
        name = chance.choice(NAMES[service])
        metadata = {}
        if name == "Push message received":
            payload = f'{{"title":"Message {number}","body":"some text that is somewhat long, of user {number % 977}"}}'
            metadata = {"Success": "Yes", "Was Encrypted": "Yes", "Payload": payload}
        elif name == "Request processing completed":
            metadata = {"URL": f"https://cdn.example/file-{number}.bin", "Response Status": "200"}
        elif name == "Sync completed":
            metadata = {"Status": "succeeded" if number % 11 else "waitUntil rejected"}
        elif name == "Notification displayed":
            metadata = {"Title": f"Hello {number}", "Body": f"You have {number % 50} messages"}
        origin = f"https://app{chance.randrange(20)}.example/"
        timestamp = start + step * number + chance.randrange(step)
        yield make(timestamp, service, name, origin, f"{service[:4]}-{number // 5}", metadata)


def fill(path: Path) -> None:
    with open_engine(path) as database:
        batch: list[Event] = []
        for event in many(EVENTS):
            batch.append(event)
            if len(batch) == BATCH:
                database.add(batch)
                batch.clear()
        database.add(batch)


def scan(path: Path) -> float:
    """Seconds in which SQLite goes through the table."""
    with open_engine(path) as database:
        assert isinstance(database, SqliteEngine)
        started = perf_counter()
        database.rows("SELECT count(*) FROM events NOT INDEXED WHERE origin = 'x'")
        return perf_counter() - started


async def ask(path: Path, question: str, **parameters: Any) -> tuple[float, float, float]:
    """Seconds of the first question to a viewer that has been open for a moment; of the processor; and the ratio."""
    plain = await trio.to_thread.run_sync(scan, path)
    async with open_viewer(path) as viewer:
        address, headers = f"http://127.0.0.1:{viewer.port}", {"Authorization": f"Bearer {viewer.token}"}
        async with httpx.AsyncClient(base_url=address, headers=headers, timeout=120, trust_env=False) as http:
            await http.get("/api/state")
            await http.get("/api/events", params={"text": "absent", "cursor": 1})  # By then the words are there.
            await http.get("/api/facets", params={"text": "absent"})
            started, worked = perf_counter(), process_time()
            response = await http.get(f"/api/{question}", params=parameters)
            elapsed, work = perf_counter() - started, process_time() - worked
            response.raise_for_status()
            return elapsed, work, elapsed / plain


async def measure_questions(path: Path) -> None:
    now = to_microseconds(datetime.now(UTC))
    whole = {"begin": now - int(3 * 86400e6), "end": now}
    others: dict[str, tuple[str, dict[str, Any]]] = {
        "the values to filter by": ("facets", {}),
        "the overview": ("overview", {**whole, "buckets": 200}),
        "the timeline of three days": ("timeline", whole),
        "the timeline of a minute": ("timeline", {"begin": now - int(36e8) - int(6e7), "end": now - int(36e8)}),
        "the numbers": ("numbers", {}),
    }
    asked = {name: ("events", parameters) for name, parameters in QUESTIONS.items()} | others
    for name, (question, parameters) in asked.items():
        best, work, ratio = min([await ask(path, question, **parameters) for _ in range(ROUNDS)])
        print(f"{best * 1000:8.0f} ms {work * 1000:7.0f} ms {ratio:7.1f}  {name}", flush=True)


async def measure_live(path: Path, viewers: int) -> float:
    """From each commit by another process to its arrival here: the median and the worst. The cost of a commit there."""
    delays: list[float] = []
    costs: list[float] = []
    came: trio.MemorySendChannel[float]
    came, arrivals = trio.open_memory_channel[float](1000)

    async def follow(address: str, first: bool) -> None:
        async with httpx.AsyncClient(timeout=None, trust_env=False) as http, http.stream("GET", address) as response:
            async for line in response.aiter_lines():
                if first and line == "event: rows":
                    came.send_nowait(perf_counter())

    async with trio.open_nursery() as nursery:
        for number in range(viewers):
            viewer = await nursery.start(hold_viewer, path)
            address = f"http://127.0.0.1:{viewer.port}/api/live?token={viewer.token}"
            nursery.start_soon(follow, address, not number)
        command = [sys.executable, "-c", ADD, str(path)]
        process = await trio.lowlevel.open_process(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert process.stdin
        assert process.stdout
        await trio.sleep(2)
        for _ in range(LIVE):
            started = perf_counter()
            await process.stdin.send_all(b"\n")
            committed = await read_line(process.stdout)
            costs.append(committed - started)
            if viewers:
                delays.append(await arrivals.receive() - committed)
            await trio.sleep(random.random() / 20)
        await process.stdin.aclose()
        await process.wait()
        nursery.cancel_scope.cancel()
    if delays:
        print(f"{median(delays) * 1000:8.0f} ms  from a commit to the page (at worst {max(delays) * 1000:.0f})")
    print(f"{median(costs) * 1000:8.2f} ms  a commit, with {viewers} viewers")
    return median(costs)


async def read_line(stream: trio.abc.ReceiveStream) -> float:
    """A number."""
    line = b""
    while not line.endswith(b"\n"):
        line += await stream.receive_some()
    return float(line)


async def hold_viewer(path: Path, task_status: trio.TaskStatus[Any]) -> None:
    async with open_viewer(path) as viewer:
        task_status.started(viewer)
        await trio.sleep_forever()


async def measure_idling(path: Path) -> None:
    """Processor time of a viewer at which a page looks, while nothing happens."""
    async with trio.open_nursery() as nursery:
        viewer = await nursery.start(hold_viewer, path)
        address = f"http://127.0.0.1:{viewer.port}/api/live?token={viewer.token}"
        async with httpx.AsyncClient(timeout=None, trust_env=False) as http, http.stream("GET", address):
            await trio.sleep(3)
            started = process_time()
            await trio.sleep(10)
            print(f"{(process_time() - started) * 10:8.1f} %   of a processor, while nothing happens")
        nursery.cancel_scope.cancel()


async def measure(path: Path) -> None:
    await measure_questions(path)
    without = await measure_live(path, 0)
    with_two = await measure_live(path, 2)
    print(f"{with_two / without:8.2f}     times as long: a commit while two look")
    await measure_idling(path)


def main() -> None:
    sys.setswitchinterval(0.0005)  # As the command does.
    with TemporaryDirectory() as folder:
        path = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(folder) / "events.db"
        if not path.exists():
            fill(path)
        trio.run(measure, path.absolute())


if __name__ == "__main__":
    main()
