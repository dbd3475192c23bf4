"""A scripted browser that is being recorded: what it sent, and what is in the store."""

import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import trio

from cdp_bgservices.browser.opening import Browser, open_browser
from cdp_bgservices.recorder import Recorder, open_recorder
from cdp_bgservices.store import open_engine, open_store
from cdp_bgservices.store.trio_store import Store
from tests.scripted import Attached, Json, ScriptedBrowser, open_scripted_browser, wire_event
from tests.waiting import look_again

SYNC, PUSH = "backgroundSync", "pushMessaging"
DEADLINE = 60
LIMIT = 0.5
"""Seconds in which every call is to be answered, where a test waits for that to pass."""
STARTED = time.time() - 3600


def recent(number: int, **fields: Any) -> Json:
    """An event of the last hour; each number gives another."""
    return wire_event(number, **{"timestamp": STARTED + number / 1000, **fields})


def tags(numbers: Iterable[int]) -> list[str]:
    return [f"tag-{number}" for number in numbers]


def stored_tags(path: Path) -> list[str]:
    """Instance ids of what is in the store, oldest first."""
    with open_engine(path) as database:
        return [event.instance_id for event in database.events()]


def set_limit(browser: Browser, seconds: float) -> None:
    """In which every call is to be answered, from now on."""
    browser.connection.answer_limit = browser.connection.replay_limit = seconds


class Taken:
    """All that a test of recording looks at."""

    def __init__(self, scripted: ScriptedBrowser, browser: Browser, store: Store, recorder: Recorder) -> None:
        self.scripted = scripted
        self.browser = browser
        self.store = store
        self.recorder = recorder

    def session(self) -> Attached:
        """The one that the scripted browser is observed from."""
        [session] = self.scripted.sessions.values()
        return session

    async def wait_stored(self, count: int) -> list[str]:
        """Instance ids, oldest first, once there are this many."""
        while len(found := [event.instance_id async for event in self.store.events()]) < count:
            await look_again()
        return found


@asynccontextmanager
async def open_taken(
    path: Path,
    prepare: Callable[[ScriptedBrowser], object] = lambda _: None,
    *,
    scripted: ScriptedBrowser | None = None,
    limit: float | None = None,
    **options: Any,
) -> AsyncIterator[Taken]:
    """Recorded when it begins, by a new scripted browser unless one is given; ``prepare`` changes it before that."""
    with trio.fail_after(DEADLINE):
        async with open_scripted_or(scripted) as each, open_store(path) as store, open_browser(each.url) as browser:
            prepare(each)
            if limit is not None:
                set_limit(browser, limit)
            async with open_recorder(browser, store, services=(SYNC, PUSH), **options) as recorder:
                yield Taken(each, browser, store, recorder)


@asynccontextmanager
async def open_scripted_or(given: ScriptedBrowser | None) -> AsyncIterator[ScriptedBrowser]:
    if given is not None:
        yield given
        return
    async with open_scripted_browser() as scripted:
        yield scripted
