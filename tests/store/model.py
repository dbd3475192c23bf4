"""A store in plain Python: what each engine has to answer, as short as it can be said."""

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from cdp_bgservices.coverage.values import Coverage, Interval, Series, Tail
from cdp_bgservices.errors import InvalidInputError, StoreError
from cdp_bgservices.events import Event, from_microseconds, to_microseconds
from cdp_bgservices.failures import judge
from cdp_bgservices.identity import other_fields
from cdp_bgservices.learned import Detail, Learned, details_of, divide
from cdp_bgservices.query import Query
from cdp_bgservices.redaction import Redactor
from cdp_bgservices.store.listing import GoneError, Listing
from cdp_bgservices.store.presence import Presence
from cdp_bgservices.store.protocol import check_retention
from cdp_bgservices.store.spool_engine import SpoolEngine
from cdp_bgservices.store.values import (
    DEFAULT_RETENTION,
    EVERYTHING,
    FIND_LIMIT,
    PAGE,
    PAGE_SIZE,
    SORTS,
    Account,
    Added,
    Buckets,
    Clock,
    Committed,
    FactPlace,
    FieldCounts,
    Known,
    LastRun,
    Numbered,
    Place,
    StoreStatistics,
)
from cdp_bgservices.stories.numbers import DECIDING, ROLES, Fact
from cdp_bgservices.thrown import THREW, Thrown, with_thrown, without_thrown
from tests.store.matching import check, takes

NAMES = {name for roles in ROLES.values() for name in roles}


class Data:
    """What the engines of one store share."""

    def __init__(self) -> None:
        self.events: dict[int, Event] = {}
        """By seq."""
        self.thrown: dict[int, Thrown] = {}
        self.learned: dict[int, tuple[Event, str]] = {}
        """The event that had been committed before, and the key of its details."""
        self.seq = 0
        self.retention = DEFAULT_RETENTION
        self.redactor: Redactor | None = None
        """Once payloads were ever to be left out."""
        self.former: list[Redactor] = []
        self.notes: dict[str, str] = {}
        self.redacts = False
        self.prunes_days = False
        self.clears = 0
        self.deletions = 0
        self.commits: Counter[int] = Counter()
        """By engine."""
        self.intervals: dict[tuple[object, ...], tuple[str, Interval]] = {}
        self.series: dict[tuple[str, str, str], Series] = {}
        self.tails: dict[tuple[str, str, str], Tail] = {}
        self.runs: dict[str, LastRun] = {}
        self.recorders: dict[tuple[str, str], Presence] = {}
        """By source and run."""

    def next_seq(self) -> int:
        self.seq += 1
        return self.seq


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


