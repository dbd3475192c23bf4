"""Which browser contexts a recorder sees, in the store: when each came, what it is called, and when it was over."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from logging import getLogger

import msgspec

from cdp_bgservices.browser.context_list import list_contexts
from cdp_bgservices.browser.opening import Browser
from cdp_bgservices.browser.profile_folders import Place
from cdp_bgservices.contexts import DEFAULT, OTHER, UNKNOWN, BrowserContext
from cdp_bgservices.coverage.hosts import this_host
from cdp_bgservices.errors import BrowserError
from cdp_bgservices.store.trio_store import Store

log = getLogger(__name__)

CLOSED = "it was closed"
BROWSER_ENDED = "its browser ended"
NOT_THERE = "it was not there any more when its browser was recorded again"


class ContextLog:
    """Of one recorder. Error handling: each method raises StoreError."""

    def __init__(self, store: Store, browser: Browser) -> None:
        self.store = store
        self.browser = browser
        self.open: dict[str, BrowserContext] = {}
        """Those that are not over, by id."""
        self.names: dict[str, str] = {}
        """By id; a context may be named before it is seen here."""

        self.numbers: dict[str, dict[str, int]] = {}
        """By source and id, including those of earlier recorders."""

    async def add(self, browser_context: str, place: Place) -> None:
        """One is seen, and it is known where its events are filed."""
        now = self.store.clock()
        kind = place.kind if place.is_certain else UNKNOWN
        self.open[browser_context] = BrowserContext(
            source=place.source,
            context=browser_context,
            kind=kind,
            number=0 if kind == DEFAULT else await self.number_of(place.source, browser_context),
            name=self.names.get(browser_context, ""),
            since=now,
            noted=now,
            host=this_host(),
            profile=str(self.browser.profile or ""),
        )
        await self.store.keep_contexts([self.open[browser_context]])

    async def number_of(self, source: str, browser_context: str) -> int:
        if source not in self.numbers:
            known = await self.store.contexts([source])
            self.numbers.setdefault(source, {each.context: each.number for each in known})
        numbers = self.numbers[source]
        return numbers.setdefault(browser_context, max([1, *numbers.values()]) + 1)

    async def name(self, browser_context: str, name: str) -> None:
        """What it is called from now on."""
        self.names[browser_context] = name
        if known := self.open.get(browser_context):
            self.open[browser_context] = msgspec.structs.replace(known, name=name)
            await self.store.keep_contexts([self.open[browser_context]])

    async def note(self) -> None:
        """That those that are open still are."""
        now = self.store.clock()
        self.open = {id_: msgspec.structs.replace(each, noted=now) for id_, each in self.open.items()}
        await self.store.keep_contexts([*self.open.values()])

    async def end(self, browser_contexts: Iterable[str], why: str, moment: datetime) -> None:
        """These are over. A profile's own is not: its registrations go on when it is opened again."""
        left = [each for id_ in browser_contexts if (each := self.open.pop(id_, None))]
        await self.store.keep_contexts(ended([each for each in left if each.kind == OTHER], why, moment))

    async def end_all(self, why: str, moment: datetime, *, is_temporary: bool) -> None:
        """The browser is over. ``is_temporary``: and its profiles, too."""
        over = [each for each in self.open.values() if is_temporary or each.kind == OTHER]
        self.open = {}
        await self.store.keep_contexts(ended(over, why, moment))

    async def end_former(self, sources: Sequence[str]) -> None:
        """Those of earlier recorders that this browser does not have. Call it only where no other browser is recorded
        under these names: they could be its own.
        """
        left = [
            each
            for each in await self.store.contexts(sources)
            if each.ended is None and each.kind == OTHER and each.context not in self.open
        ]
        if not left:
            return
        try:
            present = await list_contexts(self.browser)
        except BrowserError as error:
            log.debug("which contexts there are is unknown: %s", error)
            return
        over = [each for each in left if each.context not in present]
        now = self.store.clock()
        await self.store.keep_contexts(
            [msgspec.structs.replace(each, ended=each.noted, noted=now, why=NOT_THERE) for each in over]
        )


def ended(contexts: Iterable[BrowserContext], why: str, moment: datetime) -> list[BrowserContext]:
    """Also where they were noted after that moment, while their last events were stored: what was noted last counts."""
    return [msgspec.structs.replace(each, noted=max(each.noted, moment), ended=moment, why=why) for each in contexts]
