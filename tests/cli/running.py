"""Run the real command, as a user does."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import msgspec
import pytest
import trio

from cdp_bgservices.cli.running import run as run_line
from cdp_bgservices.events import Event

COMMAND = [sys.executable, "-m", "cdp_bgservices"]


class Result(msgspec.Struct, frozen=True):
    status: int
    out: str
    err: str

    @property
    def events(self) -> list[Event]:
        """JSON lines on standard output."""
        return [msgspec.json.decode(line, type=Event) for line in self.out.splitlines()]


def environment(store: Path) -> dict[str, str]:
    return {**os.environ, "CDP_BGSERVICES_STORE": str(store)}


async def run(store: Path, *arguments: str, stdin: bytes = b"") -> Result:
    done = await trio.run_process(
        [*COMMAND, *arguments],
        stdin=stdin,
        capture_stdout=True,
        capture_stderr=True,
        check=False,
        env=environment(store),
    )
    return Result(done.returncode, done.stdout.decode(), done.stderr.decode())


def run_here(capsys: pytest.CaptureFixture[str], store: Path, *arguments: str) -> Result:
    """In this process: what needs none of its own costs little without one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CDP_BGSERVICES_STORE", str(store))
        status = run_line(arguments)
    return Result(status, *capsys.readouterr())


class Running:
    """A running command, and what it prints."""

    def __init__(self, process: trio.Process) -> None:
        self.process = process
        self.out = b""
        self.err = b""
        self.changed = trio.Event()

    async def listen(self, name: str) -> None:
        # A test may close its end.
        with suppress(trio.ClosedResourceError):
            async for data in getattr(self.process, "stdout" if name == "out" else "stderr"):
                setattr(self, name, getattr(self, name) + data)
                self.changed.set()
                self.changed = trio.Event()

    async def wait_said(self, text: str, where: str = "err") -> None:
        while text.encode() not in getattr(self, where):
            assert not self.listened.is_set(), f"it ended without saying {text!r}: {self.err.decode()}"
            await self.changed.wait()

    async def wait(self) -> Result:
        status = await self.process.wait()
        await self.listened.wait()
        return Result(status, self.out.decode(), self.err.decode())

    async def stop(self, number: int) -> Result:
        self.process.send_signal(number)
        return await self.wait()

    listened: trio.Event


@asynccontextmanager
async def open_command(store: Path, *arguments: str) -> AsyncIterator[Running]:
    """The command in the background; killed at the end, if it still runs."""
    process = await trio.lowlevel.open_process(
        [*COMMAND, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(store),
    )
    running = Running(process)
    running.listened = trio.Event()

    async def listen_to_all() -> None:
        async with trio.open_nursery() as listeners:
            listeners.start_soon(running.listen, "out")
            listeners.start_soon(running.listen, "err")
        running.listened.set()
        running.changed.set()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(listen_to_all)
        try:
            yield running
        finally:
            if process.returncode is None:
                process.kill()
            with trio.CancelScope(shield=True):
                await process.wait()
            nursery.cancel_scope.cancel()
