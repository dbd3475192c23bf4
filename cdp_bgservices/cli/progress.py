"""How far a long command has come: a bar on standard error, if that is a terminal."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from cdp_bgservices.cli.output import LOG

if TYPE_CHECKING:
    from cdp_bgservices.events import Event

STEPS = 1000
ERASE_LINE_ABOVE = "\x1b[A\x1b[2K"


Meter = Callable[[float, int], None]
"""Shows a part of a whole, from 0 to 1, and a count of events."""


@contextmanager
def open_meter(label: str) -> Iterator[Meter]:
    """Without a terminal, it shows nothing. The bar disappears at the end."""
    if LOG.is_json or not sys.stderr.isatty():
        yield lambda part, events: None
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
            yield lambda part, events: bar.update(round(part * STEPS) - bar.pos, events)
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
                self.meter(min(1.0, (page[-1].timestamp.timestamp() - first) / whole), self.count)
            yield page
