"""What runs and listens on this machine, from Linux's /proc."""

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.waiting import look_again


def processes_of(profile: Path) -> list[int]:
    """Every process that has the profile folder on its command line."""
    found = []
    for line in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if os.fsencode(profile) in line.read_bytes():
                found.append(int(line.parent.name))
        except OSError:
            continue  # It has just ended.
    return found


def noted_port(profile: Path) -> bool:
    """Whether the browser has written down where it listens, which comes a little later than that it does."""
    note = profile / "DevToolsActivePort"
    return note.exists() and "/devtools/browser/" in note.read_text()


async def wait_gone(profile: Path) -> None:
    while processes_of(profile):
        await look_again()


def listening_ports(pids: list[int]) -> set[int]:
    """Of all TCP sockets that these processes have open."""
    sockets = set()
    for pid in pids:
        for descriptor in Path(f"/proc/{pid}/fd").glob("*"):
            try:
                sockets.add(os.readlink(descriptor))
            except OSError:
                continue
    ports = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for row in Path(table).read_text().splitlines()[1:]:
            fields = row.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in sockets:
                ports.add(int(fields[1].rpartition(":")[2], 16))
    return ports


@contextmanager
def start(
    chromium: Path, profile: Path, port: int, ready: str = "listening on ws://"
) -> Iterator[subprocess.Popen[str]]:
    """Ready when it begins: it has said this. It ends with the body, also where that fails."""
    with subprocess.Popen(
        [chromium, "--headless=new", "--no-sandbox", f"--user-data-dir={profile}", f"--remote-debugging-port={port}"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stderr is not None
            assert any(re.search(ready, line) for line in process.stderr)
            while port == 0 and not noted_port(profile):
                assert process.poll() is None
            yield process
        finally:
            process.terminate()
