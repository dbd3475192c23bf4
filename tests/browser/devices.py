"""A scripted ``adb``: a program as the real one is used, whose server is in the test, with Android devices on which
browsers of this machine seem to run. What it forwards is really forwarded.

On Android the browser's URL has no id (content/browser/devtools/devtools_http_handler.cc), and its answer has the app.
"""

import json
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import trio

from cdp_bgservices.tasks import open_tasks

CHROME = "com.android.chrome"
CHROME_SOCKET = "chrome_devtools_remote"
PATH = "/devtools/browser"
PROGRAM = f"""#!{sys.executable} -IS
import json, socket, sys
with socket.create_connection(("127.0.0.1", %d)) as server:
    server.sendall(json.dumps(sys.argv[1:]).encode() + b"\\n")
    status, out, err = json.load(server.makefile())
sys.stdout.write(out)
sys.stderr.write(err)
sys.exit(status)
"""
LINES = """Num       RefCount Protocol Flags    Type St Inode Path
0000000000000000: 00000003 00000000 00000000 0001 03 331812 /dev/socket/zygote
0000000000000000: 00000002 00000000 00010000 0001 01 331813 /dev/socket/zygote
0000000000000000: 00000003 00000000 00000000 0001 03 331814 @chrome_devtools_remote
0000000000000000: 00000002 00000000 00010000 0001 01 331815 @chrome_devtools_tethering_7_1
"""


@dataclass
class App:
    """What listens at a socket."""

    url: str = ""
    """The websocket of the browser behind it; empty for one that closes each connection."""
    package: str = CHROME
    hangs: bool = False


@dataclass
class Device:
    state: str = "device"
    sockets: dict[str, App] = field(default_factory=dict)
    processes: dict[str, str] = field(default_factory=dict)
    """The command line of each, by number."""

    def read(self, path: str) -> str:
        """Raises ValueError where there is no such file."""
        if path == "/proc/net/unix":
            shown = "0000000000000000: 00000002 00000000 00010000 0001 01 331816 @%s\n"
            return LINES + "".join(shown % name for name in self.sockets)
        if (process := self.processes.get(path.split("/")[2])) is None:
            raise ValueError(f"cat: {path}: No such file or directory")
        return f"{process}\0"


class Forward:
    def __init__(self, serial: str, socket: str, port: int) -> None:
        self.serial, self.socket, self.port = serial, socket, port
        self.scope = trio.CancelScope()


