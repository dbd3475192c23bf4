"""What recorders leave beside events."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import msgspec

from cdp_bgservices.contexts import BrowserContext, merged
from cdp_bgservices.coverage.values import Coverage, Interval
from cdp_bgservices.events import from_microseconds
from cdp_bgservices.store.presence import Presence
from cdp_bgservices.store.values import (
    Account,
    Known,
    LastRun,
)
from tests.store.model.settings import Settings


class Recorders(Settings):
    """A part of the engine."""

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
                profile=next((each.profile for each in self.kept_contexts([source])[::-1] if each.is_default), ""),
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

    def keep_contexts(self, contexts: Sequence[BrowserContext]) -> None:
        self.write()
        self.data.contexts = merged([*self.data.contexts.values(), *contexts])

    def kept_contexts(self, sources: Collection[str] = (), limit: int = -1) -> list[BrowserContext]:
        found = [each for each in self.data.contexts.values() if not sources or each.source in sources]
        found.sort(key=lambda each: (each.since, each.context), reverse=True)
        return sorted(found[: None if limit < 0 else limit], key=lambda each: (each.source, each.since, each.context))
