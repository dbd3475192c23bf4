"""An application server in a hurry, and a push service in a process of its own."""

import sys
from collections.abc import Mapping
from pathlib import Path

import trio

from cdp_bgservices.lab.push import open_push_service

CHUNK = 1 << 14


def request(path: str, headers: Mapping[str, str], body: bytes) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: push", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


async def post_many(port: int, data: bytes, most: int, accepted: list[str]) -> None:
    """Post over one connection, until this many were accepted or the service is gone; collect their ids."""
    stream = await trio.open_tcp_stream("127.0.0.1", port)
    async with stream:
        while len(accepted) < most:
            answer = b""
            try:
                await stream.send_all(data)
                while b"\r\n\r\n" not in answer:
                    if not (more := await stream.receive_some(CHUNK)):
                        return
                    answer += more
            except trio.BrokenResourceError:
                return
            assert answer.startswith(b"HTTP/1.1 201 "), answer
            accepted.append(answer.partition(b"/message/")[2].partition(b"\r\n")[0].decode())


async def main(folder: Path) -> None:
    async with open_push_service(folder) as push:
        print(push.proxy, flush=True)
        await trio.sleep_forever()


if __name__ == "__main__":
    trio.run(main, Path(sys.argv[1]))
