"""Events that were written as JSON lines, read back oldest first."""

from array import array
from collections.abc import Collection, Iterator
from datetime import datetime
from itertools import groupby
from typing import BinaryIO

import msgspec

from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.events import EPOCH, MICROSECOND, Event
from cdp_bgservices.thrown import check_details

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
decode = msgspec.json.Decoder(Event).decode


class JsonLines:
    """A file of events, each once: of them only their times and where their lines begin are kept in memory.

    A recorder writes events as they come, and a replay brings old ones, so the lines are in no order.
    """

    def __init__(self, file: BinaryIO, name: str) -> None:
        """Reads all of a file that can be rewound. Raises InvalidInputError, with the line's number."""
        self.file = file
        self.name = name
        self.starts = array("q")
        self.times = array("q")
        """Microseconds since the Unix epoch."""
        start = 0
        file.seek(0)
        for number, line in enumerate(file, 1):
            if line.strip():
                self.times.append((self.parse(line, number).timestamp - EPOCH) // MICROSECOND)
                self.starts.append(start)
            start += len(line)

    def parse(self, line: bytes, number: int) -> Event:
        try:
            event = decode(line.removeprefix(BYTE_ORDER_MARK))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise self.broken(number, str(error)) from error
        if event.timestamp.tzinfo is None:
            raise self.broken(number, "its timestamp names no zone")
        if fault := check_details(event.details):
            raise self.broken(number, fault)
        return event

    def broken(self, number: int, reason: str) -> InvalidInputError:
        return InvalidInputError(
            f"{self.name}: line {number} is no event: {reason}",
            "What can be read is a store, what record, events and export write as jsonl, and what DevTools saved.",
        )

    def __iter__(self) -> Iterator[Event]:
        """Oldest first; those of one microsecond as they stand in the file."""
        for _, group in groupby(self.read(), lambda event: event.timestamp):
            # Files may have been put together. Equal events have equal times.
            yield from {event.id: event for event in group}.values()

    def read(self) -> Iterator[Event]:
        for place in sorted(range(len(self.times)), key=self.times.__getitem__):
            self.file.seek(self.starts[place])
            yield self.parse(self.file.readline(), place + 1)

    def select(
        self, sources: Collection[str] = (), since: datetime | None = None, before: datetime | None = None
    ) -> Iterator[Event]:
        """Those of these sources, or of all, at or after a moment, and before another."""
        for event in self:
            if (
                (not sources or event.source in sources)
                and (since is None or event.timestamp >= since)
                and (before is None or event.timestamp < before)
            ):
                yield event
