"""A recorder's word in the store that it is at work; and whether another browser is recorded under the same name."""

from collections.abc import Collection
from logging import getLogger
from uuid import uuid4

from cdp_bgservices.browser.opening import Browser
from cdp_bgservices.coverage.hosts import this_host
from cdp_bgservices.coverage.report import FRESH
from cdp_bgservices.release import package_version
from cdp_bgservices.store.presence import Presence, are_of_two_browsers, doubles, doubles_text
from cdp_bgservices.store.protocol import Engine
from cdp_bgservices.store.trio_store import Store

log = getLogger(__name__)


class Heartbeat:
    """Of one recorder. ``browser``: what distinguishes its browser from all others; empty if unknown."""

    def __init__(self, store: Store, browser: str) -> None:
        self.store = store
        self.browser = browser
        self.run = uuid4().hex
        self.host = this_host()
        self.version = package_version()
        self.since = store.clock()
        self.warned: set[str] = set()
        """The sources under which another browser was found."""

    async def beat(self, sources: Collection[str], *, is_over: bool = False) -> bool:
        """Write down that these sources are recorded. Whether it is certain that no other browser is recorded under
        these names. Raises StoreError.
        """
        now = self.store.clock()
        presences = [
            Presence(
                source=source,
                run=self.run,
                host=self.host,
                browser=self.browser,
                version=self.version,
                since=self.since,
                seen=now,
                is_over=is_over,
            )
            for source in sources
        ]
        await self.store.keep_recorders(presences)
        if is_over:
            return False
        # Only of these: in a store of many machines, each reading of all would be too much.
        found = await self.store.recorders(now - FRESH, sources)
        for earlier, later in doubles(found):
            if later.run == self.run and later.source not in self.warned:
                self.warned.add(later.source)
                log.warning("%s", doubles_text(earlier, later))
        return all(each.is_over or not are_of_two_browsers(each, presences[0]) for each in found)


def default_source(browser: Browser, store: Store) -> str:
    """The name of a browser's first profile."""
    return name_here(browser.source, store) if browser.is_here else browser.source


def name_here(name: str, store: Store | Engine) -> str:
    """With the machine's name, where several machines share the store."""
    return f"{this_host()}:{name}" if store.is_shared else name
