"""The timeline as a Perfetto trace: a group of tracks for each service, a track for each lane, in it slices for spans
and instants for events; and a group for the gaps of coverage."""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from itertools import chain

from cdp_bgservices.contexts import endings, labels
from cdp_bgservices.coverage.report import gaps
from cdp_bgservices.coverage.values import MEANINGS, OTHER
from cdp_bgservices.events import Event, to_microseconds
from cdp_bgservices.export.documents import About, batches
from cdp_bgservices.export.perfetto_packets import (
    BEGIN,
    CHRONOLOGICAL,
    INSTANT,
    Argument,
    clock_packet,
    end_packet,
    event_packet,
    track_packet,
)
from cdp_bgservices.failures import Kind
from cdp_bgservices.notification_details import notification_lines
from cdp_bgservices.stories import Head, Mark, Run, Span, State, assign
from cdp_bgservices.thrown import line_of, threw
from cdp_bgservices.vocabulary.services import title_of

MOST_TRACKS = 50_000
"""Tracks that are remembered as described already. A track may be described twice."""
BATCH = 500
"""Packets that are written together."""
GAPS = "Not recorded for certain"


def pieces(pages: Iterable[Sequence[Event]], about: About) -> Iterator[bytes]:
    """A ``Trace``. Its packets are not in the order of time: its readers sort them."""
    packets = chain(gap_packets(about), Tracing(about).packets(chain.from_iterable(pages)))
    yield from map(b"".join, batches(packets, BATCH))


class Tracing:
    """Events to packets."""

    def __init__(self, about: About) -> None:
        self.about = about
        self.labels = labels(about.contexts)
        self.described: OrderedDict[int, None] = OrderedDict()
        """Tracks, by their uuid."""

    def packets(self, events: Iterable[Event]) -> Iterator[bytes]:
        is_first = True
        for head, step in assign(events, self.about.moment, endings(self.about.contexts)):
            if isinstance(step, Run):
                continue
            if is_first:
                moment = step.at if isinstance(step, Mark) else step.begin
                yield clock_packet(moment)
                is_first = False
            if isinstance(step, Mark):
                track = uuid_of("lane", head.key, "0")
                yield from self.describe(head, 0, track)
                yield mark_packet(step, track)
            else:
                track = uuid_of("lane", head.key, str(step.row))
                yield from self.describe(head, step.row, track)
                yield from span_packets(step, track)

    def describe(self, head: Head, row: int, track: int) -> Iterator[bytes]:
        """A lane's track, and that of its service; further rows are drawn with the lane's first one."""
        service = uuid_of("service", head.service)
        if service not in self.described:
            self.described[service] = None
            yield track_packet(service, title_of(head.service), ordering=CHRONOLOGICAL)
        if track in self.described:
            self.described.move_to_end(track)
            return
        self.described[track] = None
        if len(self.described) > MOST_TRACKS:
            self.described.popitem(last=False)
        context = " ".join(filter(None, (self.labels.get((head.source, head.context)), head.context)))
        details = {"origin": head.origin, "scope": head.scope, "source": head.source, "browser context": context}
        description = "\n".join(f"{key}: {value}" for key, value in details.items() if value)
        yield track_packet(track, head.label, parent=service, description=description, merge_key=head.key)


def mark_packet(mark: Mark, track: int) -> bytes:
    event = mark.event
    fields = {
        "event": event.event_name,
        "id": event.id,
        "origin": event.origin,
        "storage key": event.storage_key,
        "scope": event.scope or "",
        "instance": event.instance_id,
        "registration": event.registration_id,
        "source": event.source,
        "browser context": event.browser_context,
        "failure": mark.failure,
        "threw": "\n".join(map(line_of, threw(event))),
        "notification": "\n".join(notification_lines(event)),
    }
    arguments: dict[str, Argument] = {key: value for key, value in fields.items() if value}
    if event.metadata:
        arguments["metadata"] = event.metadata
    name = f"{event.event_name}: {mark.failure}" if mark.failure else event.event_name
    return event_packet(INSTANT, mark.at, track, name, categories(event.service, mark.kind), arguments)


def span_packets(span: Span, track: int) -> Iterator[bytes]:
    """An open one has no end."""
    name = f"{span.name} (failed)" if span.state is State.FAILED else span.name
    arguments = {"begun by": span.id, "state": str(span.state)}
    yield event_packet(BEGIN, span.begin, track, name, categories("phase", span.state), arguments)
    if span.end is not None:
        yield end_packet(span.end, track)


def categories(first: str, kind: Kind | State) -> Sequence[str]:
    """To search and filter by."""
    return (first, str(kind).replace(" ", "-"))


def gap_packets(about: About) -> Iterator[bytes]:
    """A track for each service of a source and each kind of browser context that has a gap."""
    group = uuid_of("gaps")
    is_first = True
    for source, lanes in about.coverage.items():
        for lane in lanes:
            found = gaps([lane], from_the_start=False)
            if not found:
                continue
            if is_first:
                yield track_packet(group, GAPS)
                is_first = False
            track = uuid_of("gap", source, lane.context_kind, lane.service)
            kind = ", other browser contexts" if lane.context_kind == OTHER else ""
            key = f"{source} {lane.service} {lane.context_kind}"
            yield track_packet(
                track, title_of(lane.service) + kind, parent=group, description=f"source: {source}", merge_key=key
            )
            for gap in found:
                arguments = {"state": gap.state, "detail": gap.detail, "source": source}
                yield event_packet(BEGIN, to_microseconds(gap.begin), track, MEANINGS[gap.state], ("gap",), arguments)
                yield end_packet(to_microseconds(gap.end), track)


def uuid_of(*parts: str) -> int:
    """Of a track, the same in every trace; never 0."""
    return int.from_bytes(blake2b("\0".join(parts).encode(), digest_size=8).digest()) | 1
