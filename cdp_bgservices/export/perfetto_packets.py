"""The packets of a Perfetto trace. Fields' numbers are those of ``perfetto_trace.proto``; times are microseconds
since the Unix epoch, and nanoseconds in the packets."""

from collections.abc import Mapping, Sequence

from cdp_bgservices.protobuf import Field, encode

SEQUENCE = 1
"""All packets are one writer's."""
STATE_CLEARED = 1
"""``SEQ_INCREMENTAL_STATE_CLEARED``: nothing that was sent before is referred to."""
BEGIN, END, INSTANT = 1, 2, 3
"""``TrackEvent.Type``."""
CHRONOLOGICAL = 2
"""``TrackDescriptor.ChildTracksOrdering``."""
BY_KEY = 3
"""``SIBLING_MERGE_BEHAVIOR_BY_SIBLING_MERGE_KEY``: tracks of one name are not taken for one."""
REALTIME, BOOTTIME = 1, 6
"""``BuiltinClock``."""

Argument = str | Mapping[str, str]
Arguments = Mapping[str, Argument]


def clock_packet(moment: int) -> bytes:
    """The trace's own clock is the wall's, so that real dates and times can be shown."""
    nanoseconds = ticks(moment)
    clocks = [(1, encode((1, clock), (2, nanoseconds))) for clock in (BOOTTIME, REALTIME)]
    return packet((8, nanoseconds), (6, encode(*clocks)), (13, STATE_CLEARED), (87, 1))


def track_packet(
    uuid: int, name: str, *, parent: int = 0, description: str = "", merge_key: str = "", ordering: int = 0
) -> bytes:
    """``TrackDescriptor``; tracks of the same ``merge_key`` are drawn as one."""
    fields: list[Field] = [(1, uuid), (2, name)]
    if parent:
        fields.append((5, parent))
    if description:
        fields.append((14, description))
    if ordering:
        fields.append((11, ordering))
    if merge_key:
        fields += [(15, BY_KEY), (16, merge_key)]
    return packet((60, encode(*fields)))


def event_packet(
    kind: int, moment: int, track: int, name: str, categories: Sequence[str], arguments: Arguments
) -> bytes:
    """``TrackEvent``: BEGIN or INSTANT."""
    notes = [(4, annotation(key, value)) for key, value in arguments.items()]
    event = encode((9, kind), (11, track), (23, name), *((22, category) for category in categories), *notes)
    return packet((8, ticks(moment)), (11, event))


def end_packet(moment: int, track: int) -> bytes:
    return packet((8, ticks(moment)), (11, encode((9, END), (11, track))))


def annotation(name: str, value: Argument) -> bytes:
    """``DebugAnnotation``."""
    if isinstance(value, str):
        return encode((10, name), (6, value))
    return encode((10, name), *((11, annotation(key, inner)) for key, inner in value.items()))


def packet(*fields: tuple[int, int | bytes]) -> bytes:
    """``TracePacket``, as a field of ``Trace``."""
    return encode((1, encode(*fields, (10, SEQUENCE))))


def ticks(moment: int) -> int:
    """Nanoseconds; nothing was before the epoch."""
    return max(moment, 0) * 1000
