"""What is sent to every page that looks: the state, and that something was committed."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import trio

from cdp_bgservices.errors import StoreError
from cdp_bgservices.export.page_values import context_values
from cdp_bgservices.store.trio_store import Store
from cdp_bgservices.tasks import wait_any
from cdp_bgservices.vocabulary.services import SERVICES, title_of
from cdp_bgservices.web.answers import encode
from cdp_bgservices.web.attached import Attached
from cdp_bgservices.web.histograms import Histograms

GLANCE = 0.02
"""Seconds between two glances at the file for what others have committed, while a page is open. Where the browser is
recorded by this process, it knows of its own commits. The database itself is asked as often as STATE says."""
AGAIN = 1.0
"""Seconds after which a store that could not be read is tried again."""
PATIENCE = 1.0
"""Seconds after which it is seen that no page is open any more."""
STATE, SHARED_STATE = 0.25, 1.0
"""Seconds between two states, at the least; of a shared store, which others ask, too;"""
STALE = 10.0
"""and at the most: some events come past retention."""
MOST_CONTEXTS = 2_000
"""Whose names a page has: a suite of many tests makes a context for each."""


class Feed:
    """One task looks at the store, however many pages there are, and only while there are any."""

    def __init__(
        self, store: Store, histograms: Histograms, attached: Attached | None, version: str, identity: str
    ) -> None:
        self.store = store
        self.histograms = histograms
        self.attached = attached
        self.version = version
        self.identity = identity
        """Of the store."""
        self.is_over = False
        """Whether the store is not in its place any more."""
        self.streams = 0
        self.moved = trio.Event()
        """Set when something was committed or the state is another, and then replaced; also when a page comes."""
        self.shown = b""
        """The state that was sent last."""
        self.clears = -1
        """How often events had been deleted then; -1 before it is known."""
        self.trouble = b"{}"
        """Why the store does not answer, as an error is answered; empty while it does."""
        self.is_counted = True
        """Whether it had the counts of all events."""

    @contextmanager
    def stream(self) -> Iterator[None]:
        """While a page follows."""
        self.shown = b""  # It may be of long ago: while no page is open, nothing looks at the store.
        self.streams += 1
        self.move()
        try:
            yield
        finally:
            self.streams -= 1

    @property
    def pace(self) -> float:
        """Seconds between two states; the events of a shared store are counted in parts, each of which is shown."""
        return SHARED_STATE if self.store.is_shared and self.is_counted else STATE

    def move(self) -> None:
        moved, self.moved = self.moved, trio.Event()
        moved.set()

    def leave(self) -> None:
        """The store has gone from its place: every page learns that, and its stream ends."""
        self.is_over = True
        self.move()

    async def state(self) -> dict[str, Any]:
        """``/api/state``. Raises StoreError."""
        statistics, share = await self.histograms.statistics()
        self.clears, self.is_counted = statistics.clears, share == 1
        contexts = await self.store.contexts(limit=MOST_CONTEXTS)
        attached = self.attached.state() if self.attached else {"browser": None, "recording": {}}
        others = sorted(set(statistics.events) - set(SERVICES))
        return {
            "version": self.version,
            "store": {
                "identity": self.identity,
                "name": statistics.name,
                "size": statistics.size,
                "retention": statistics.retention.total_seconds(),
                "redacts": statistics.redacts,
                "oldest": statistics.oldest,
                "newest": statistics.newest,
            },
            "services": [
                {
                    "name": name,
                    "title": title_of(name),
                    "events": statistics.events.get(name, 0),
                    "recording": attached["recording"].get(name),
                }
                for name in (*SERVICES, *others)
            ],
            "browser": attached["browser"],
            "contexts": context_values(contexts),
            "gaps": await self.store.ask(lambda engine: engine.gap_mark()),
            "cursor": statistics.cursor,
            "share": share,
        }

    async def run(self) -> None:
        """For as long as the viewer is open."""
        while True:
            try:
                await self.watch()
            except StoreError as error:
                self.report(error)
            await trio.sleep(AGAIN)

    def report(self, trouble: StoreError | None) -> None:
        """Why the store does not answer; None once it does."""
        encoded = encode({"error": str(trouble), "remedy": trouble.remedy} if trouble else {})
        if encoded != self.trouble:
            self.trouble = encoded
            self.move()

    async def watch(self) -> None:
        """While there are pages. Raises StoreError."""
        seen, shown_at, changed = -1, -STALE, None
        is_dirty = True
        while True:
            if not self.streams:
                await self.moved.wait()
                continue
            if seen != self.store.commits:
                seen, is_dirty = self.store.commits, True
                self.move()
            if self.attached and changed is not self.attached.changed:
                changed, is_dirty = self.attached.changed, True
            is_dirty = is_dirty or not self.shown
            since = trio.current_time() - shown_at
            if since >= STALE or (is_dirty and since >= self.pace):
                shown_at = trio.current_time()
                await self.show()
                is_dirty = not self.is_counted
            self.report(None)
            await self.wait(seen, changed, shown_at + (self.pace if is_dirty else STALE) - trio.current_time())

    async def wait(self, seen: int, changed: trio.Event | None, seconds: float) -> None:
        """Until something was committed, or the browser is in another state; for some seconds at the most."""
        glance = GLANCE if self.attached is None and not self.store.is_shared else None
        commit = partial(self.store.wait_committed, seen, min(seconds, PATIENCE), STATE, glance)
        await wait_any(commit, *(() if changed is None else (changed.wait,)))

    async def show(self) -> None:
        shown = encode(await self.state())
        if shown != self.shown:
            self.shown = shown
            self.move()
