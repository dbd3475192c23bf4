"""How fast the bytes of a replay come out of Chromium: blocking reads, and nothing done with them."""

import base64
import json
import os
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cdp_bgservices.browser.find import find_chromium
from cdp_bgservices.browser.launch import Launch, command_line
from cdp_bgservices.browser.systems.posix import OVER_PIPE

CHUNK = 1 << 18
TAIL = 1 << 16
"""A reply is looked for in the last bytes; it is shorter than this."""

Receive = Callable[[], bytes]
Send = Callable[[bytes], None]


class Drain:
    """Just enough of a client to ask for a replay."""

    def __init__(self, send: Send, receive: Receive) -> None:
        self.send = send
        self.receive = receive
        self.number = 0
        self.tail = b""
        self.bytes = 0

    def call(self, method: str, session_id: str | None = None, **params: Any) -> dict[str, Any]:
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        self.send(json.dumps(message | ({"sessionId": session_id} if session_id else {})).encode())
        wanted = b'{"id":%d,' % self.number
        while True:
            data = self.receive()
            if not data:
                raise EOFError("the browser closed the connection")
            self.bytes += len(data)
            self.tail = (self.tail + data)[-TAIL:]
            if (at := self.tail.find(wanted)) >= 0:
                try:
                    reply, _ = json.JSONDecoder().raw_decode(self.tail[at:].decode())
                except ValueError:
                    continue
                self.tail = b""
                return dict(reply["result"])

    def replay(self, service: str) -> float:
        """Seconds from nothing to the last byte."""
        started = time.perf_counter()
        target = self.call("Target.createTarget", url="about:blank", hidden=True)["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.call("BackgroundService.startObserving", session, service=service)
        return time.perf_counter() - started


def drain_pipe(profile: Path, service: str) -> tuple[float, int]:
    """Seconds and bytes of a replay over the pipe."""
    command = command_line(find_chromium(), Launch(profile=profile), profile)
    process = subprocess.Popen(
        ["/bin/sh", "-c", OVER_PIPE, "sh", *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdin
    assert process.stdout
    write, read = process.stdin.fileno(), process.stdout.fileno()

    def send(data: bytes) -> None:
        os.write(write, data + b"\0")

    drain = Drain(send, lambda: os.read(read, CHUNK))
    drain.replay(service)  # The first one reads the profile's database while the browser is still starting.
    before = drain.bytes
    seconds = drain.replay(service)
    size = drain.bytes - before
    drain.call("Browser.close")
    process.wait()
    return seconds, size


def drain_websocket(url: str, service: str) -> tuple[float, int]:
    """Seconds and bytes of a replay over a websocket, from connecting on."""
    host, _, path = url.removeprefix("ws://").partition("/")
    name, _, port = host.partition(":")
    started = time.perf_counter()
    with socket.create_connection((name, int(port))) as connection:
        key = base64.b64encode(os.urandom(16)).decode()
        connection.sendall(
            f"GET /{path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += connection.recv(CHUNK)

        def send(data: bytes) -> None:
            # One masked text frame, the mask being zero.
            length = bytes([0x80 | len(data)]) if len(data) < 126 else b"\xfe" + len(data).to_bytes(2)
            connection.sendall(b"\x81" + length + bytes(4) + data)

        drain = Drain(send, lambda: connection.recv(CHUNK))
        drain.replay(service)
        return time.perf_counter() - started, drain.bytes
