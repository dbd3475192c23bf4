"""What the timeline shows: a lane for each instance, and in it events that lie on one another together."""

from collections.abc import Iterable, Iterator

import msgspec

from cdp_bgservices.events import Event
from cdp_bgservices.export.ticks import Scale
from cdp_bgservices.failures import Kind, kind_of


class Lane(msgspec.Struct, frozen=True):
    """The events of one instance."""

    service: str
    origin: str
    instance_id: str
    events: tuple[Event, ...]
    """Oldest first."""


def make_lanes(events: Iterable[Event], most: int) -> list[Lane]:
    """In the order in which they began, those of one service together.

    With more than ``most`` those come first, sorted so among themselves, that failed or else began first.
    """
    found: dict[tuple[str, str, str], list[Event]] = {}
    for event in sorted(events, key=lambda event: event.timestamp):
        found.setdefault((event.service, event.origin, event.instance_id), []).append(event)
    lanes = [Lane(*key, tuple(of_lane)) for key, of_lane in found.items()]
    if len(lanes) > most:
        lanes.sort(key=lambda lane: Kind.FAILED not in map(kind_of, lane.events))
    services = list(dict.fromkeys(event.service for of_lane in found.values() for event in of_lane[:1]))
    shown, hidden = lanes[:most], lanes[most:]
    return sorted(shown, key=lambda lane: (services.index(lane.service), lane.events[0].timestamp)) + hidden


def clusters(events: Iterable[Event], scale: Scale, *, apart: float) -> Iterator[tuple[float, list[Event]]]:
    """Events that are less than ``apart`` pixels from the first one, together; and where that is."""
    together: list[Event] = []
    start = 0.0
    for event in events:
        x = scale.x(event.timestamp)
        if together and x - start >= apart:
            yield start, together
            together = []
        start = start if together else x
        together.append(event)
    if together:
        yield start, together
