"""What a recorder recorded completely, kept in the store beside the events: for each profile, and for all other browser
contexts together.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from cdp_bgservices.coverage.ledger import Ledger
from cdp_bgservices.coverage.unattended import losses
from cdp_bgservices.coverage.values import DEFAULT, OTHER, Interval, Sighting, State, Tail
from cdp_bgservices.events import Event
from cdp_bgservices.store import Account, Known
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
        self.forget([browser_context])  # It may have ended, and come again before the next account.
        self.profiles[browser_context] = accountant

    def take(self, events: Sequence[Event]) -> None:
        """New events of one browser context."""
        if accountant := self.profiles.get(events[0].browser_context):
            accountant.take(events)

    async def vouch(
        self, sightings: Sequence[Sighting], moment: datetime, registrations: Iterable[tuple[str, Mapping[str, object]]]
    ) -> None:
        """All until the moment is stored, for the profiles in ``registrations``: no other replay has ended yet.

        One that was opened since the sightings were made is left to the next account, with what its replay lacked.
        """
        for browser_context, registered in registrations:
            if accountant := self.profiles.get(browser_context):
                seen = [sighting for sighting in sightings if sighting.browser_context == browser_context]
                if seen:
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

    async def close(self, moment: datetime, *, is_over: bool, are_profiles_over: bool) -> None:
        """The recorder ends. ``is_over``: the browser ends too, and with it all contexts that belong to no profile.
        ``are_profiles_over``: and its profiles, permanently. Raises StoreError.
        """
        await self.others.close(moment, is_over=is_over)
        for accountant in list(self.profiles.values()):  # Another profile may open in the meantime.
            await accountant.close(moment, is_over=are_profiles_over)


class Accountant:
    """The accountant of one profile, or of all other contexts of a recorder. Open it before they are observed."""

    def __init__(self, store: Store, source: str, kind: str) -> None:
        self.store = store
        self.source = source
        self.kind = kind
        """The kind of its browser contexts."""
        self.known = Known(series=(), tails=())
        self.ledger: Ledger | None = None
        """None until the first account."""
        self.newest: dict[tuple[str, str], Event] = {}
        """By service and registration, since the last account."""
        self.missing: dict[tuple[str, str, datetime], Tail] = {}
        """By service, registration and timestamp: events that the first replay has not delivered yet."""
        self.kept: dict[tuple[str, str], datetime] = {}
        """The timestamps of the newest stored events, by service and registration."""

    async def open(self) -> None:
        """Read what earlier recorders left. Raises StoreError."""
        known = await self.store.known(self.source)
        self.known = Known(
            series=[series for series in known.series if series.context_kind == self.kind],
            tails=known.tails if self.kind == DEFAULT else (),
        )
        self.missing = {(tail.service, tail.registration_id, tail.timestamp): tail for tail in self.known.tails}
        self.kept = {(tail.service, tail.registration_id): tail.timestamp for tail in self.known.tails}

    def take(self, events: Sequence[Event]) -> None:
        """New events of the profile."""
        for event in events:
            key = (event.service, event.registration_id)
            newest = self.newest.get(key)
            if newest is None or event.timestamp >= newest.timestamp:
                self.newest[key] = event
        if self.missing:
            for event in events:
                self.missing.pop((event.service, event.registration_id, event.timestamp), None)

    async def account(
        self,
        sightings: Sequence[Sighting],
        moment: datetime,
        registrations: Mapping[str, object],
        services: Collection[str] = (),
    ) -> None:
        """Record as certain what was recorded until the moment: all of it is stored. Raises StoreError.

        ``registrations`` are those that the profile has now. ``services`` are recorded even without a context.
        """
        lost = None
        if self.ledger is None:
            self.ledger = Ledger(self.known.series, moment)
            lost = losses(self.missing.values(), registrations)
            self.missing = {}
        intervals = self.ledger.note(sightings, moment, lost, services)
        tails = self.take_tails(registrations)
        gone = {number for _, number in self.kept if number not in registrations}
        await self.store.account(
            self.source, Account(intervals=intervals, series=self.ledger.series(), tails=tails, gone=sorted(gone))
        )
        self.kept = {key: timestamp for key, timestamp in self.kept.items() if key[1] not in gone}
        self.kept |= {(tail.service, tail.registration_id): tail.timestamp for tail in tails}

    @property
    def gaps(self) -> int:
        """The number of gaps found so far."""
        return self.ledger.gaps if self.ledger else 0

    async def close(self, moment: datetime, *, is_over: bool) -> None:
        """The recorder ends. ``is_over``: the browser and its profile end too, permanently."""
        if self.ledger is not None and is_over:
            left = self.ledger.series()
            unseen = [
                Interval(
                    context_kind=series.context_kind,
                    service=series.service,
                    begin=series.seen_until,
                    end=moment,
                    state=State.CONTEXT_ENDED,
                )
                for series in left
                if series.seen_until < moment
            ]
            over = [
                msgspec.structs.replace(each, seen_until=max(moment, each.seen_until), is_over=True) for each in left
            ]
            await self.store.account(self.source, Account(intervals=unseen, series=over))

    def take_tails(self, registrations: Mapping[str, object]) -> list[Tail]:
        """The newest events of the existing registrations that differ from the stored ones."""
        newest, self.newest = self.newest, {}
        return [
            Tail(service=service, registration_id=number, timestamp=event.timestamp, scope=event.scope or "")
            for (service, number), event in newest.items()
            if number in registrations and self.kept.get((service, number)) != event.timestamp
        ]
