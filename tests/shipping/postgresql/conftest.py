"""A server that the tests of shipping may kill and set back."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from cdp_bgservices.store import open_engine
from tests.postgresql import Databases, Server, wheel_programs

with suppress(ImportError):  # Where it is missing, the tests here are skipped: see tests/conftest.py.
    import psycopg

DURABLE = {
    "fsync": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "shared_buffers": "16MB",
}
"""What is committed is with the system, even if the server is killed."""


class CrashingServer(Server):
    """With one shared store in it."""

    def __init__(self, folder: Path, programs: Path) -> None:
        super().__init__(folder, programs, DURABLE)
        self.copies = 0

    def prepare(self) -> None:
        """For the first test."""
        self.make()
        self.start()
        Databases(self)

    @property
    def store(self) -> str:
        return self.url("template")

    def crash(self) -> None:
        """The postmaster is killed; what it has started ends by itself."""
        os.kill(self.pid, signal.SIGKILL)
        self.stop()

    def copy(self) -> Path:
        """The data as they are on the disk, of a server that is not running."""
        self.stop()
        self.copies += 1
        copy = self.folder / f"copy{self.copies}"
        subprocess.run(["cp", "-a", self.folder / "data", copy], check=True)
        self.start()
        return copy

    def set_back(self, copy: Path) -> None:
        """To what a copy has: as after a failover to a standby that had not received the rest."""
        self.stop()
        shutil.rmtree(self.folder / "data")
        copy.rename(self.folder / "data")
        self.start()

    def ids(self) -> list[str]:
        with open_engine(self.store) as engine:
            return [event.id for event in engine.events()]

    def empty(self) -> None:
        with psycopg.connect(self.store, autocommit=True) as connection:
            connection.execute("TRUNCATE bgservices.events, bgservices.thrown, bgservices.details, bgservices.keys")
            connection.execute("TRUNCATE bgservices.coverage, bgservices.lanes, bgservices.tails, bgservices.runs")
            connection.execute("TRUNCATE bgservices.recorders, bgservices.contexts")
            for name, value in (("redaction", "0"), ("redaction_key", "")):
                connection.execute("UPDATE bgservices.settings SET value = %s WHERE name = %s", [value, name])


@pytest.fixture(scope="session")
def crashing_server() -> Iterator[CrashingServer]:
    programs = wheel_programs()
    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        server = CrashingServer(Path(folder), programs)
        server.prepare()
        yield server
        server.stop()


@pytest.fixture
def server(crashing_server: CrashingServer) -> CrashingServer:
    """It runs, and its store is empty."""
    if crashing_server.process is None:
        crashing_server.start()
    crashing_server.empty()
    return crashing_server
