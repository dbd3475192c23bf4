"""pgbouncer in front of a server of the tests, with the configuration of docs/fleet."""

import os
import re
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.browser.peers import free_port
from tests.debian import ensure_program
from tests.docs.blocks import ROOT
from tests.postgresql import Server

CONFIGURATION = "docs/fleet/pgbouncer.ini"


class Pooler:
    """It lends a connection for one transaction."""

    def __init__(self, port: int) -> None:
        self.port = port

    def url(self, user: str) -> str:
        return f"postgresql://{user}@127.0.0.1:{self.port}/events"


@contextmanager
def open_pooler(server: Server, database: str, passwords: Mapping[str, str]) -> Iterator[Pooler]:
    """It knows a database of the server by the name that the configuration has, and roles by their passwords."""
    folder = Path(tempfile.mkdtemp(prefix="pgbouncer-", dir=server.folder))
    port = free_port()
    (folder / "users.txt").write_text("".join(f'"{name}" "{password}"\n' for name, password in passwords.items()))
    (folder / "pgbouncer.ini").write_text(configuration(server, database, folder / "users.txt", port))
    if os.geteuid() == 0:
        for path in (folder, *folder.iterdir()):
            os.chown(path, *unprivileged(server))
    program = ensure_program("pgbouncer", "pgbouncer")
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([program, folder / "pgbouncer.ini"], stdout=log, stderr=log, **server.who())
    try:
        wait_listening(port, process, folder / "log")
        yield Pooler(port)
    finally:
        process.kill()
        process.wait()


def unprivileged(server: Server) -> tuple[int, int]:
    who = server.who()
    return who["user"], who["group"]


def configuration(server: Server, database: str, users: Path, port: int) -> str:
    """The file, but for what names other machines and paths."""
    text = (ROOT / CONFIGURATION).read_text()
    changes = {
        "events": f"host={server.folder} dbname={database}",
        "listen_addr": "127.0.0.1\nunix_socket_dir =",
        "listen_port": str(port),
        "auth_file": str(users),
    }
    for name, value in changes.items():
        text, number = re.subn(f"(?m)^{name} = .*$", f"{name} = {value}", text)
        assert number == 1, f"{CONFIGURATION} has no line {name}"
    return text


def wait_listening(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    while True:
        with suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
            return
        assert process.poll() is None, log.read_text()
        time.sleep(0.01)
