"""How far a long command has come: a bar on standard error, where that is a terminal."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress

    from cdp_bgservices.events import Event


class Meter:
    """Shows a part of a whole, and how many events there were; nothing at all without a terminal."""

    def __init__(self, bar: "Progress | None" = None) -> None:
        self.bar = bar

    def show(self, part: float, events: int) -> None:
        """``part`` goes from 0 to 1."""
        if self.bar is not None:
            self.bar.update(self.bar.task_ids[0], completed=part, events=f"{events:,}")


@contextmanager
def open_meter(doing: str) -> Iterator[Meter]:
    """The bar goes away with it."""
    if not sys.stderr.isatty():
        yield Meter()
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    told = TextColumn("{task.description}"), TextColumn("{task.fields[events]} events")
    columns = (told[0], BarColumn(), TaskProgressColumn(), told[1], TimeRemainingColumn())
    with Progress(*columns, console=Console(file=sys.stderr), transient=True) as bar:
        bar.add_task(doing, total=1.0, events="0")
        yield Meter(bar)


class Counted:
    """Pages of events, as they are taken, with a meter that goes by their time: to count them first would take long."""

    def __init__(self, pages: "Iterator[list[Event]]", meter: Meter, last: float) -> None:
        """``last`` is when the last of them may be, in seconds since the epoch."""
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
