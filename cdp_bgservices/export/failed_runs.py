"""What failed in a recording: one row for each run, however many of its events report it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from cdp_bgservices.events import Event, to_microseconds
from cdp_bgservices.export.places import Labels, place
from cdp_bgservices.export.ticks import format_span
from cdp_bgservices.failures import Kind, reported_failure
from cdp_bgservices.stories import Endings, Head, Lane, Mark, Run, make_lanes
from cdp_bgservices.thrown import line_of, threw

MOST_STEPS = 8
"""Of a story; of a longer one, its beginning and its end."""


class FailedRun(msgspec.Struct, frozen=True):
    """A run in which something failed, or of which an event broke a rule."""

    head: Head
    run: Run | None
    """None of events that belong to none."""
    marks: Sequence[Mark]
    """All of the run, oldest first."""
    bad: Sequence[Mark]
    """Those that report a failure, or broke a rule; one at the least."""

    @property
    def first(self) -> Event:
        return self.bad[0].event

    def reasons(self) -> list[str]:
        """In Chromium's words, each once; without those that another one says, too."""
        found = dict.fromkeys(reported_failure(mark.event.event_name, mark.event.metadata) for mark in self.bad)
        return [reason for reason in found if reason and not any(reason in other for other in found if other != reason)]

    def thrown(self) -> list[str]:
        """What the worker threw in it, and where."""
        return list(dict.fromkeys(line_of(item) for mark in self.bad for item in threw(mark.event)))

    def place(self, labels: Labels) -> str:
        return place(self.head.origin, self.head.source, self.head.context, labels)

    def said(self) -> str:
        """How it ended, unless the reasons say it."""
        said = self.run.said if self.run else ""
        return "" if said == Kind.FAILED else said

    def story(self) -> str:
        """``Registered sync → Dispatched sync event +1 ms → ✕ sync event failed +24 ms``"""
        bad = {mark.event.id for mark in self.bad}
        begin = self.marks[0].event.timestamp
        steps = []
        for mark in self.marks:
            sign = "✕ " if mark.event.id in bad else ""
            later = mark.event.timestamp - begin
            steps.append(f"{sign}{mark.event.event_name}" + (f" +{format_span(later)}" if later else ""))
        if len(steps) > MOST_STEPS:
            half = MOST_STEPS // 2
            steps = [*steps[:half], f"… {len(steps) - MOST_STEPS} more …", *steps[-half:]]
        return " → ".join(steps)


def failed_runs(
    events: Iterable[Event], blamed: Collection[str], now: datetime | None = None, endings: Endings | None = None
) -> list[FailedRun]:
    """In the order in which they failed. ``blamed`` are the ids of events that broke a rule."""
    found = [each for lane in make_lanes(events, now, endings) for each in of_lane(lane, blamed)]
    return sorted(found, key=lambda each: (each.first.timestamp, each.first.id))


def of_lane(lane: Lane, blamed: Collection[str]) -> list[FailedRun]:
    parts: dict[str, list[Mark]] = {}
    runs: Mapping[str, Run] = {run.id: run for run in lane.runs}
    for mark in lane.marks:
        parts.setdefault(run_of(mark, lane.runs), []).append(mark)
    found = []
    for id_, marks in parts.items():
        if bad := [mark for mark in marks if mark.kind is Kind.FAILED or mark.event.id in blamed]:
            found.append(FailedRun(lane.head, runs.get(id_), marks, bad))
    return found


def run_of(mark: Mark, runs: Sequence[Run]) -> str:
    """The id of the last run of the event's service that had begun before it; "" if there is none."""
    at = to_microseconds(mark.event.timestamp)
    begun = [run for run in runs if run.begin <= at and run.service == mark.event.service]
    return max(begun, key=lambda run: run.begin).id if begun else ""
