"""Replay: from attaching to the last commit, as ratios to a bare socket and to a Playwright script, in one run.

python -m benchmarks.replay [--events 20000 --events 200000] [--rounds 3]
"""

import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import trio

from benchmarks.bare import drain_pipe, drain_websocket
from benchmarks.load import fill, measure_each
from cdp_bgservices.browser.launch import Launch
from cdp_bgservices.browser.opening import Browser, open_browser
from cdp_bgservices.recorder import open_recorder
from cdp_bgservices.store import open_store

SERVICE = "backgroundSync"


async def seconds_to_record(browser: Browser, store: Path, expected: int, started: float) -> float:
    """Until the last commit: a recorder is ready when the replay is stored."""
    async with open_store(store) as kept, open_recorder(browser, kept, services=(SERVICE,)) as recorder:
        seconds = time.perf_counter() - started
        stored = recorder.statistics.stored
        assert stored == expected, f"{stored} of {expected} stored"
        return seconds


async def over_pipe(profile: Path, store: Path, expected: int) -> float:
    async with open_browser(launch=Launch(profile=profile)) as browser:
        # The first one reads the profile's database, for all alike.
        await seconds_to_record(browser, store, expected, 0)
        return await seconds_to_record(browser, fresh(store.parent), expected, time.perf_counter())


async def over_websocket(port: str, store: Path, expected: int) -> float:
    started = time.perf_counter()
    async with open_browser(port) as browser:
        return await seconds_to_record(browser, store, expected, started)


def with_playwright(port: str, store: Path, expected: int) -> float:
    """In a process of its own: Playwright's loop and trio's do not mix."""
    script = Path(__file__).with_name("playwright_script.py")
    command = [sys.executable, str(script), f"http://127.0.0.1:{port}", str(store), str(expected)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def fresh(folder: Path) -> Path:
    store = folder / "store.db"
    for suffix in ("", "-wal", "-shm"):
        with suppress(FileNotFoundError):
            (folder / f"store.db{suffix}").unlink()
    return store


def median(rounds: int, measure: Callable[[], float]) -> float:
    return statistics.median(measure() for _ in range(rounds))


async def websocket_figures(profile: Path, folder: Path, events: int, rounds: int) -> tuple[float, float, float]:
    async with open_browser(launch=Launch(profile=profile, port=0)) as browser:
        assert browser.endpoint
        port = browser.endpoint.split(":")[2].split("/")[0]
        bare, ours, playwright = [], [], []
        await trio.to_thread.run_sync(drain_websocket, browser.endpoint, SERVICE)
        for _ in range(rounds):
            bare.append((await trio.to_thread.run_sync(drain_websocket, browser.endpoint, SERVICE))[0])
            ours.append(await over_websocket(port, fresh(folder), events))
            playwright.append(await trio.to_thread.run_sync(with_playwright, port, fresh(folder), events))
    return statistics.median(bare), statistics.median(ours), statistics.median(playwright)


def measure(events: int, rounds: int) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder, profile = Path(temporary), Path(temporary) / "profile"
        trio.run(fill, profile, events)
        bare = median(rounds, lambda: drain_pipe(profile, SERVICE)[0])
        ours = median(rounds, lambda: trio.run(over_pipe, profile, fresh(folder), events))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
        bare_websocket, ours_websocket, playwright = trio.run(websocket_figures, profile, folder, events, rounds)
        size = drain_pipe(profile, SERVICE)[1]
    print(f"{events} events, {size / 1e6:.1f} MB, median of {rounds}")
    print(f"  pipe       {ours / bare:5.2f} times a bare pipe ({ours:.2f} s, {bare:.2f} s)")
    print(
        f"  websocket  {ours_websocket / bare_websocket:5.2f} times a bare socket "
        f"({ours_websocket:.2f} s, {bare_websocket:.2f} s)"
    )
    print(
        f"  Playwright {playwright / ours:5.1f} times slower than the pipe, "
        f"{playwright / ours_websocket:.1f} times slower than the websocket ({playwright:.2f} s)"
    )
    print(f"  peak memory of this process, fill and replay: {peak} MiB")


if __name__ == "__main__":
    measure_each(__doc__, measure)
