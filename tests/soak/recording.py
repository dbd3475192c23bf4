"""Recorders that may say a lot: processes whose output is not kept, and how much memory they take."""

import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import trio

from tests.cli.running import COMMAND, Running, environment

ROOT = Path(__file__).parents[2]
MIB = 1 << 20


@asynccontextmanager
async def open_quiet(store: Path, *arguments: str) -> AsyncIterator[Running]:
    """The command in the background, its standard output written to nowhere."""
    async with open_listened([*COMMAND, *arguments], store, output=False) as running:
        yield running


@asynccontextmanager
async def open_listened(command: Sequence[str], store: Path, *, output: bool) -> AsyncIterator[Running]:
    """A process whose standard error is listened to; killed at the end, if it still runs."""
    process = await trio.lowlevel.open_process(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if output else subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**environment(store), "PYTHONPATH": os.pathsep.join([*filter(None, sys.path), str(ROOT)])},
    )
    running = Running(process)
    running.listened = trio.Event()

    async def listen() -> None:
        await running.listen("err")
        running.listened.set()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(listen)
        try:
            yield running
        finally:
            if process.returncode is None:
                process.kill()
            with trio.CancelScope(shield=True):
                await process.wait()
            nursery.cancel_scope.cancel()


def memory(running: Running, name: str = "VmRSS") -> int:
    """Bytes; ``VmHWM`` is the most that it ever was."""
    status = Path(f"/proc/{running.process.pid}/status").read_text()
    found = re.search(rf"^{name}:\s+(\d+) kB$", status, re.MULTILINE)
    assert found, status
    return int(found[1]) << 10


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]
