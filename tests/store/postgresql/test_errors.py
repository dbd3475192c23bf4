"""What a server answers on a bad day: one line says what is the matter, one what to do."""

import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from cdp_bgservices.cli.running import run as run_here
from cdp_bgservices.errors import StoreError
from cdp_bgservices.store import Engine, open_engine
from cdp_bgservices.store.postgresql.engine import PostgresEngine
from cdp_bgservices.store.postgresql.errors import CHANGED
from tests.making import event
from tests.postgresql import Server, wheel_programs
from tests.store.engines import PostgresHome

FULL = """
CREATE FUNCTION public.fill() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$;
CREATE TRIGGER fill BEFORE INSERT ON bgservices.events FOR EACH ROW EXECUTE FUNCTION public.fill()
"""
WAITING = "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


@pytest.fixture
def cause(home: PostgresHome) -> Iterator[list[str]]:
    """Statements that end what a test has caused: the next one may get the same database."""
    ends: list[str] = []
    yield ends
    for statement in ends:
        home.shared.owner.execute(statement.encode())


def refused(engine: Engine) -> tuple[str, str]:
    with pytest.raises(StoreError) as caught:
        engine.add([event(1)])
    assert str(caught.value).startswith(f"The store {engine.name} ")
    return str(caught.value).removeprefix(f"The store {engine.name} "), caught.value.remedy


def test_a_full_disk(home: PostgresHome, database: Engine, cause: list[str]) -> None:
    cause.append("DROP FUNCTION public.fill CASCADE")
    home.shared.owner.execute(FULL.encode())
    message, remedy = refused(database)
    assert message == "cannot grow: the server's disk is full (could not extend file: No space left on device)"
    assert remedy == "Free some space there, and try again."
    home.shared.owner.execute("ALTER TABLE bgservices.events DISABLE TRIGGER fill")
    assert database.add([event(1)]).stored == 1


@pytest.mark.parametrize(
    ("change", "end", "said"),
    [
        (
            "ALTER TABLE bgservices.settings RENAME COLUMN value TO number",
            "ALTER TABLE bgservices.settings RENAME COLUMN number TO value",
            "column",
        ),
        (
            "ALTER FUNCTION bgservices.seq(integer) RENAME TO place",
            "ALTER FUNCTION bgservices.place(integer) RENAME TO seq",
            "function bgservices.seq(integer) does not exist",
        ),
    ],
)
def test_a_schema_that_was_changed(
    home: PostgresHome, database: Engine, cause: list[str], change: str, end: str, said: str
) -> None:
    cause.append(end)
    home.shared.owner.execute(change.encode())
    message, remedy = refused(database)
    assert message.startswith(f"{CHANGED[0]} ({said}")
    assert remedy == CHANGED[1]


def test_a_statement_that_takes_too_long(home: PostgresHome, database: Engine) -> None:
    assert isinstance(database, PostgresEngine)
    database.change("SET statement_timeout = '100ms'")  # Not for its opening: a busy machine takes longer.
    with home.shared.owner.transaction():
        home.shared.owner.execute("LOCK TABLE bgservices.events")
        message, remedy = refused(database)
    assert message.startswith("was interrupted, or took longer than its statement_timeout (")
    assert remedy == "Try again."


def test_a_statement_whose_server_is_shut_down(home: PostgresHome, database: Engine) -> None:
    owner = home.shared.owner
    with ThreadPoolExecutor(1) as threads, owner.transaction():
        owner.execute("LOCK TABLE bgservices.events")
        refusal = threads.submit(refused, database)
        while not (waiting := owner.execute(WAITING).fetchall()):
            time.sleep(0.01)
        owner.execute("SELECT pg_terminate_backend(%s)", waiting[0])
        message, remedy = refusal.result()
    assert message == "is being shut down (terminating connection due to administrator command)"
    assert remedy == "Try again when it runs."
    assert database.add([event(1)]).stored == 1


@pytest.fixture(scope="module")
def standby() -> Iterator[Server]:
    """A server that was a primary before, and has a store."""
    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        server = Server(Path(folder), wheel_programs())
        server.make()
        server.start()
        with open_engine(server.url("postgres")), psycopg.connect(server.url("postgres")) as connection:
            connection.execute("CHECKPOINT")
        server.stop()
        (Path(folder) / "data" / "standby.signal").touch()
        server.start()
        yield server
        server.stop()


def test_a_standby_can_be_read(standby: Server, capsys: pytest.CaptureFixture[str]) -> None:
    url = standby.url("postgres")
    assert run_here(["events", "--store", url]) == 0
    assert run_here(["clear", "--store", url]) == 4
    message, remedy = capsys.readouterr().err.splitlines()[-2:]
    assert " can only be read (cannot execute " in message
    assert remedy.startswith("Name the primary server in the URL")
    assert run_here(["events", "--store", f"{url}&target_session_attrs=read-write"]) == 4
    message, remedy = capsys.readouterr().err.splitlines()[-2:]
    assert message.endswith("can only be read (session is read-only)")
