"""What a timed recorder tells, taken apart."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import trio

from tests.cli.running import Running
from tests.soak.recording import open_listened


@dataclass(frozen=True, slots=True)
class Span:
    begin: float
    """Seconds since the epoch."""
    seconds: float
    events: int

    def overlaps(self, other: "Span") -> bool:
        return self.begin < other.begin + other.seconds and other.begin < self.begin + self.seconds


@dataclass
class Timing:
    """Made by :func:`open_timed`."""

    command: Running
    commits: list[Span] = field(default_factory=list)
    prunes: list[Span] = field(default_factory=list)
    changed: trio.Event = field(default_factory=trio.Event)
    reported: trio.Event = field(default_factory=trio.Event)
    """Set once it has reported everything."""

    async def listen(self) -> None:
        assert self.command.process.stdout is not None
        rest = b""
        async for data in self.command.process.stdout:
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                what, begin, seconds, events = line.decode().split()
                spans = self.commits if what == "commit" else self.prunes
                spans.append(Span(float(begin), float(seconds), int(events)))
            self.changed.set()
            self.changed = trio.Event()
        self.reported.set()

    async def wait_pruned(self, events: int) -> Span:
        """The first prune that deleted as many."""
        while True:
            for span in self.prunes:
                if span.events >= events:
                    return span
            await self.changed.wait()

    async def stop(self, number: int) -> None:
        result = await self.command.stop(number)
        await self.reported.wait()
        assert result.status == 0, result.err


@asynccontextmanager
async def open_timed(store: Path, endpoint: str, prune_every: float) -> AsyncIterator[Timing]:
    """A recorder in the background, which prunes at this interval in seconds."""
    command = [sys.executable, "-P", "-m", "tests.soak.timed", str(store), endpoint, str(prune_every)]
    async with open_listened(command, store, output=True) as running, trio.open_nursery() as nursery:
        timing = Timing(running)
        nursery.start_soon(timing.listen)
        yield timing
        nursery.cancel_scope.cancel()
