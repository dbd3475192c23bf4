"""What the timelines of a report show: some lanes of ``stories``, and in each of them marks that lie on one another."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from cdp_bgservices.contexts import bare_label, endings, labels
from cdp_bgservices.coverage.report import gaps
from cdp_bgservices.coverage.values import Interval
from cdp_bgservices.events import Event
from cdp_bgservices.export.documents import About
from cdp_bgservices.export.failed_runs import failed_runs
from cdp_bgservices.export.ticks import Scale
from cdp_bgservices.failures import Kind
from cdp_bgservices.stories import Lane, Mark, make_lanes
from cdp_bgservices.vocabulary.services import SERVICES

WORST_FIRST = (Kind.FAILED, Kind.SUCCEEDED, Kind.ENDED, Kind.GOING_ON)


class Lanes:
    """The lanes of a recording, the first ``most`` of them to show.

    The shown ones are by service, in the order that the viewer has, and those of one as they began. If there are more
    than ``most``, the lanes with a failure are shown before the others, and of these the earliest.
    """

    def __init__(self, events: Iterable[Event], most: int, about: About) -> None:
        ordered = sorted(events, key=lambda event: event.timestamp)
        lanes = make_lanes(ordered, about.moment, endings(about.contexts))
        self.labels = labels(about.contexts)
        self.has_several_contexts = len({lane.head.context for lane in lanes}) > 1
        self.has_several_origins = len({lane.head.origin for lane in lanes}) > 1
        if len(lanes) > most:
            lanes.sort(key=lambda lane: not lane.has_failed)
        self.shown = sorted(lanes[:most], key=lambda lane: (*place_of(lane.head.service), lane.begin))
        self.hidden = lanes[most:]
        self.marks = sorted((mark for lane in lanes for mark in lane.marks), key=lambda mark: mark.at)
        """Of all lanes."""
        self.failures = len(failed_runs(ordered, (), about.moment, endings(about.contexts)))
        """How many runs failed, or an attempt of theirs."""
        self.gaps: dict[str, list[Interval]] = {}
        """Of the times of events, by service."""
        for gap in self.gaps_between(about):
            self.gaps.setdefault(gap.service, []).append(gap)

    def gaps_between(self, about: About) -> list[Interval]:
        reports = [report for series in about.coverage.values() for report in series]
        if not self.marks:
            return []
        first, last = self.marks[0].event.timestamp, self.marks[-1].event.timestamp
        return [gap for gap in gaps(reports, from_the_start=False) if gap.begin < last and gap.end > first]

    def origin_of(self, lane: Lane) -> str:
        """Where there are several: without what all web addresses begin with."""
        return lane.head.origin.rstrip("/").removeprefix("https://") if self.has_several_origins else ""

    def context_of(self, lane: Lane) -> str:
        """What its browser context is called, where the lanes are in several; empty where they are in one."""
        head = lane.head
        label = self.labels.get((head.source, head.context)) or bare_label(head.context)
        return label if self.has_several_contexts else ""

    def by_service(self) -> Iterator[tuple[str, list[Lane]]]:
        """The shown ones."""
        for service, group in groupby(self.shown, lambda lane: lane.head.service):
            yield service, list(group)

    def rest(self) -> str:
        """How many are hidden; empty if none are."""
        events = sum(len(lane.marks) for lane in self.hidden)
        return f"and {count(len(self.hidden), 'more instance')} with {count(events, 'event')}" if events else ""


def place_of(service: str) -> tuple[int, str]:
    """In the viewer's order: the known services, then others by name."""
    known = [str(each) for each in SERVICES]
    return (known.index(service), "") if service in known else (len(known), service)


def clusters(marks: Iterable[Mark], scale: Scale, *, apart: float) -> Iterator[tuple[float, list[Mark]]]:
    """Marks that are less than ``apart`` pixels from the first one, together; and where that is."""
    together: list[Mark] = []
    start = 0.0
    for mark in marks:
        x = scale.x(mark.event.timestamp)
        if together and x - start >= apart:
            yield start, together
            together = []
        start = start if together else x
        together.append(mark)
    if together:
        yield start, together


def worst(marks: Iterable[Mark]) -> Kind:
    """Of at least one mark."""
    kinds = {mark.kind for mark in marks}
    return next(kind for kind in WORST_FIRST if kind in kinds)


def count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