class ModelEngine(SpoolEngine):
    def __init__(self, data: Data, clock: Clock, *, can_write: bool = True) -> None:
        self.data = data
        self.clock = clock
        self.can_write = can_write
        self.name, self.url = "/model/store", "model:///model/store"
        self.retention, self.redacts = data.retention, data.redacts

    def reader(self) -> "ModelEngine":
        return ModelEngine(self.data, self.clock, can_write=False)

    def interrupt(self) -> None:
        pass

    def close(self) -> None:
        pass

    def write(self) -> None:
        """At the beginning of each change."""
        if not self.can_write:
            raise StoreError("The store cannot be written", "Take another connection.")
        self.data.commits[id(self)] += 1

    # Settings

    def identity(self) -> str:
        return f"{id(self.data):x}"

    def notes(self) -> dict[str, str]:
        return dict(self.data.notes)

    def keep_notes(self, notes: Mapping[str, str]) -> None:
        self.write()
        self.data.notes.update(notes)

    def redaction_key(self) -> bytes | None:
        return self.data.redactor.key if self.data.redactor else None

    def take_key(self, key: bytes) -> None:
        self.write()
        if self.data.redactor:
            self.data.former.append(self.data.redactor)
        self.data.redactor = Redactor(key)

    def read_retention(self) -> timedelta:
        self.retention = self.data.retention
        return self.retention

    def read_redacts(self) -> bool:
        self.redacts = self.data.redacts
        return self.redacts

    def set_retention(self, retention: timedelta) -> None:
        check_retention(retention)
        self.write()
        self.retention = self.data.retention = retention

    def set_redaction(self, on: bool) -> None:
        self.write()
        if on and self.data.redactor is None:
            self.data.redactor = Redactor(b"a key of thirty-two bytes or so.")
        self.redacts = self.data.redacts = on

    # Events

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

    # Following

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

    # Lists and counts

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

    # What recorders leave

    def account(self, source: str, account: Account) -> None:
        self.write()
        for interval in account.intervals:
            key = (source, interval.context_kind, interval.service, interval.begin, interval.state)
            end = max(interval.end, self.data.intervals[key][1].end) if key in self.data.intervals else interval.end
            self.data.intervals[key] = source, msgspec.structs.replace(interval, end=end)
        for series in account.series:
            name = (source, series.context_kind, series.service)
            if name not in self.data.series or series.seen_until >= self.data.series[name].seen_until:
                self.data.series[name] = series
        for source_, service, registration in list(self.data.tails):
            if source_ == source and registration in account.gone:
                del self.data.tails[source_, service, registration]
        self.data.tails.update({(source, tail.service, tail.registration_id): tail for tail in account.tails})

    def known(self, source: str) -> Known:
        return Known(
            series=[self.data.series[key] for key in sorted(self.data.series) if key[0] == source],
            tails=[tail for key, tail in self.data.tails.items() if key[0] == source],
        )

    def coverage(self, sources: Collection[str] = ()) -> list[Coverage]:
        oldest = from_microseconds(self.oldest_kept())
        intervals: dict[str, list[Interval]] = {}
        for source, interval in self.data.intervals.values():
            if interval.end > oldest:
                intervals.setdefault(source, []).append(interval)

        def order(interval: Interval) -> tuple[object, ...]:
            return interval.context_kind, interval.service, interval.begin

        known = sorted({*intervals, *(source for source, _, _ in self.data.series)})
        return [
            Coverage(
                source=source,
                intervals=sorted(intervals.get(source, []), key=order),
                series=[self.data.series[key] for key in sorted(self.data.series) if key[0] == source],
                host=max(((each.seen, each.host) for each in self.recorders_of(source)), default=(None, ""))[1],
            )
            for source in known
            if not sources or source in sources
        ]

    def recorders_of(self, source: str) -> list[Presence]:
        return [each for each in self.data.recorders.values() if each.source == source]

    def keep_run(self, source: str, numbers: Mapping[str, int], moment: datetime | None = None) -> None:
        self.write()
        if moment is None or source not in self.data.runs or moment >= self.data.runs[source].moment:
            self.data.runs[source] = LastRun(source=source, moment=moment or self.clock(), numbers=dict(numbers))

    def runs(self) -> list[LastRun]:
        oldest = from_microseconds(self.oldest_kept())
        found = sorted(self.data.runs.values(), key=lambda run: run.source)
        return sorted((run for run in found if run.moment >= oldest), key=lambda run: run.moment, reverse=True)

    def keep_recorders(self, presences: Sequence[Presence]) -> None:
        self.write()
        for given in presences:
            known = self.data.recorders.get((given.source, given.run), given)
            self.data.recorders[given.source, given.run] = msgspec.structs.replace(
                known, seen=max(known.seen, given.seen), is_over=known.is_over or given.is_over
            )

    def recorders(self, since: datetime, sources: Collection[str] = ()) -> list[Presence]:
        found = [
            each
            for each in self.data.recorders.values()
            if each.seen >= since and (not sources or each.source in sources)
        ]
        return sorted(found, key=lambda each: (each.since, each.source, each.run))

    # Deleting

    def clear_steps(self, services: Collection[str] = ()) -> Iterator[int]:
        last = self.data.seq
        gone = [seq for seq, each in self.data.events.items() if not services or each.service in services]
        self.write()
        self.data.clears += bool(gone)
        self.data.deletions += bool(gone)
        yield self.delete(gone)
        self.data.thrown = {
            seq: each
            for seq, each in self.data.thrown.items()
            if seq > last or (services and each.service not in services)
        }
        self.data.learned = {
            seq: each
            for seq, each in self.data.learned.items()
            if seq > last or (services and each[0].service not in services)
        }
        self.data.tails = {key: tail for key, tail in self.data.tails.items() if services and key[1] not in services}

    def prune_steps(self) -> Iterator[int]:
        self.write()
        oldest = from_microseconds(self.oldest_kept())
        first = oldest.replace(hour=0, minute=0, second=0, microsecond=0) if self.data.prunes_days else oldest
        yield self.delete([seq for seq, each in self.data.events.items() if each.timestamp < first])
        self.data.thrown = {
            seq: each
            for seq, each in self.data.thrown.items()
            if each.timestamp >= first
            or (self.data.prunes_days and each.event_timestamp is not None and each.event_timestamp >= first)
        }
        self.data.learned = {seq: each for seq, each in self.data.learned.items() if each[0].timestamp >= first}
        self.data.series = {
            key: each
            for key, each in self.data.series.items()
            if each.seen_until >= oldest or not (each.is_over or each.armed_until is None or each.armed_until < oldest)
        }
        known = {source for source, _, _ in self.data.series}
        self.data.tails = {key: each for key, each in self.data.tails.items() if key[0] in known}
        self.data.recorders = {
            key: each
            for key, each in self.data.recorders.items()
            if each.seen >= oldest
            or (each.source in known and each.seen == max(other.seen for other in self.recorders_of(each.source)))
        }

    def delete(self, seqs: Iterable[int]) -> int:
        return len([self.data.events.pop(seq) for seq in seqs])


def check_text(value: object) -> None:
    """Raises InvalidInputError for what is not Unicode."""
    try:
        msgspec.json.encode(value)
    except UnicodeEncodeError as error:
        raise InvalidInputError(f"{error.object!r} is not Unicode text", "Write it in UTF-8.") from error


def cut(rows: list[Numbered], limit: int) -> tuple[list[Numbered], bool]:
    """A page, and whether there is more."""
    page: list[Numbered] = []
    size = 0
    for row in rows[:limit]:
        if size > PAGE_SIZE:
            return page, True
        page.append(row)
        size += size_of(row[1])
    return page, bool(page) and len(page) == limit


def size_of(event: Event) -> int:
    return len(event.scope or "") + len(event.instance_id) + len(json.dumps(event.metadata)) + len(str(event.details))
