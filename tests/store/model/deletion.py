"""What goes: all of a service, or what is past retention."""

from collections.abc import Collection, Iterable, Iterator, Sequence

from cdp_bgservices.events import Event, from_microseconds
from tests.store.model.recorders import Recorders


class Deletion(Recorders):
    """A part of the engine."""

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

    def remove(self, events: Sequence[Event]) -> int:
        self.write()
        ids = {event.id for event in events}
        gone = [seq for seq, each in self.data.events.items() if each.id in ids]
        if gone:
            self.data.clears += 1
            self.data.deletions += 1
            self.data.thrown = {seq: each for seq, each in self.data.thrown.items() if each.event_id not in ids}
            self.data.learned = {seq: each for seq, each in self.data.learned.items() if each[0].id not in ids}
        return self.delete(gone)

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
        self.data.contexts = {key: each for key, each in self.data.contexts.items() if each.noted >= oldest}
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
