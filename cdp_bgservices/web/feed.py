"""What is told to every page that looks: the state, and that something was committed."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any

import trio

from cdp_bgservices.errors import StoreError
from cdp_bgservices.events import from_microseconds
from cdp_bgservices.store import Engine
from cdp_bgservices.store.sqlite.deletion import disk_size
from cdp_bgservices.vocabulary import SERVICES, title_of
from cdp_bgservices.web.answers import encode
from cdp_bgservices.web.page_state import Attached
from cdp_bgservices.web.readers import Readers, close, run_interruptibly
from cdp_bgservices.web.service_counts import Census

LOOK = 0.05
"""Seconds between two looks at what other processes have committed, while a page is open."""
AGAIN = 1.0
"""Seconds after which a store that could not be read is tried again."""
STATE = 0.25
"""Seconds between two states, at the least,"""
STALE = 10.0
"""and at the most: some events come past retention meanwhile."""


class Feed:
    """One task looks at the store, however many pages there are, and only while there are any."""

    def __init__(self, readers: Readers, attached: Attached | None, version: str) -> None:
        self.readers = readers
        self.attached = attached
        self.version = version
        self.census = Census()
        self.streams = 0
        self.moved = trio.Event()
        """Set when something was committed or the state is another, and then replaced; also when a page comes."""
        self.commits = 0
        """How often something was seen committed."""
        self.shown = b""
        """The state that was told last."""

    @contextmanager
    def stream(self) -> Iterator[None]:
        """While a page follows."""
        self.streams += 1
        self.move()
        try:
            yield
        finally:
            self.streams -= 1

    def move(self) -> None:
        moved, self.moved = self.moved, trio.Event()
        moved.set()

    async def state(self) -> dict[str, Any]:
        """``/api/state``. Raises StoreError."""
        async with self.census.lock:
            return await self.readers.run(self.read_state)

    async def run(self) -> None:
        """For as long as the viewer is open. What is wrong with the store, each page is told by what it asks."""
        while True:
            with suppress(StoreError):
                database = await trio.to_thread.run_sync(self.readers.connect)
                try:
                    await self.watch(database)
                finally:
                    await close(database)
            await trio.sleep(AGAIN)

    async def watch(self, database: Engine) -> None:
        version, told, changed = -1, -STALE, None
        is_dirty = True
        while True:
            if not self.streams:
                await self.moved.wait()
                continue
            seen = await run_interruptibly(Engine.data_version, database)
            if seen != version:
                version, is_dirty = seen, True
                self.commits += 1
                self.move()
            if self.attached and changed is not self.attached.changed:
                changed, is_dirty = self.attached.changed, True
            since = trio.current_time() - told
            if since >= STALE or (is_dirty and since >= STATE):
                told, is_dirty = trio.current_time(), False
                await self.tell()
            await self.pause(changed)

    async def pause(self, changed: trio.Event | None) -> None:
        with trio.move_on_after(LOOK):
            await (trio.Event() if changed is None else changed).wait()

    async def tell(self) -> None:
        shown = encode(await self.state())
        if shown != self.shown:
            self.shown = shown
            self.move()

    def read_state(self, database: Engine) -> dict[str, Any]:
        self.census.update(database)
        told = self.attached.state() if self.attached else {"browser": None, "recording": {}}
        tallies, span = self.census.tallies, self.census.span
        others = sorted(set(tallies) - set(SERVICES))
        return {
            "version": self.version,
            "store": {
                "path": str(database.path),
                "size": disk_size(database.path),
                "retention": database.retention.total_seconds(),
                "redacts": database.read_redacts(),
                "oldest": moment(span and span[0]),
                "newest": moment(span and span[1]),
            },
            "services": [
                {
                    "name": name,
                    "title": title_of(name),
                    "events": tallies[name].number if name in tallies else 0,
                    "recording": told["recording"].get(name),
                }
                for name in (*SERVICES, *others)
            ],
            "browser": told["browser"],
            "cursor": self.census.cursor,
        }


def moment(microseconds: int | None) -> datetime | None:
    return None if microseconds is None else from_microseconds(microseconds)
