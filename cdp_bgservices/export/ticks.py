"""A time axis: from moments to pixels, and ticks that a person can read."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import msgspec

MOST_TICKS = 9
STEPS = (
    *(timedelta(microseconds=step * 10**power) for power in range(6) for step in (1, 2, 5)),
    *(timedelta(seconds=step) for step in (1, 2, 5, 10, 15, 30)),
    *(timedelta(minutes=step) for step in (1, 2, 5, 10, 15, 30)),
    *(timedelta(hours=step) for step in (1, 2, 3, 6, 12)),
)
"""Between two ticks; beyond them, whole days."""
DAY = timedelta(days=1)
UNITS = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))
SHORTEST = timedelta(milliseconds=1)
"""What the axis spans at the least: a single event has no length."""


class Scale(msgspec.Struct, frozen=True):
    """Where a moment is on the axis."""

    first: datetime
    span: timedelta
    left: float
    right: float
    ticks: tuple[timedelta, ...]
    """After ``first``."""

    def x(self, moment: datetime) -> float:
        return self.left + (self.right - self.left) * ((moment - self.first) / self.span)


def make_scale(moments: Sequence[datetime], left: float, right: float, inset: float = 12) -> Scale:
    """From the first to the last of them, ``inset`` pixels from either end, so that no mark is cut."""
    first = min(moments, default=datetime(1970, 1, 1, tzinfo=UTC))
    span = max(max(moments, default=first) - first, SHORTEST)
    step = nice_step(span)
    ticks = tuple(step * number for number in range(span // step + 1))
    return Scale(first, span, left + inset, right - inset, ticks)


def nice_step(span: timedelta) -> timedelta:
    """The shortest that leaves no more than MOST_TICKS of them."""
    for step in STEPS:
        if span / step < MOST_TICKS:
            return step
    days = 1
    while span / (DAY * days) >= MOST_TICKS:
        days *= 2
    return DAY * days


def format_span(span: timedelta) -> str:
    """In two units at most: ``0``, ``250 µs``, ``12 ms``, ``1.5 s``, ``2 min 30 s``, ``3 h``, ``2 d 6 h``."""
    seconds = span.total_seconds()
    if not seconds:
        return "0"
    for size, factor, unit in ((1e-3, 1e6, "µs"), (1, 1e3, "ms"), (60, 1, "s")):
        if seconds < size:
            return f"{round(seconds * factor, 2):g} {unit}"
    for (unit, size), (smaller, part) in pairwise(UNITS):
        if seconds >= size:
            whole, rest = divmod(round(seconds), size)
            return f"{whole} {unit}" + (f" {rest // part} {smaller}" if rest >= part else "")
    raise AssertionError("what is shorter than a minute is written above")
