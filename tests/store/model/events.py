"""Events, and what is learned of them: adding and reading."""

from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec

from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.events import Event, from_microseconds, to_microseconds
from cdp_bgservices.learned import Detail, Learned, details_of, divide
from cdp_bgservices.query import Query
from cdp_bgservices.store.values import (
    EVERYTHING,
    FIND_LIMIT,
    PAGE,
    Added,
    Numbered,
    Place,
)
from cdp_bgservices.thrown import THREW, Thrown, with_thrown, without_thrown
from tests.store.matching import check, takes
from tests.store.model.data import check_text, cut
from tests.store.model.settings import Settings


class Events(Settings):
    """A part of the engine."""

    def kept(self, query: Query, after: int = 0, until: int | None = None) -> list[Numbered]:
        """By time."""
        check(query)
        check_text(query)
        oldest = self.oldest_kept()
        until = self.data.seq if until is None else until
        found = [
            (seq, event)
            for seq, event in self.data.events.items()
            if after < seq <= until and to_microseconds(event.timestamp) >= oldest and takes(query, event)
        ]
        return sorted(found, key=lambda row: (row[1].timestamp, row[0]))

    def add(self, events: Sequence[Event], learned: Sequence[Learned] = ()) -> Added:
        self.write()
        now, oldest, last = self.clock(), self.oldest_kept(), self.data.seq
        kept = [event for event in events if to_microseconds(event.timestamp) >= oldest]
        redactor, self.redacts = self.data.redactor, self.data.redacts
        changed: list[int] = []
        new = 0
        known = {(event.timestamp, event.id): seq for seq, event in self.data.events.items()}
        others = {event.id for event in kept if self.other_ids(event) & {id_ for _, id_ in known}}
        for given in kept:
            if given.id in others:
                continue
            event = redactor.redact(given) if redactor and self.redacts else given
            if (event.timestamp, event.id) not in known:
                seq = known[event.timestamp, event.id] = self.data.next_seq()
                self.data.events[seq] = msgspec.structs.replace(event, received_at=now, details=None)
                new += 1
        thrown, details = divide(learned)
        for each in [*details_of([event for event in kept if event.id not in others]), *details]:
            changed += self.add_detail(each, last)
        changed += [seq for each in thrown for seq in self.add_thrown(each)]
        self.data.clears += any(seq <= last for seq in changed)
        return Added(stored=new, known=len(kept) - new, too_old=len(events) - len(kept))

    def ids(self, id_: str | None) -> set[str]:
        """Those that an event with content may have."""
        redactors = [*self.data.former, *([self.data.redactor] if self.data.redactor else [])]
        return {id_, *(redactor.redact_id(id_) for redactor in redactors)} if id_ else set()

    def other_ids(self, event: Event) -> set[str]:
        """Than it is stored with now; none where it has but one form."""
        redacted = self.data.redactor.redact(event) if self.data.redactor else event
        return set() if redacted.id == event.id else self.ids(event.id) - {redacted.id if self.redacts else event.id}

    def add_thrown(self, given: Thrown) -> Iterator[int]:
        """The seqs of events whose details are others then."""
        redactor = self.data.redactor
        ids = self.ids(given.event_id)
        rows = [
            row for row in self.data.events.items() if row[1].id in ids and row[1].timestamp == given.event_timestamp
        ]
        owner = rows[0][1] if rows else None
        each = redactor.redact_thrown(given) if redactor and self.redacts else given
        each = msgspec.structs.replace(
            each,
            event_id=owner and owner.id,
            service=each.service if owner else "",
            event_timestamp=each.event_timestamp if owner else None,
        )
        forms = {given.id, *self.ids(given.id)}
        seq, known = next((row for row in self.data.thrown.items() if row[1].id in forms), (0, None))
        if known is None:
            self.data.thrown[self.data.next_seq()] = each
        elif owner is None or known.event_id == each.event_id:
            return
        else:
            del self.data.thrown[seq]
            place = {"event_id": each.event_id, "event_timestamp": each.event_timestamp, "service": each.service}
            self.data.thrown[self.data.next_seq()] = msgspec.structs.replace(known, **place)
            for former, event in self.data.events.items():
                if (event.timestamp, event.id) == (known.event_timestamp, known.event_id):
                    self.set_details(former, without_thrown(event.details, each))
                    yield former
        for owned, event in rows:
            self.set_details(owned, with_thrown(event.details, each))
            yield owned

    def add_detail(self, given: Detail, last: int) -> Iterator[int]:
        """The seqs of events that are failures then."""
        ids, redactor = self.ids(given.event_id), self.data.redactor
        value = redactor.redact_detail(given.key, given.value) if redactor and self.redacts else given.value
        for seq, event in list(self.data.events.items()):
            if event.id not in ids or event.timestamp != given.event_timestamp or given.key in (event.details or {}):
                continue
            self.set_details(seq, {**(event.details or {}), given.key: value})
            if seq <= last:
                self.data.learned[self.data.next_seq()] = event, given.key
                if given.key == THREW:
                    yield seq

    def set_details(self, seq: int, details: dict[str, object] | None) -> None:
        self.data.events[seq] = msgspec.structs.replace(self.data.events[seq], details=details)

    def next_page(self, query: Query, place: Place) -> tuple[list[Event], Place | None]:
        rows = self.kept(query, place.after, place.until)
        if query.limit is not None:
            rows = rows[max(0, len(rows) - query.limit) :]
        if place.position is not None:
            rows = [row for row in rows if (to_microseconds(row[1].timestamp), row[0]) > place.position]
        page, more = cut(rows, PAGE)
        position = (to_microseconds(page[-1][1].timestamp), page[-1][0]) if page else None
        return [event for _, event in page], Place(place.after, place.until, position) if more else None

    def find(self, id_prefix: str) -> list[Event]:
        if not id_prefix:
            raise InvalidInputError("An id, or its beginning, is needed", "`events` lists them.")
        check_text(id_prefix)
        found = [event for _, event in self.kept(EVERYTHING) if event.id.startswith(id_prefix.lower())]
        return sorted(found, key=lambda event: event.id)[:FIND_LIMIT]

    def by_id(self, id_: str, seq: int = 0) -> Numbered | None:
        return next((row for row in self.kept(EVERYTHING) if row[1].id == id_), None)

    def stored(self, event: Event) -> Event | None:
        ids = self.ids(event.id)
        return next((found for _, found in self.kept(EVERYTHING) if found.id in ids), None)

    def nearest(self, query: Query, moment: datetime, limit: int) -> list[Numbered]:
        before = self.kept(msgspec.structs.replace(query, before=moment))
        after = self.kept(msgspec.structs.replace(query, since=moment))
        return [*cut(before[::-1], limit)[0], *cut(after, limit)[0]]

    def reach(self, services: Sequence[str], moment: datetime, number: int) -> tuple[datetime | None, datetime | None]:
        times = [[each.timestamp for _, each in self.kept(EVERYTHING) if each.service == name] for name in services]
        before = [[time for time in each if time <= moment][::-1] for each in times]
        after = [[time for time in each if time >= moment] for each in times]
        return (
            max((each[number] for each in before if len(each) > number), default=None),
            min((each[number] for each in after if len(each) > number), default=None),
        )

    def thrown(
        self, query: Query = EVERYTHING, *, after: int = 0, until: int | None = None, no_event: bool = False
    ) -> list[Thrown]:
        oldest = from_microseconds(self.oldest_kept())
        found = [
            (each.timestamp, seq, each)
            for seq, each in self.data.thrown.items()
            if after < seq <= (self.data.seq if until is None else until)
            and each.timestamp >= max(oldest, query.since or oldest)
            and (query.before is None or each.timestamp < query.before)
            and (not query.sources or each.source in query.sources)
            and (not query.scopes or each.scope in query.scopes)
            and (not query.browser_contexts or each.browser_context in query.browser_contexts)
            and not (no_event and each.event_id)
        ]
        ordered = [each for _, _, each in sorted(found, key=lambda row: row[:2])]
        return ordered if query.limit is None else ordered[max(0, len(ordered) - query.limit) :]

    def details(self, after: int, until: int) -> list[Detail]:
        values = {event.id: event.details or {} for event in self.data.events.values()}
        return [
            Detail(event_id=event.id, event_timestamp=event.timestamp, key=key, value=values[event.id][key])
            for seq, (event, key) in sorted(self.data.learned.items())
            if after < seq <= until and key in values.get(event.id, {})
        ]