class Bridge:
    """Made by :func:`open_bridge`. What a test changes is in its fields."""

    def __init__(self, tasks: trio.Nursery, program: Path) -> None:
        self.tasks = tasks
        self.program = program
        self.devices: dict[str, Device] = {}
        self.forwards: list[Forward] = []
        self.calls: list[list[str]] = []
        self.called = trio.Event()
        self.failures: dict[str, str] = {}
        """What a command prints that fails, by its name."""

    def plug(self, serial: str, url: str, package: str = CHROME) -> None:
        """A device on which Chrome, or another browser with Chrome's socket, runs."""
        self.devices[serial] = Device(sockets={CHROME_SOCKET: App(url, package)})

    def unplug(self, serial: str) -> None:
        """As adb does, end what was forwarded to it, open connections too."""
        del self.devices[serial]
        for forward in [each for each in self.forwards if each.serial == serial]:
            self.remove(forward)

    def remove(self, forward: Forward) -> None:
        self.forwards.remove(forward)
        forward.scope.cancel()

    async def wait_called(self, *words: str) -> None:
        """Until a command with these words has come."""
        while not any(set(words) <= set(call) for call in self.calls):
            await self.called.wait()

    async def obey(self, stream: trio.SocketStream) -> None:
        async with stream:
            if not (line := await read_until(stream, b"\n")):
                return
            arguments = json.loads(line)
            try:
                answer = (0, await self.run(arguments), "")
            except ValueError as error:
                answer = (1, "", f"* daemon started successfully\nadb: error: {error}\n")
            self.calls.append(arguments)
            self.called.set()
            self.called = trio.Event()
            with suppress(trio.BrokenResourceError):  # It may have been killed.
                await stream.send_all(json.dumps(answer).encode())

    async def run(self, arguments: list[str]) -> str:
        """What it prints. Raises ValueError where it fails."""
        serial = arguments[1] if arguments[0] == "-s" else ""
        match arguments[2:] if serial else arguments:
            case [name, *_] if name in self.failures:
                raise ValueError(self.failures[name])
            case ["devices"]:
                listed = "".join(f"{name}\t{device.state}\n" for name, device in self.devices.items())
                return f"List of devices attached\n{listed}\n"
            case ["forward", "--list"]:
                return "".join(f"{each.serial} tcp:{each.port} localabstract:{each.socket}\n" for each in self.forwards)
            case ["shell", "cat", path]:
                return self.device(serial).read(path)
            case ["forward", "tcp:0", socket]:
                self.device(serial)
                return f"{await self.tasks.start(self.serve, serial, socket.removeprefix('localabstract:'))}\n"
            case ["forward", "--remove", port]:
                self.device(serial)
                for forward in self.forwards:
                    if port == f"tcp:{forward.port}":
                        self.remove(forward)
                        return ""
                raise ValueError(f"listener '{port}' not found")
        raise ValueError(f"unknown command {arguments}")

    def device(self, serial: str) -> Device:
        if serial not in self.devices:
            raise ValueError(f"device '{serial}' not found")
        return self.devices[serial]

    async def serve(self, serial: str, socket: str, task_status: trio.TaskStatus[int]) -> None:
        (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
        forward = Forward(serial, socket, listener.socket.getsockname()[1])
        self.forwards.append(forward)
        with forward.scope:
            task_status.started(forward.port)
            await trio.serve_listeners(partial(self.relay, forward), [listener])

    async def relay(self, forward: Forward, stream: trio.SocketStream) -> None:
        """One connection."""
        async with stream:
            await answer(self.device(forward.serial).sockets.get(forward.socket), stream)


async def answer(app: App | None, stream: trio.abc.Stream) -> None:
    """One connection to a socket of a device, where ``app`` listens, if that is one."""
    if app is None or not (head := await read_until(stream, b"\r\n\r\n")):
        return
    if app.hangs:
        await trio.sleep_forever()
    if not app.url:
        return
    if head.startswith(b"GET /json/version "):
        host = re.search(rb"\r\nHost: (.*)\r\n", head, re.IGNORECASE)
        assert host is not None
        url = f"ws://{host[1].decode()}{PATH}"
        body = json.dumps({"Android-Package": app.package, "webSocketDebuggerUrl": url}).encode()
        await stream.send_all(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        return
    at = urlsplit(app.url)
    assert at.hostname
    assert at.port
    async with await trio.open_tcp_stream(at.hostname, at.port) as browser, trio.open_nursery() as ways:
        await browser.send_all(head.replace(PATH.encode(), at.path.encode(), 1))
        ways.start_soon(copy, browser, stream, ways.cancel_scope)
        ways.start_soon(copy, stream, browser, ways.cancel_scope)


async def read_until(stream: trio.abc.ReceiveStream, end: bytes) -> bytes:
    """Empty if the other side leaves before that."""
    read = b""
    with suppress(trio.BrokenResourceError):
        while end not in read and (part := await stream.receive_some()):
            read += part
    return read if end in read else b""


async def copy(source: trio.abc.ReceiveStream, target: trio.abc.SendStream, over: trio.CancelScope) -> None:
    with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
        async for data in source:
            await target.send_all(data)
    over.cancel()


@asynccontextmanager
async def open_bridge(folder: Path) -> AsyncIterator[Bridge]:
    """The program is ``adb`` in that folder."""
    program = folder / "adb"
    async with open_tasks() as tasks:
        bridge = Bridge(tasks, program)
        listeners = await tasks.start(trio.serve_tcp, bridge.obey, 0)
        program.write_text(PROGRAM % listeners[0].socket.getsockname()[1])
        program.chmod(0o755)
        yield bridge
