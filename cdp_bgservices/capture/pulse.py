"""A capture's sign of life, again and again: made by the loop that records, so that a stuck recorder makes none."""

import os
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import trio

from cdp_bgservices.capture.health import BEAT, LOOPBACK, Health, Lag, Listening, State
from cdp_bgservices.capture.health_outlets import HealthFile, HealthPort
from cdp_bgservices.capture.metrics import metrics_app
from cdp_bgservices.capture.run import Run
from cdp_bgservices.coverage.hosts import this_host
from cdp_bgservices.errors import StoreError
from cdp_bgservices.notices import Notice
from cdp_bgservices.release import package_version
from cdp_bgservices.shipping.spooled import SpooledStore
from cdp_bgservices.tasks import open_tasks, wait_any

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

SILENT = 180.0
"""Seconds after which a recorder that has accounted for nothing has a problem: it does so every minute."""
MANY, LAG_EVERY = 10_000, 60.0
"""Where that many events wait for a shared store, as after a long outage, counting them takes a while: it is done
each LAG_EVERY seconds."""


class Outlet(Protocol):
    """Where the health is shown."""

    every: float | None
    """Seconds between two signs of life at the most; None where BEAT is often enough."""

    async def show(self, health: Health) -> None: ...

    def close(self) -> None:
        """The capture is over."""


@asynccontextmanager
async def open_pulse(run: Run, outlets: Iterable[Outlet]) -> AsyncIterator[None]:
    """Show the health of a capture until the body ends, at these outlets and those of its options, and its metrics.

    Raises InvalidInputError if the command line names a file or a port that cannot be used.
    """
    options = run.options
    shown = [*outlets]
    async with AsyncExitStack() as stack:
        if isinstance(options.health, Path):
            file = HealthFile(options.health, run.say)
            file.check()
            shown.append(file)
        port = HealthPort()
        ports: dict[Listening, dict[str, WSGIApplication]] = {}
        if options.metrics_port is not None:
            ports[Listening(LOOPBACK, options.metrics_port)] = {"": metrics_app(run)}
        if isinstance(options.health, Listening):
            ports.setdefault(options.health, {})
        if ports:
            shown.append(port)
        if not shown:
            yield
            return
        for outlet in shown:
            stack.callback(outlet.close)
        pulse = Pulse(run, shown)
        await pulse.beat()
        for place, apps in ports.items():
            await stack.enter_async_context(serve(run, place, {**apps, "/health": port.app}))
        async with open_tasks() as tasks:
            tasks.start_soon(pulse.go_on)
            yield


@asynccontextmanager
async def serve(run: Run, place: Listening, apps: "dict[str, WSGIApplication]") -> AsyncIterator[None]:
    from cdp_bgservices.capture.http_server import open_server

    async with open_server(place, apps, "--metrics-port" if "" in apps else "--health") as url:
        if "" in apps:
            run.say(Notice("serving", f"metrics at {url}/metrics"))
        if isinstance(run.options.health, Listening) and place == run.options.health:
            run.say(Notice("serving", f"health at {url}/health"))
        yield


class Pulse:
    def __init__(self, run: Run, outlets: list[Outlet]) -> None:
        self.run = run
        self.outlets = outlets
        self.every = min([BEAT, *(outlet.every for outlet in outlets if outlet.every is not None)])
        self.lag: Lag | None = None
        self.due = 0.0
        self.last_commit: datetime | None = None

    async def go_on(self) -> None:
        """A beat again and again, and at each change."""
        stopping = self.run.stop.found
        while True:
            # Taken before the beat: what comes in the middle of it is shown by the next one.
            changed, is_stopping = self.run.phase.changed, stopping.is_set()
            await self.beat()
            with trio.move_on_after(self.every):
                await wait_any(changed.wait, *([] if is_stopping else [stopping.wait]))

    async def beat(self) -> None:
        health = await self.examine()
        for outlet in self.outlets:
            await outlet.show(health)

    async def examine(self) -> Health:
        """With the turn of all tasks, and of the thread that writes to the store, that this takes."""
        run, problem = self.run, ""
        try:
            await run.store.write(lambda engine: engine.version())
            await self.look_at_lag()
        except StoreError as error:
            problem = str(error)
        # From here on nothing is waited for: all that is shown is of one moment.
        if run.stop.found.is_set():
            run.phase.enter(State.STOPPING)
        loop = run.crashes.loop
        if loop is not None and not problem:
            problem = loop.line()
        recorder, is_recorded = run.recorder, run.phase.state is State.RECORDING
        if recorder is not None:
            self.last_commit = recorder.writer.committed_at or self.last_commit
            silent = trio.current_time() - recorder.accounted_at
            if is_recorded and silent > SILENT and not problem:
                problem = f"the browser has not answered for {silent:.0f} s"
        return Health(
            state=run.phase.state,
            since=run.phase.since,
            beat=datetime.now(UTC),
            problem=problem,
            browser=recorder.browser.product if recorder is not None and is_recorded else None,
            place=run.options.place if run.options.attach is not None else "launched",
            sources=run.sources,
            store=run.store.name,
            stored=run.statistics.stored,
            last_commit=self.last_commit,
            lag=self.lag,
            crash_loop=loop,
            started=run.started_at,
            host=this_host(),
            pid=os.getpid(),
            version=package_version(),
        )

    async def look_at_lag(self) -> None:
        """Raises StoreError."""
        store = self.run.store
        if isinstance(store, SpooledStore) and trio.current_time() >= self.due:
            report = await store.report()
            self.lag = Lag(waiting=report.waiting, since=report.since, error=report.error)
            self.due = trio.current_time() + (LAG_EVERY if report.waiting > MANY else 0)
