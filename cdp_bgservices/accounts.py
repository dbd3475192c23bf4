"""What a recorder can vouch for: of each profile for itself, and of all other browser contexts together."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from cdp_bgservices.accountant import Accountant
from cdp_bgservices.coverage.values import DEFAULT, OTHER, Sighting
from cdp_bgservices.events import Event
from cdp_bgservices.store.trio_store import Store


class Accounts:
    """Of one recorder. ``source`` is that of the browser's first profile."""

    def __init__(self, store: Store, source: str) -> None:
        self.store = store
        self.profiles: dict[str, Accountant] = {}
        """By browser context."""
        self.others = Accountant(store, source, OTHER)
        """For all contexts that are none of a profile."""
        self.gaps_before = 0
        """Gaps of profiles that are not open any more."""

    async def open(self) -> None:
        """Before anything is observed. Raises StoreError."""
        await self.others.open()

    async def open_profile(self, browser_context: str, source: str) -> None:
        """Before the first of its events comes. Raises StoreError."""
        accountant = Accountant(self.store, source, DEFAULT)
        await accountant.open()
        self.profiles[browser_context] = accountant

    def take(self, events: Sequence[Event]) -> None:
        """What came of one browser context."""
        if accountant := self.profiles.get(events[0].browser_context):
            accountant.take(events)

    async def vouch(
        self, sightings: Sequence[Sighting], moment: datetime, registrations: Iterable[tuple[str, Mapping[str, object]]]
    ) -> None:
        """Everything that happened until the moment is stored. Raises StoreError.

        ``registrations`` has those of each browser context whose replay is through: no other profile is vouched for.
        """
        for browser_context, registered in registrations:
            if accountant := self.profiles.get(browser_context):
                seen = [sighting for sighting in sightings if sighting.browser_context == browser_context]
                await accountant.account(seen, moment, registered)
        rest = [sighting for sighting in sightings if sighting.context_kind == OTHER]
        await self.others.account(rest, moment, services={sighting.service for sighting in sightings})

    @property
    def gaps(self) -> int:
        """How many were found so far."""
        return self.gaps_before + self.others.gaps + sum(accountant.gaps for accountant in self.profiles.values())

    def forget(self, contexts: Iterable[str]) -> None:
        """Let go of the contexts that are over."""
        for browser_context in contexts:
            if accountant := self.profiles.pop(browser_context, None):
                self.gaps_before += accountant.gaps

    async def close(self, moment: datetime, *, is_over: bool) -> None:
        """The recorder goes away; ``is_over``: so do the browser and its profiles, for good. Raises StoreError."""
        for accountant in (self.others, *self.profiles.values()):
            await accountant.close(moment, is_over=is_over)
