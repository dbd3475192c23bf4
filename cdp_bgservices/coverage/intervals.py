"""Intervals of time as pairs of moments: begin and end."""

from collections.abc import Iterable, Iterator
from datetime import datetime

Pair = tuple[datetime, datetime]


def uncovered(covers: Iterable[Pair], begin: datetime, end: datetime) -> Iterator[Pair]:
    """The parts of an interval that no cover reaches, in order."""
    for cover_begin, cover_end in sorted(covers):
        if cover_begin >= end:
            break
        if cover_begin > begin:
            yield begin, cover_begin
        begin = max(begin, cover_end)
    if begin < end:
        yield begin, end
