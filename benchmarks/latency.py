"""Latency: from the browser's timestamp to the event's being read back from the store, after its commit.

python -m benchmarks.latency [--rate 500] [--seconds 20]
"""

import argparse
import tempfile
import time
from pathlib import Path

import trio

from benchmarks.load import open_syncs, serve
from cdp_bgservices.browser.launch import Launch
from cdp_bgservices.browser.opening import open_browser
from cdp_bgservices.recorder import Recorder, open_recorder
from cdp_bgservices.store import open_store


async def measure(folder: Path, rate: float, seconds: float) -> list[float]:
    latencies: list[float] = []
    all_back = trio.Event()

    async def read_back(recorder: Recorder) -> None:
        async for event in recorder.events():
            latencies.append(time.time() - event.timestamp.timestamp())
            if len(latencies) == int(rate * seconds):
                all_back.set()

    with serve() as url:
        async with (
            open_store(folder / "events.db") as store,
            open_browser(launch=Launch(profile=folder / "profile")) as browser,
            open_syncs(browser, url) as syncs,
            open_recorder(browser, store) as recorder,
            trio.open_nursery() as nursery,
        ):
            nursery.start_soon(read_back, recorder)
            await syncs.dispatch(int(rate * seconds), per_second=rate)
            with trio.move_on_after(10):
                await all_back.wait()
            nursery.cancel_scope.cancel()
    return sorted(latencies)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=500)
    parser.add_argument("--seconds", type=float, default=20)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        latencies = trio.run(measure, Path(folder), arguments.rate, arguments.seconds)
    expected = int(arguments.rate * arguments.seconds)
    assert len(latencies) == expected, f"{len(latencies)} of {expected} stored"
    print(f"{expected} events at {arguments.rate:g} a second, timestamp to commit and back:")
    for name, share in (("median", 0.5), ("99th percentile", 0.99), ("maximum", 1.0)):
        print(f"  {name:16} {latencies[min(int(share * expected), expected - 1)] * 1000:6.1f} ms")


if __name__ == "__main__":
    main()
