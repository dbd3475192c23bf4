"""Bursts of a real Chromium: syncs that a second client dispatches, one stored event each."""

import os
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import trio

from benchmarks.load import Syncs, open_syncs, serve
from cdp_bgservices.browser.launch import Launch
from cdp_bgservices.browser.opening import Browser, open_browser
from cdp_bgservices.events import Event
from cdp_bgservices.store import open_engine
from cdp_bgservices.tasks import open_tasks
from tests.acting import log_of

SLICE = 200
"""Events that are dispatched before a request to stop is heard."""


def seeded() -> tuple[int, random.Random]:
    """A seed, ``SEED`` if that is set, and its random numbers: a printed seed gives the same ones again."""
    seed = int(os.environ.get("SEED") or random.randrange(1 << 32))
    return seed, random.Random(seed)


class Burst:
    """Made by :func:`open_burst`."""

    def __init__(self, browser: Browser, syncs: Syncs) -> None:
        self.browser = browser
        self.syncs = syncs
        self.dispatched = 0

    @property
    def endpoint(self) -> str:
        """What to attach to."""
        return str(self.browser.profile)

    async def dispatch(self, number: int, per_second: float | None = None) -> None:
        """It returns when the browser has reported all of them."""
        await self.syncs.dispatch(number, per_second)
        self.dispatched += number

    @asynccontextmanager
    async def going_on(self, per_second: float) -> AsyncIterator[None]:
        """Dispatches until the body ends."""
        async with open_tasks() as tasks:
            ended, over = trio.Event(), trio.Event()

            async def go_on() -> None:
                while not ended.is_set():
                    await self.dispatch(SLICE, per_second)
                over.set()

            tasks.start_soon(go_on)
            yield
            ended.set()
            await over.wait()


@asynccontextmanager
async def open_burst(folder: Path) -> AsyncIterator[Burst]:
    """A Chromium with a profile in that folder, a worker that takes syncs, and a port for recorders."""
    launch = Launch(profile=folder / "profile", port=0)
    with serve() as url:
        async with open_browser(launch=launch) as browser, open_syncs(browser, url) as syncs:
            yield Burst(browser, syncs)


async def assert_store_is_the_log(store: Path, burst: Burst) -> list[Event]:
    """Event by event: what the browser itself has kept is in the store, once, and nothing else is."""
    kept = sorted(map(comparable, await log_of(burst.browser)), key=order)
    assert len(kept) == burst.dispatched, "the browser has kept every event"
    with open_engine(store) as database:
        found = sorted(map(comparable, database.events()), key=order)
    missing = {event.id for event in kept} - {event.id for event in found}
    assert not missing, f"{len(missing)} of {len(kept)} events are missing"
    assert len(found) == len(kept), "every event is there once"
    different = [pair for pair in zip(found, kept, strict=True) if pair[0] != pair[1]]
    assert not different, f"{len(different)} of {len(kept)} events are different, such as {different[0]}"
    return kept


def comparable(event: Event) -> Event:
    """Without what only one of both can know."""
    return msgspec.structs.replace(event, received_at=None)


def order(event: Event) -> str:
    return event.id
