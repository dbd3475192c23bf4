"""A Chromium with a given number of stored events, for the benchmarks: dispatched for real, kept in a profile."""

import argparse
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import trio
from cdp import service_worker

from cdp_bgservices.browser.each_context import list_workers
from cdp_bgservices.browser.launch import Launch
from cdp_bgservices.browser.observer import Observer
from cdp_bgservices.browser.opening import Browser, open_browser
from cdp_bgservices.browser.pages import open_page
from cdp_bgservices.browser.switching import Settings
from cdp_bgservices.errors import TriggerError
from cdp_bgservices.events import Event
from cdp_bgservices.protocol.workers import Worker, choose_worker
from cdp_bgservices.tasks import open_tasks

PAGE = b"<!doctype html><script>navigator.serviceWorker.register('/worker.js')</script>"
WORKER = b"self.addEventListener('sync', event => {})"
AHEAD = 200
"""Triggers that may wait for their events."""


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body, kind = (WORKER, "text/javascript") if self.path == "/worker.js" else (PAGE, "text/html")
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serve() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://localhost:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


async def wait_worker(browser: Browser, scope: str) -> Worker:
    while True:
        try:
            return choose_worker(await list_workers(browser), scope, None)
        except TriggerError:
            await trio.sleep(0.05)


class Syncs:
    """Dispatches syncs as fast as their events come back, or at a given pace."""

    def __init__(self, observer: Observer, worker: Worker) -> None:
        self.observer = observer
        self.worker = worker
        self.seen = 0
        self.progress = trio.Event()

    async def see(self, events: Sequence[Event]) -> None:
        self.seen += len(events)
        self.progress.set()
        self.progress = trio.Event()

    async def dispatch(self, number: int, per_second: float | None = None) -> None:
        session = self.observer.session
        assert session is not None
        first, started = self.seen, trio.current_time()
        for index in range(number):
            if per_second:
                await trio.sleep_until(started + index / per_second)
            await session.send(
                service_worker.dispatch_sync_event(
                    self.worker.origin,
                    service_worker.RegistrationID(self.worker.registration_id),
                    f"tag-{index}",
                    index % 2 == 0,
                )
            )
            await self.wait_seen(first + index - AHEAD)
        await self.wait_seen(first + number)

    async def wait_seen(self, number: int) -> None:
        while self.seen < number:
            await self.progress.wait()


@asynccontextmanager
async def open_syncs(browser: Browser, url: str) -> AsyncIterator[Syncs]:
    await open_page(browser, url)
    worker = await wait_worker(browser, url)
    settings = Settings(source=browser.source, services=("backgroundSync",))
    syncs: Syncs

    async def sink(events: Sequence[Event]) -> None:
        await syncs.see(events)

    observer = Observer(browser, worker.browser_context, settings, sink)
    syncs = Syncs(observer, worker)
    async with open_tasks() as tasks:
        tasks.start_soon(observer.run)
        await observer.replayed.wait()
        yield syncs
        await observer.stop()


async def fill(profile: Path, number: int) -> None:
    """Leave a profile with this many stored events."""
    with serve() as url:
        async with open_browser(launch=Launch(profile=profile)) as browser, open_syncs(browser, url) as syncs:
            await syncs.dispatch(number)


def measure_each(about: str | None, measure: Callable[[int, int], None]) -> None:
    """The command of a benchmark that takes ``--events`` (several times) and ``--rounds``."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--events", type=int, action="append")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    for events in arguments.events or (20_000, 200_000):
        measure(events, arguments.rounds)
