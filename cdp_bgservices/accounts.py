"""What a recorder recorded completely: for each profile, and for all other browser contexts together."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from cdp_bgservices.accountant import Accountant
from cdp_bgservices.coverage.values import DEFAULT, OTHER, Sighting
from cdp_bgservices.events import Event
from cdp_bgservices.store.trio_store import Store


class Accounts:
    """The accounts of one recorder. ``source`` is the source of the browser's first profile."""

    def __init__(self, store: Store, source: str) -> None:
        self.store = store
        self.profiles: dict[str, Accountant] = {}
        """By browser context."""
        self.others = Accountant(store, source, OTHER)
        """For all contexts that belong to no profile."""
        self.gaps_before = 0
        """Gaps of profiles that are no longer open."""

    async def open(self) -> None:
        """Call it before anything is observed. Raises StoreError."""
        await self.others.open()

    async def open_profile(self, browser_context: str, source: str) -> None:
        """Call it before the first event of the profile. Raises StoreError."""
        accountant = Accountant(self.store, source, DEFAULT)
        await accountant.open()
        self.profiles[browser_context] = accountant

    def take(self, events: Sequence[Event]) -> None:
        """New events of one browser context."""
        if accountant := self.profiles.get(events[0].browser_context):
            accountant.take(events)

    async def vouch(
        self, sightings: Sequence[Sighting], moment: datetime, registrations: Iterable[tuple[str, Mapping[str, object]]]
    ) -> None:
        """All until the moment is stored, for the profiles in ``registrations``: no other replay has ended yet."""
        for browser_context, registered in registrations:
            if accountant := self.profiles.get(browser_context):
                seen = [sighting for sighting in sightings if sighting.browser_context == browser_context]
                await accountant.account(seen, moment, registered)
        rest = [sighting for sighting in sightings if sighting.context_kind == OTHER]
        await self.others.account(rest, moment, {}, services={sighting.service for sighting in sightings})

    @property
    def gaps(self) -> int:
        """The number of gaps found so far."""
        return self.gaps_before + self.others.gaps + sum(accountant.gaps for accountant in self.profiles.values())

    def forget(self, contexts: Iterable[str]) -> None:
        """Drop the contexts that have ended."""
        for browser_context in contexts:
            if accountant := self.profiles.pop(browser_context, None):
                self.gaps_before += accountant.gaps

    async def close(self, moment: datetime, *, is_over: bool) -> None:
        """The recorder ends. ``is_over``: the browser and its profiles end too, permanently. Raises StoreError."""
        for accountant in (self.others, *self.profiles.values()):
            await accountant.close(moment, is_over=is_over)
