"""What a call of ``serve`` costs, how soon an event is answered; its start as a ratio to that of ``record --launch``.

python -m benchmarks.serve [--calls 200] [--rounds 5]
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from tempfile import TemporaryDirectory
from typing import Any

from cdp_bgservices.site import serve_site

COMMAND = [sys.executable, "-m", "cdp_bgservices"]
TAKES, ANSWERS, WAKES = 5.0, 10.0, 20.0
"""Milliseconds that are aimed at, in the median."""


class Client:
    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self.process = process
        self.sent = 0
        self.ready = self.read()

    def read(self) -> Any:
        assert self.process.stdout
        return json.loads(self.process.stdout.readline())

    def send(self, method: str, **params: Any) -> None:
        assert self.process.stdin
        self.sent += 1
        request = {"jsonrpc": "2.0", "id": self.sent, "method": method, "params": params}
        self.process.stdin.write(json.dumps(request).encode() + b"\n")
        self.process.stdin.flush()

    def ask(self, method: str, **params: Any) -> Any:
        self.send(method, **params)
        return self.read()["result"]


@contextmanager
def served(*arguments: str) -> Iterator[Client]:
    with subprocess.Popen(
        [*COMMAND, "serve", *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        yield Client(process)
        assert process.stdin
        process.stdin.close()


def milliseconds(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return (time.perf_counter() - started) * 1000


def since_stored(event: Any) -> float:
    """Milliseconds from the moment at which the recorder stores an event until now."""
    return (datetime.now(UTC) - datetime.fromisoformat(event["received_at"])).total_seconds() * 1000


def show(what: str, times: list[float], aim: float) -> None:
    times.sort()
    middle, late = statistics.median(times), times[int(len(times) * 0.95)]
    print(f"{what:42} median {middle:6.2f} ms, 95 % within {late:6.2f} ms (aim: {aim:g} ms)")


def call(calls: int) -> None:
    with serve_site() as site, served("--url", site, "--grant", site.rstrip("/")) as client:
        mark = client.ask("mark")
        client.ask("sync", tag="first")
        for method, params in (
            ("mark", {}),
            ("events", {"since": mark}),
            ("wait", {"since": mark, "instanceId": "first"}),
            ("workers", {}),
        ):
            show(method, [milliseconds(lambda: client.ask(method, **params)) for _ in range(calls)], TAKES)  # noqa: B023
        for method, given in (("sync", {"tag": "t"}), ("push", {"data": "d"})):
            show(
                f"{method}, after its event was stored",
                [since_stored(client.ask(method, **given)) for _ in range(calls)],
                ANSWERS,
            )
        woken = []
        for number in range(calls):
            client.send("wait", service="backgroundSync", instanceId=f"n{number}", since=mark)
            client.send("sync", tag=f"n{number}")
            answers = [client.read(), client.read()]
            woken.append(since_stored(min(answers, key=lambda answer: answer["id"])["result"]))
        show("wait and sync, after the event was stored", woken, WAKES)


def seconds_to_serve() -> float:
    started = time.perf_counter()
    with served():
        return time.perf_counter() - started


def seconds_to_record() -> float:
    """Until it says that it records."""
    with TemporaryDirectory() as folder:
        started = time.perf_counter()
        command = [*COMMAND, "record", "--launch", "--port", "0", "--store", f"{folder}/events.db"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
            assert process.stderr
            while not process.stderr.readline().startswith(b"others can attach"):
                assert process.poll() is None, "it ended"
            seconds = time.perf_counter() - started
            process.terminate()
            process.stderr.read()
        return seconds


def start(rounds: int) -> None:
    served_in, recorded_in = [], []
    for _ in range(rounds):
        served_in.append(seconds_to_serve())
        recorded_in.append(seconds_to_record())
    serve, record = statistics.median(served_in), statistics.median(recorded_in)
    print(f"start: serve {serve:.2f} s, record --launch {record:.2f} s, ratio {serve / record:.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    call(given.calls)
    start(given.rounds)


if __name__ == "__main__":
    main()
