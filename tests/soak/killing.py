"""A recorder that is killed over and over, and what that must not do to its store."""

import random
import shutil
import signal
import sqlite3
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import trio

from tests.cli.running import Running, open_command

READY = "recording 1 browser context of"
STARTING = 1.2
"""Seconds in which a recorder starts, attaches and replays, more or less."""
MOMENTS = ("starting", "writing", "recording")


class Killer:
    """Records and kills, again and again, and looks at the store each time."""

    def __init__(self, store: Path, endpoint: str, chance: random.Random) -> None:
        self.store = store
        self.endpoint = endpoint
        self.chance = chance
        self.kept: frozenset[str] = frozenset()
        """The events that were in the store last time: they must never go away again."""
        self.kills: Counter[str] = Counter()
        """How often at which moment, and how many of those recorders had stored something."""

    async def kill(self, moment: str) -> None:
        """Start a recorder, kill it then, and look at what it leaves."""
        before = written(self.store)
        async with open_command(self.store, "record", "--attach", self.endpoint, "--format", "jsonl") as command:
            await self.wait_for(moment, command, before)
            assert command.process.returncode is None, command.err.decode()
            result = await command.stop(signal.SIGKILL)
        assert result.status == -signal.SIGKILL, result.err
        kept = await trio.to_thread.run_sync(ids_of_sound, self.store)
        assert self.kept <= kept, "what was in the store stays there"
        self.kills[moment] += 1
        self.kills["with events stored"] += len(kept) > len(self.kept)
        self.kept = kept

    async def wait_for(self, moment: str, command: Running, before: object) -> None:
        """A random moment: from the start on, from the first write on, or from when it was ready on.

        ``making``: from when the store's file appears on.
        """
        match moment:
            case "starting":
                await trio.sleep(self.chance.uniform(0, STARTING))
            case "making":
                while not self.store.exists() and command.process.returncode is None:  # noqa: ASYNC110 files notify no one
                    await trio.sleep(0.001)
                await trio.sleep(self.chance.uniform(0, 0.03))
            case "writing":
                while written(self.store) == before and command.process.returncode is None:  # noqa: ASYNC110 files notify no one
                    await trio.sleep(0.001)
                await trio.sleep(self.chance.uniform(0, 0.1))
            case _:
                await command.wait_said(READY)
                await trio.sleep(self.chance.uniform(0, 0.5))


async def record_once(store: Path, endpoint: str) -> None:
    """Until it is ready: until the whole replay is stored."""
    async with open_command(store, "record", "--attach", endpoint) as command:
        await command.wait_said(READY)
        result = await command.stop(signal.SIGINT)
    assert result.status == 0, result.err


def written(store: Path) -> tuple[tuple[int, int], ...]:
    """Changes with each write to the store's file or its log."""
    return tuple((file.stat().st_size, file.stat().st_mtime_ns) for file in files(store) if file.exists())


def files(store: Path) -> list[Path]:
    return [store, store.with_name(f"{store.name}-wal")]


def ids_of_sound(store: Path, spoil: Callable[[Path], None] = lambda copy: None) -> frozenset[str]:
    """The events of a store that is not open, which must be intact, whatever happened to its log.

    Looked at in a copy, which may be spoilt first: the recorder is to find the store as it was left.
    """
    with TemporaryDirectory() as folder:
        copy = Path(folder) / store.name
        for file in files(store):
            if file.exists():
                shutil.copyfile(file, copy.with_name(file.name))
        spoil(copy)
        connection = sqlite3.connect(copy)
        try:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            if not connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'events'").fetchone():
                return frozenset()  # killed before there was a store
            ids = [row[0] for row in connection.execute("SELECT id FROM events")]
        finally:
            connection.close()
    assert len(set(ids)) == len(ids), "none is there twice"
    return frozenset(ids)
