"""A server that cannot be reached, or does not let us in: one line says what is the matter, one what to do."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

import psycopg
import pytest

from cdp_bgservices.cli.running import run as run_here
from cdp_bgservices.store.postgres_location import PASSWORD_PLACES
from tests.browser.peers import free_port
from tests.store.postgresql.conftest import PASSWORD, RemoteServer

SECRET = quote(PASSWORD, safe="")


def refused(url: str, capsys: pytest.CaptureFixture[str]) -> tuple[str, str]:
    """What a command says of the store, and what to do, without the store's name."""
    assert run_here(["status", "--store", url]) == 4
    out, err = capsys.readouterr()
    assert out == ""
    message, remedy = [line for line in err.splitlines() if PASSWORD_PLACES not in line]
    assert message.startswith("error: The store ")
    return message.removeprefix("error: The store "), remedy


@contextmanager
def answering(answer: bytes | None) -> Iterator[int]:
    """A port where something else listens: it closes the connection after its answer, or never gives one."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                connections.append(connection)
                if answer is not None:
                    connection.recv(1000)
                    connection.sendall(answer)
                    connection.close()

        connections: list[socket.socket] = []
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()
            for connection in connections:
                connection.close()


def test_a_host_that_does_not_resolve(capsys: pytest.CaptureFixture[str]) -> None:
    message, remedy = refused("postgresql://db.invalid/events", capsys)
    assert message == (
        "db.invalid/events cannot be reached: its host has no address "
        "(failed to resolve host 'db.invalid': [Errno -2] Name or service not known)"
    )
    assert remedy == "See whether the URL has the right host."


def test_a_port_where_nothing_listens(capsys: pytest.CaptureFixture[str]) -> None:
    port = free_port()
    message, remedy = refused(f"postgresql://127.0.0.1:{port}/events", capsys)
    assert message == f"127.0.0.1:{port}/events cannot be reached: nothing listens there (Connection refused)"
    assert remedy == "See whether the URL has the right host and port, and whether PostgreSQL listens there."


def test_a_socket_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    message, _ = refused("postgresql:///events?host=/nowhere", capsys)
    assert message == "/nowhere/events cannot be reached: there is no such socket (No such file or directory)"


def test_a_port_that_does_not_answer(capsys: pytest.CaptureFixture[str]) -> None:
    with answering(None) as port:
        message, _ = refused(f"postgresql://127.0.0.1:{port}/events?connect_timeout=2", capsys)
    assert message == f"127.0.0.1:{port}/events cannot be reached: it does not answer (connection timeout expired)"


OTHER = "is something other than PostgreSQL ("
CLOSED = "closed the connection ("


@pytest.mark.parametrize(
    ("answer", "mode", "what"),
    [
        *((b"HTTP/1.1 400 Bad Request\r\n\r\n", mode, OTHER) for mode in ("disable", "prefer", "require")),
        (b"SSH-2.0-OpenSSH_10.2\r\n", "disable", OTHER),
        (b"SSH-2.0-OpenSSH_10.2\r\n", "require", CLOSED),
        *((b"", mode, CLOSED) for mode in ("disable", "require")),
    ],
)
def test_something_else_than_postgresql(
    answer: bytes, mode: str, what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with answering(answer) as port:
        message, remedy = refused(f"postgresql://127.0.0.1:{port}/events?sslmode={mode}", capsys)
    assert message.startswith(f"127.0.0.1:{port}/events {what}")
    assert " port" in remedy


@pytest.mark.parametrize(
    ("place", "what", "remedy"),
    [
        (
            "postgres:wrong@{}/events",
            'refuses the user or the password (password authentication failed for user "postgres")',
            "~/.pgpass",
        ),
        ("postgres@{}/events", "asks for a password (fe_sendauth: no password supplied)", "~/.pgpass"),
        (
            f"postgres:{SECRET}@{{}}/nothing",
            "is not there: its server has no such database",
            "CREATE DATABASE nothing",
        ),
        (
            f"guest:{SECRET}@{{}}/events",
            'does not let this user in (role "guest" is not permitted to log in)',
            "administrator",
        ),
        (
            f"limited:{SECRET}@{{}}/events",
            'has no connection left (too many connections for role "limited")',
            "pgbouncer",
        ),
        (
            f"postgres:{SECRET}@{{}}/events?target_session_attrs=standby",
            "is not such a server (server is not in hot standby mode)",
            "target_session_attrs",
        ),
    ],
)
def test_who_is_not_let_in(
    place: str, what: str, remedy: str, remote_server: RemoteServer, capsys: pytest.CaptureFixture[str]
) -> None:
    message, advice = refused(f"postgresql://{place.format(f'127.0.0.1:{remote_server.port}')}", capsys)
    assert message.partition(" ")[2] == what
    assert remedy in advice


def test_a_user_that_is_not_there(remote_server: RemoteServer, capsys: pytest.CaptureFixture[str]) -> None:
    message, remedy = refused(remote_server.url("events", "stranger"), capsys)
    assert message.endswith("/events has no user stranger")
    assert "CREATE ROLE" in remedy


@pytest.fixture(scope="module", autouse=True)
def _roles(remote_server: RemoteServer) -> None:
    with psycopg.connect(remote_server.url("postgres"), autocommit=True) as connection:
        for role, options in (("guest", "NOLOGIN"), ("limited", "LOGIN CONNECTION LIMIT 0")):
            connection.execute(f"CREATE ROLE {role} {options} PASSWORD '{PASSWORD}'".encode())


@pytest.mark.parametrize(
    "place",
    [
        "me:hunter2@db.example/events?sslmod=require",
        "me:hunter2@127.0.0.1/events?sslmode=sometimes",
        "me:hunter2@127.0.0.1:99999/events",
        "me:hunter2@/events?service=none",
    ],
)
def test_a_url_that_libpq_does_not_understand(place: str, capsys: pytest.CaptureFixture[str]) -> None:
    message, remedy = refused(f"postgresql://{place}", capsys)
    assert "hunter" not in message
    assert "/events has a URL that libpq does not understand (" in message
    assert "options in the URL" in remedy


@pytest.mark.parametrize(
    "place",
    [
        "hunt@er2@db.example",
        "hunt/er2@db.example",
        "hunt/e@r2@db.example",
        "hunt/er?2@db.example",
        "hunter2@[::1",
        "hunter2%@db.example",
        "hunter 2@db.example",
        "hunter2@db.example:port",
    ],
)
def test_a_password_that_is_not_encoded(place: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_here(["status", "--store", f"postgresql://me:{place}/events?hostaddr=192.0.2.1&connect_timeout=2"]) == 4
    err = capsys.readouterr().err
    assert err.count("error: ") == 1
    assert "hunt" not in err.lower()
    assert "er2" not in err
