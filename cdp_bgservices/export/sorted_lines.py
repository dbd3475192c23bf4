"""A file of JSON lines, read oldest event first."""

from array import array
from collections.abc import Collection, Iterator
from datetime import datetime
from itertools import groupby
from typing import BinaryIO

from cdp_bgservices.events import EPOCH, MICROSECOND, Event
from cdp_bgservices.export.reading import parse_line


class SortedLines:
    """The events of a file, each once. Memory holds only their times, and where their lines begin.

    A recorder writes events as they arrive, and a replay brings old ones, so the lines are not in order.
    """

    def __init__(self, file: BinaryIO, name: str) -> None:
        """Read the whole file, which must be seekable. Raises InvalidInputError, with the line's number."""
        self.file = file
        self.name = name
        self.starts = array("q")
        self.times = array("q")
        """Microseconds since the Unix epoch."""
        start = 0
        file.seek(0)
        for number, line in enumerate(file, 1):
            if line.strip():
                self.times.append((parse_line(line, name, number).timestamp - EPOCH) // MICROSECOND)
                self.starts.append(start)
            start += len(line)

    def __iter__(self) -> Iterator[Event]:
        """Oldest first; events of the same microsecond in the file's order."""
        for _, group in groupby(self.read(), lambda event: event.timestamp):
            # Files may have been concatenated. Equal events have equal times.
            yield from {event.id: event for event in group}.values()

    def read(self) -> Iterator[Event]:
        for place in sorted(range(len(self.times)), key=self.times.__getitem__):
            self.file.seek(self.starts[place])
            yield parse_line(self.file.readline(), self.name, place + 1)

    def select(
        self, sources: Collection[str] = (), since: datetime | None = None, before: datetime | None = None
    ) -> Iterator[Event]:
        """The events of these sources, or of all sources, from ``since`` on and before ``before``."""
        for event in self:
            if (
                (not sources or event.source in sources)
                and (since is None or event.timestamp >= since)
                and (before is None or event.timestamp < before)
            ):
                yield event
