"""What follows a cursor; lists, and counts."""

from collections import Counter
from collections.abc import Callable, Sequence

import msgspec

from cdp_bgservices.delays import DELAY
from cdp_bgservices.events import Event, to_microseconds
from cdp_bgservices.failures import judge
from cdp_bgservices.identity import other_fields
from cdp_bgservices.query import Query
from cdp_bgservices.store.listing import GoneError, Listing
from cdp_bgservices.store.values import (
    EVERYTHING,
    PAGE,
    SORTS,
    Buckets,
    Committed,
    FactPlace,
    FieldCounts,
    Numbered,
    StoreStatistics,
)
from cdp_bgservices.stories.numbers import ANNOUNCING, DECIDING, ROLES, Fact
from tests.store.model.data import cut, size_of
from tests.store.model.events import Events

NAMES = {name for roles in ROLES.values() for name in roles}


class ModelListing(msgspec.Struct, frozen=True):
    cursor: int
    seqs: list[int]

    @property
    def total(self) -> int:
        return len(self.seqs)

    @property
    def is_all(self) -> bool:
        return True

    @property
    def reached(self) -> int | None:
        return None


class Listings(Events):
    """A part of the engine."""

    def cursor(self) -> int:
        return self.data.seq

    def version(self) -> int:
        return sum(count for engine, count in self.data.commits.items() if engine != id(self))

    def deletions(self) -> int:
        return self.data.deletions

    def clears(self) -> int:
        return self.data.clears

    def committed(self, query: Query, after: int, limit: int = PAGE) -> Committed:
        page, more = cut(sorted(self.kept(query, after)), limit)
        return Committed(page, page[-1][0] if more else max(self.data.seq, after), more)

    def detailed(self, query: Query, after: int, until: int) -> list[Event]:
        owners = {each.event_id for seq, each in self.data.thrown.items() if after < seq <= until and each.event_id}
        owners |= {event.id for seq, (event, _) in self.data.learned.items() if after < seq <= until}
        return [event for _, event in sorted(self.kept(query, 0, after)) if event.id in owners]

    def listing(self, query: Query, sort: str, cursor: int, former: Listing | None = None) -> Listing:
        def key(row: Numbered) -> tuple[object, ...]:
            value = getattr(row[1], SORTS[sort])
            return (value is not None, "" if value is None else value, row[1].timestamp, row[0])

        return ModelListing(cursor, [seq for seq, _ in sorted(self.kept(query, 0, cursor), key=key)])

    def page(self, listing: Listing, offset: int, limit: int, *, descending: bool = False) -> list[Numbered]:
        assert isinstance(listing, ModelListing)
        seqs = (listing.seqs[::-1] if descending else listing.seqs)[offset : offset + limit]
        known = dict(self.kept(EVERYTHING))
        if not known.keys() >= set(seqs):
            raise GoneError
        return cut([(seq, known[seq]) for seq in seqs], limit)[0]

    def place(self, listing: Listing, found: Numbered, *, descending: bool = False) -> int | None:
        assert isinstance(listing, ModelListing)
        seqs = listing.seqs[::-1] if descending else listing.seqs
        return seqs.index(found[0]) if found[0] in seqs else None

    def up_to(self, query: Query, most: int) -> list[Event] | None:
        rows = self.kept(query)
        return None if len(rows) > most else [event for _, event in rows]

    def count(self, query: Query, most: int) -> int:
        return min(len(self.kept(query)), most + 1)

    def values(self, query: Query, fields: Sequence[str], after: int, until: int) -> FieldCounts:
        rows = self.kept(query, after, until)
        return {field: Counter(filter(None, (getattr(event, field) for _, event in rows))) for field in fields}

    def histogram(self, query: Query, begin: int, width: int, buckets: int) -> tuple[Buckets, Buckets]:
        counts: tuple[Buckets, Buckets] = ({}, {})
        for _, event in self.kept(query):
            bucket = (to_microseconds(event.timestamp) - begin) // width
            for each in counts[: 2 if judge(event).reason else 1]:
                if 0 <= bucket < buckets:
                    each.setdefault(event.service, [0] * buckets)[bucket] += 1
        return counts

    def facts(self, query: Query, place: FactPlace) -> tuple[list[Fact], FactPlace]:
        ordered = place.position is not None
        until = place.aim if ordered else self.data.seq
        rows = self.kept(query, place.until, until)
        facts = [
            (
                to_microseconds(event.timestamp),
                event.service,
                event.event_name,
                event.instance_id,
                " ".join(getattr(event, field) for field in other_fields(event.service)),
                f"{event.source} {event.browser_context}",
                event.event_name in DECIDING and bool(judge(event).reason),
                event.metadata.get(DELAY, "") if event.event_name in ANNOUNCING else "",
            )
            for _, event in (rows if ordered else sorted(rows))
            if event.event_name in NAMES
        ]
        return facts, FactPlace(place.oldest, place.aim, None, until)

    def statistics(self) -> StoreStatistics:
        events = [event for _, event in self.kept(EVERYTHING)]
        return StoreStatistics(
            name=self.name,
            size=self.size(),
            events=dict(Counter(event.service for event in events)),
            oldest=events[0].timestamp if events else None,
            newest=events[-1].timestamp if events else None,
            retention=self.read_retention(),
            redacts=self.read_redacts(),
            cursor=self.data.seq,
            clears=self.data.clears,
        )

    def size(self) -> int:
        return sum(1000 + size_of(event) for event in self.data.events.values())

    def prepare(self, pause: Callable[[], None]) -> None:
        pause()
