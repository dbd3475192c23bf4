"""How far a long command has come: a bar on standard error, if that is a terminal."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from cdp_bgservices.events import Event

STEPS = 1000
ERASE_LINE_ABOVE = "\x1b[A\x1b[2K"


class Meter:
    """Shows a part of a whole, and a count of events; without a terminal, nothing."""

    def __init__(self, bar: Any = None) -> None:
        """``bar`` is click's."""
        self.bar = bar

    def show(self, part: float, events: int) -> None:
        """``part`` goes from 0 to 1."""
        if self.bar is not None:
            self.bar.update(round(part * STEPS) - self.bar.pos, events)


@contextmanager
def open_meter(label: str) -> Iterator[Meter]:
    """The bar disappears at the end."""
    if not sys.stderr.isatty():
        yield Meter()
        return
    bar: Any = click.progressbar(
        length=STEPS,
        label=label,
        width=30,
        item_show_func=lambda events: f"{events or 0:,} events",
        file=sys.stderr,
    )
    try:
        with bar:
            yield Meter(bar)
    finally:
        click.echo(ERASE_LINE_ABOVE, nl=False, err=True)


class Counted:
    """Pages of events. The meter follows their times, as counting them first would take long."""

    def __init__(self, pages: "Iterator[list[Event]]", meter: Meter, last: float) -> None:
        """``last`` is the latest possible time of an event, in seconds since the epoch."""
        self.pages = pages
        self.meter = meter
        self.last = last
        self.count = 0

    def __iter__(self) -> "Iterator[Sequence[Event]]":
        first: float | None = None
        for page in self.pages:
            if page:
                first = page[0].timestamp.timestamp() if first is None else first
                self.count += len(page)
                whole = max(self.last - first, 1e-6)
                self.meter.show(min(1.0, (page[-1].timestamp.timestamp() - first) / whole), self.count)
            yield page
