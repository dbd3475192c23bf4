"""The daemon of a scripted Android device, for the real adb: it speaks adb's protocol over TCP.

A message has six numbers (command, two arguments, length and sum of the data, the command inverted), and data
(packages/modules/adb/protocol.txt).
"""

import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import trio
from trio.testing import memory_stream_pair

from cdp_bgservices.tasks import open_tasks
from tests.browser.devices import Device, answer

HEADER = struct.Struct("<6I")
VERSION, LONGEST = 0x01000000, 4096
BANNER = b"device::ro.product.name=scripted;ro.product.model=Scripted;ro.product.device=scripted;\0"
TOKEN, PUBLIC_KEY = 1, 3
TOKEN_SIZE = 20


def number(name: bytes) -> int:
    return int.from_bytes(name, "little")


class Daemon:
    """Of one connection from adb's server."""

    def __init__(self, device: Device, stream: trio.SocketStream, tasks: trio.Nursery) -> None:
        self.device = device
        self.stream = stream
        self.tasks = tasks
        self.sending = trio.Lock()
        self.streams: dict[int, trio.abc.SendStream] = {}
        """By our id: where the data from the other side goes."""
        self.taken: dict[int, trio.Semaphore] = {}
        """By our id: the other side has taken what was sent."""

    async def send(self, name: bytes, first: int, second: int, data: bytes = b"") -> None:
        command = number(name)
        async with self.sending:
            header = HEADER.pack(command, first, second, len(data), sum(data), command ^ 0xFFFFFFFF)
            await self.stream.send_all(header + data)

    async def receive(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            if not (part := await self.stream.receive_some(size - len(data))):
                raise EOFError
            data += part
        return data

    async def run(self) -> None:
        while True:
            command, first, second, size, _, _ = HEADER.unpack(await self.receive(HEADER.size))
            data = await self.receive(size)
            match command.to_bytes(4, "little"):
                case b"AUTH" if first == PUBLIC_KEY:
                    pass  # It would be shown to the user.
                case b"CNXN" | b"AUTH" if self.device.state == "unauthorized":
                    await self.send(b"AUTH", TOKEN, 0, bytes(TOKEN_SIZE))
                case b"CNXN":
                    await self.send(b"CNXN", VERSION, LONGEST, BANNER)
                case b"OPEN":
                    await self.open(first, data.rstrip(b"\0").decode())
                case b"WRTE":
                    await self.streams[second].send_all(data)
                    await self.send(b"OKAY", second, first)
                case b"OKAY" if second in self.taken:
                    self.taken[second].release()
                case b"CLSE" if second in self.streams:
                    await self.streams.pop(second).aclose()

    async def open(self, theirs: int, service: str) -> None:
        ours = len(self.taken) + 1
        kind, _, what = service.partition(":")
        ends, self.taken[ours] = memory_stream_pair(), trio.Semaphore(0)
        self.streams[ours] = ends[0]
        await self.send(b"OKAY", ours, theirs)
        self.tasks.start_soon(self.carry, ends[0], ours, theirs)
        self.tasks.start_soon(self.serve, kind, what, ends[1])

    async def serve(self, kind: str, what: str, stream: trio.abc.Stream) -> None:
        async with stream:
            if kind == "localabstract":
                await answer(self.device.sockets.get(what), stream)
                return
            assert kind == "shell", kind
            try:
                await stream.send_all(self.device.read(what.removeprefix("cat ")).encode())
            except ValueError as error:
                await stream.send_all(f"{error}\n".encode())

    async def carry(self, stream: trio.abc.ReceiveStream, ours: int, theirs: int) -> None:
        """What a service sends, to the other side: the next part when that has taken the one before."""
        try:
            while data := await stream.receive_some(LONGEST):
                await self.send(b"WRTE", ours, theirs, bytes(data))
                await self.taken[ours].acquire()
        except trio.ClosedResourceError:
            return
        await self.send(b"CLSE", ours, theirs)


@asynccontextmanager
async def open_daemon(device: Device) -> AsyncIterator[str]:
    """The device's serial: where adb connects to it."""

    async def serve(stream: trio.SocketStream) -> None:
        async with stream, open_tasks() as tasks:
            try:
                await Daemon(device, stream, tasks).run()
            except (EOFError, trio.BrokenResourceError):
                return  # adb has disconnected.

    async with open_tasks() as tasks:
        (listener,) = await tasks.start(partial(trio.serve_tcp, serve, 0, host="127.0.0.1"))
        yield f"127.0.0.1:{listener.socket.getsockname()[1]}"
