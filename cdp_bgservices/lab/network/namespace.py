"""A network namespace, made by util-linux and iproute2. It needs root or a user namespace."""

import errno
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import trio

from cdp_bgservices.errors import BrowserError
from cdp_bgservices.lab.network import anchor, forbidden
from cdp_bgservices.platforms import Ability, require

ROOTS = ["--net"], ["--net"]
"""What ``unshare`` creates and ``nsenter`` enters. A user namespace would only reduce root's rights."""

# A process that enters keeps its user id and gets none of the anchor's capabilities, so Chromium's sandbox stays the
# same.
USERS = ["--user", "--map-current-user", "--keep-caps", "--net"], ["--user", "--preserve-credentials", "--net"]

END_DEADLINE = 5.0
"""Seconds for the anchor to end by itself."""


class Namespace:
    """Made by :func:`open_namespace`; it exists as long as its anchor or any other process inside."""

    def __init__(self, process: trio.Process, control: trio.socket.SocketType, entering: Sequence[str]) -> None:
        self.process = process
        self.control = control
        self.lock = trio.Lock()
        self.prefix = ("nsenter", "--target", str(process.pid), *entering, "--")
        """A prefix for a command: it runs inside, in the same process, with its open descriptors."""

    async def ip(self, *lines: str) -> None:
        """Run each as a command line of ``ip``. Raises BrowserError if one fails."""
        said, _ = await self.ask("\n".join(lines).encode() + b"\n")
        if said != b"ok":
            raise BrowserError(f"ip failed in the lab's network: {said.decode(errors='replace')}")

    async def make_socket(self, family: socket.AddressFamily) -> socket.socket:
        """A new TCP socket of the namespace, for this process. Raises OSError if the namespace lacks such addresses."""
        said, descriptors = await self.ask(b"inet6" if family == socket.AF_INET6 else b"inet")
        if not descriptors:
            raise OSError(errno.EAFNOSUPPORT, said.decode(errors="replace"))
        return socket.socket(fileno=descriptors[0])

    async def ask(self, command: bytes) -> tuple[bytes, list[int]]:
        """The anchor's answer and its descriptors. Raises BrowserError if the anchor has ended."""
        # Finish even if cancelled: an unread answer would be taken for the next one.
        async with self.lock:
            with trio.CancelScope(shield=True):
                try:
                    await self.control.send(command)
                    room = socket.CMSG_SPACE(4)
                    said, ancillary, _, _ = await self.control.recvmsg(anchor.LARGEST, room, socket.MSG_CMSG_CLOEXEC)
                except OSError:
                    said = b""
        if not said:
            raise BrowserError("the lab's network has ended", "Open the lab again.")
        return said, [int.from_bytes(data[:4], sys.byteorder) for _, _, data in ancillary]

    async def problem(self) -> str:
        """Why it cannot be used; empty if it can."""
        try:
            await self.ip("link set lo up")
        except BrowserError as error:
            return await self.last_words() or str(error)
        entered = await trio.run_process([*self.prefix, "true"], capture_stderr=True, check=False)
        return entered.stderr.decode(errors="replace").strip() if entered.returncode else ""

    async def last_words(self) -> str:
        assert self.process.stderr is not None
        words = b""
        with trio.move_on_after(END_DEADLINE):
            async for part in self.process.stderr:
                words += part
        return words.decode(errors="replace").strip()


@asynccontextmanager
async def open_namespace() -> AsyncIterator[Namespace]:
    """An empty network namespace. Raises BrowserError if the system has none, lacks a program, or forbids it.

    Resource handling: the anchor ends with the body or with this process, the namespace with its last process.
    """
    require(Ability.LAB_NETWORK)
    problems = []
    # In a container root may lack rights, but still be allowed a user namespace.
    for making, entering in [ROOTS, USERS] if os.geteuid() == 0 else [USERS]:
        async with open_anchor(making, entering) as namespace:
            if not (problem := await namespace.problem()):
                yield namespace
                return
        problems.append(problem.splitlines()[0])
    raise BrowserError(
        f"this system does not allow network namespaces ({problems[-1]})",
        forbidden.remedy(),
    )


@asynccontextmanager
async def open_anchor(making: Sequence[str], entering: Sequence[str]) -> AsyncIterator[Namespace]:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with trio.socket.from_stdlib_socket(ours) as control:
        with theirs:
            process = await trio.lowlevel.open_process(
                ["unshare", *making, "--", sys.executable, "-I", "-S", str(Path(anchor.__file__))],
                stdin=theirs,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                start_new_session=True,  # Ctrl-C is for this process only.
            )
        try:
            yield Namespace(process, control, entering)
        finally:
            control.close()
            with trio.CancelScope(shield=True):
                await end(process)


async def end(process: trio.Process) -> None:
    """End the anchor by closing its control, or kill it."""
    with trio.move_on_after(END_DEADLINE):
        await process.wait()
    process.kill()
    await process.wait()
    assert process.stderr is not None
    await process.stderr.aclose()
