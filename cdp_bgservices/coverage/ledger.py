"""What one recorder is certain of while it records: sightings in, intervals out. No I/O and no clock."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby

import msgspec

from cdp_bgservices.coverage.unattended import Loss, missed
from cdp_bgservices.coverage.values import (
    DEFAULT,
    OTHER,
    Interruption,
    Interval,
    Series,
    Sighting,
    State,
    together,
    uncovered,
)

Key = tuple[str, str]
"""A kind of browser context, and a service."""


class Entry(msgspec.Struct):
    """How far one series is accounted for."""

    until: datetime
    live_since: datetime
    """The begin of the live interval that ends at ``until``; ``until`` itself where there is none."""
    armed_until: datetime | None = None
    gaps: list[Interruption] = msgspec.field(default_factory=list)
    """Those that were reported, and are not accounted for yet."""
    off_since: datetime | None = None
    """Since when it is off, where this recorder found it so and leaves it so."""


class Ledger:
    """Belongs to one recorder. ``before`` is what earlier recorders left; ``began`` is when it observed everything."""

    def __init__(self, before: Iterable[Series], began: datetime) -> None:
        self.before = {(series.context_kind, series.service): series for series in before}
        self.began = began
        self.entries: dict[Key, Entry] = {}
        self.sighted: set[tuple[str, str]] = set()
        """Contexts and services."""
        self.found: dict[tuple[Key, datetime, State], Interval] = {}
        """Every gap, as long as it is by now."""

    def note(
        self,
        sightings: Sequence[Sighting],
        moment: datetime,
        losses: Mapping[str, Loss] | None = None,
        services: Collection[str] = (),
    ) -> list[Interval]:
        """What is certain now, and what is not: intervals that are new, or longer than they were before.

        Everything that happened until ``moment`` is stored. ``losses``, by service, is what the first replay did not
        have. ``services`` are recorded, even if no context was sighted that has them.
        """
        intervals: list[Interval] = []
        grouped: dict[Key, list[Sighting]] = {
            key: list(group) for key, group in groupby(sorted(sightings, key=key_of), key=key_of)
        }
        recorded = {service for _, service in grouped} | set(services)
        others = [key for key in self.before if key[0] == OTHER and key[1] in recorded]
        for key in sorted({*grouped, *others, *self.entries}):
            group = grouped.get(key, [])
            if key not in self.entries:
                if key[0] == DEFAULT and not self.was_recorded(key, group):
                    continue  # Nothing is certain.
                intervals += self.begin(key, group, (losses or {}).get(key[1]))
            intervals += self.go_on(key, group, moment)
        self.sighted = {(sighting.browser_context, sighting.service) for sighting in sightings}
        for interval in intervals:
            if interval.state.is_gap:
                self.found[(interval.context_kind, interval.service), interval.begin, interval.state] = interval
        return intervals

    @property
    def gaps(self) -> int:
        """How many there are; one of several services counts once."""
        return len(together(self.found.values()))

    def was_recorded(self, key: Key, group: Sequence[Sighting]) -> bool:
        """By this recorder; or by one before it, and this one leaves it off."""
        if any(sighting.recording_since for sighting in group):
            return True
        before = self.before.get(key)
        is_seen = bool(group) and all(sighting.is_observed for sighting in group)
        return is_seen and before is not None and not before.is_over

    def begin(self, key: Key, group: Sequence[Sighting], loss: Loss | None) -> list[Interval]:
        """A series that is seen for the first time: what happened to it while no recorder was attached."""
        begun, is_left_off = self.began, False
        if key[0] == DEFAULT:
            recorded = [sighting.recording_since for sighting in group if sighting.recording_since]
            begun, is_left_off = max(recorded, default=begun), not recorded
        entry = self.entries[key] = Entry(until=begun, live_since=begun)
        intervals: list[Interval] = []
        if (series := self.before.get(key)) is not None:
            was_recording = all(sighting.was_recording for sighting in group)
            intervals = missed(series, was_recording=was_recording, until=begun, loss=loss)
        if is_left_off:
            goes_on = bool(intervals) and intervals[-1].state is State.SWITCHED_OFF
            entry.off_since = intervals[-1].begin if goes_on else begun
        return intervals

    def go_on(self, key: Key, group: Sequence[Sighting], moment: datetime) -> list[Interval]:
        """From where it was accounted for to the moment, as far as everything of it is observed and armed."""
        entry = self.entries[key]
        for gap in [gap for sighting in group for gap in self.gaps_of(sighting, entry)]:
            # One that goes on is reported each time, with its end at last.
            entry.gaps = [known for known in entry.gaps if known.end is not None or known.begin != gap.begin]
            entry.gaps.append(gap)
        armed = [sighting.armed_until for sighting in group if sighting.armed_until]
        entry.armed_until = min(armed) if len(armed) == len(group) and armed else None
        until = min([moment, *armed])
        if until <= entry.until or not all(sighting.is_observed for sighting in group):
            return []
        gaps = [gap for gap in entry.gaps if gap.begin < until]
        intervals = [
            interval_of(key, gap.begin, min(gap.end or until, until), gap.state, gap.detail)
            for gap in gaps
            if gap.begin < min(gap.end or until, until)
        ]
        live_since, entry.live_since = entry.live_since, until
        covers = [(gap.begin, gap.end or until) for gap in gaps]
        for begin, end in uncovered(covers, entry.until, until):
            since = live_since if begin == entry.until else begin
            intervals.append(interval_of(key, since, end, State.LIVE))
            entry.live_since = since if end == until else until
        entry.until = until
        entry.gaps = [gap for gap in entry.gaps if gap.end is not None and gap.end > until]
        return intervals

    def gaps_of(self, sighting: Sighting, entry: Entry) -> Iterator[Interruption]:
        """Of a context that is seen for the first time also that it was not recorded before; of one, that it is off."""
        mark = (sighting.browser_context, sighting.service)
        since = sighting.recording_since
        if sighting.context_kind == OTHER and mark not in self.sighted and since and not sighting.was_recording:
            yield Interruption(begin=entry.until, end=since, state=State.NEVER_RECORDED)
        if entry.off_since is not None:
            yield Interruption(begin=entry.off_since, end=since, state=State.SWITCHED_OFF)
            entry.off_since = None if since else entry.off_since
        yield from sighting.interruptions

    def series(self) -> list[Series]:
        """Where the next recorder goes on."""
        return [
            Series(
                context_kind=kind,
                service=service,
                seen_until=entry.until,
                armed_until=entry.armed_until,
            )
            for (kind, service), entry in self.entries.items()
        ]


def key_of(sighting: Sighting) -> Key:
    return sighting.context_kind, sighting.service


def interval_of(key: Key, begin: datetime, end: datetime, state: State, detail: str = "") -> Interval:
    return Interval(context_kind=key[0], service=key[1], begin=begin, end=end, state=state, detail=detail)
