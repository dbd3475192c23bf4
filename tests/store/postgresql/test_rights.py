"""What each role may do in a shared store, and what it is answered where it may not."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import psycopg
import pytest

from cdp_bgservices.cli.running import run as run_here
from cdp_bgservices.coverage.values import Series, State, Tail
from cdp_bgservices.errors import StoreError
from cdp_bgservices.events import Event
from cdp_bgservices.query import Query
from cdp_bgservices.store import Account, Engine, open_engine, prepare_store
from cdp_bgservices.store.postgresql.rights import RIGHTS
from cdp_bgservices.store.presence import Presence
from tests.making import NOW, event
from tests.store.making import thrown
from tests.store.postgresql.conftest import by, fresh_database


def recent(engine: Engine, number: int) -> Event:
    """By the server's clock, whatever this machine's is."""
    return event(number, age=NOW - engine.clock() + timedelta(hours=1))


def record(engine: Engine) -> None:
    """All that a recorder writes."""
    now = engine.clock()
    first, second = recent(engine, 1), recent(engine, 2)
    engine.add([first, second])
    engine.add([first], [thrown(1, second, timestamp=now)])
    series = Series(context_kind="", service="backgroundSync", seen_until=now, armed_until=now)
    tail = Tail(service="backgroundSync", registration_id="1", timestamp=now, scope="")
    engine.account(
        "test",
        Account(
            intervals=[series.interval(now - timedelta(hours=1), now, State.LIVE)],
            series=[series],
            tails=[tail],
            gone=["2"],
        ),
    )
    engine.keep_run("test", {"received": 2})
    here = Presence(source="test", run="run", host="host", browser="", version="", since=now, seen=now)
    engine.keep_recorders([here, here])
    engine.known("test")
    engine.prune()


def read(engine: Engine) -> None:
    """All that a reader asks."""
    query = Query(text="tag")
    list(engine.events(query))
    engine.find("0")
    engine.thrown()
    engine.committed(query, 0)
    engine.page(engine.listing(query, "time", engine.cursor()), 0, 10)
    engine.values(query, ["origin"], 0, engine.cursor())
    engine.coverage()
    engine.runs()
    engine.recorders(engine.clock())
    engine.statistics()
    engine.size()


def switch_redaction(engine: Engine) -> None:
    engine.set_redaction(True)


def change_retention(engine: Engine) -> None:
    engine.set_retention(timedelta(days=2))


def clear(engine: Engine) -> None:
    engine.clear()


def prune(engine: Engine) -> None:
    engine.prune()


ACTIONS: dict[Callable[[Engine], None], tuple[tuple[str, ...], str]] = {
    record: (("bg_owner", "bg_recorder"), "Its recorders may, and its owner"),
    prune: (("bg_owner", "bg_recorder"), "Its recorders may, and its owner"),
    read: (("bg_owner", "bg_reader"), "Its readers may, and its owner"),
    change_retention: (("bg_owner",), "Only its owner may."),
    switch_redaction: (("bg_owner",), "Only its owner may."),
    clear: (("bg_owner",), "Only its owner may."),
}
"""Which roles may, and what the others are answered."""


@pytest.fixture(scope="module")
def store(roles: None) -> Iterator[str]:
    """Prepared, with some events at first; its owner's URL."""
    with fresh_database() as url:
        prepare_store(url, ["bg_recorder"], ["bg_reader"])
        with open_engine(url) as engine:
            record(engine)
        yield url


@pytest.mark.parametrize("redacts", [False, True])
@pytest.mark.parametrize("role", ["bg_owner", "bg_recorder", "bg_reader"])
@pytest.mark.parametrize("action", ACTIONS)
def test_who_may_do_what(action: Callable[[Engine], None], role: str, redacts: bool, store: str) -> None:
    with open_engine(store) as engine:
        engine.set_redaction(redacts)
    allowed, remedy = ACTIONS[action]
    with open_engine(by(role, store)) as engine:
        if role in allowed:
            action(engine)
            return
        with pytest.raises(StoreError) as caught:
            action(engine)
    assert "does not let this role do that (permission denied for" in str(caught.value)
    assert caught.value.remedy.startswith(remedy)


@pytest.mark.parametrize(
    "statement",
    ["SELECT * FROM {}", "DELETE FROM {}", "UPDATE {} SET id = id", "TRUNCATE {}", "DROP TABLE {}"],
)
def test_no_statement_gets_a_recorder_further(statement: str, store: str) -> None:
    """Whatever program it uses: neither to the events, nor to one of their days."""
    with psycopg.connect(store) as owner:
        sql = "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'bgservices.events'::regclass"
        days = [day for (day,) in owner.execute(sql)]
    assert len(days) >= 3
    with psycopg.connect(by("bg_recorder", store), autocommit=True) as recorder:
        for table in ("bgservices.events", "bgservices.thrown", "bgservices.details", *days):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                recorder.execute(statement.format(table).encode())
        for more in (
            "CREATE TABLE bgservices.mine ()",
            "SELECT bgservices.note_clear()",
            "SELECT bgservices.note_deletion()",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                recorder.execute(more.encode())


def test_no_statement_gets_a_reader_further(store: str) -> None:
    with open_engine(store) as engine:
        engine.set_redaction(True)
    with psycopg.connect(by("bg_reader", store), autocommit=True) as reader:
        reader.execute("SET default_transaction_read_only = off")
        for statement in (
            "SELECT value FROM bgservices.keys",
            "INSERT INTO bgservices.events SELECT * FROM bgservices.events",
            "UPDATE bgservices.settings SET value = '0'",
            "DELETE FROM bgservices.thrown",
            "DELETE FROM bgservices.tails",
            "SELECT bgservices.prune()",
            "SELECT bgservices.prepare_days('{}')",
            "SELECT bgservices.keep_thrown('[]')",
            "SELECT bgservices.keep_details('{}', '{}', '{}', '{}')",
            "SELECT bgservices.known_events('{}', '{}')",
            "SELECT bgservices.note_clear()",
            "SELECT bgservices.note_deletion()",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                reader.execute(statement.encode())


def test_who_was_not_let_in(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_here(["events", "--store", by("stranger", store)]) == 4
    message, remedy = capsys.readouterr().err.splitlines()[-2:]
    assert message.endswith("does not let this role do that (permission denied for schema bgservices)")
    assert remedy == "Its owner lets a role in: `cdp-bgservices prepare`, with --recorder ROLE or --reader ROLE."


@pytest.mark.parametrize(
    ("arguments", "role", "status"),
    [
        (["events"], "bg_reader", 0),
        (["events"], "bg_recorder", 4),
        (["view"], "bg_recorder", 4),
        (["coverage"], "bg_reader", 0),
        (["status"], "bg_reader", 0),
        (["clear", "--yes"], "bg_reader", 4),
        (["clear", "--yes"], "bg_recorder", 4),
        (["clear", "--yes"], "bg_owner", 0),
        (["prune"], "bg_reader", 4),
        (["prune"], "bg_recorder", 0),
        (["prepare"], "bg_recorder", 4),
        (["prepare", "--reader", "stranger"], "bg_recorder", 4),
    ],
)
def test_commands(arguments: list[str], role: str, status: int, store: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_here([*arguments, "--store", by(role, store)]) == status
    if status:
        message, remedy = capsys.readouterr().err.splitlines()[-2:]
        assert " role do that (permission denied for " in message
        assert "owner" in remedy


def test_every_function_is_granted_by_name(store: str) -> None:
    """A function that is not for all who may open the schema is granted by name."""
    with psycopg.connect(store) as owner:
        rows = owner.execute("SELECT proname FROM pg_proc WHERE pronamespace = 'bgservices'::regnamespace").fetchall()
    granted = " ".join(right for rights in RIGHTS.values() for right in rights)
    assert {name for (name,) in rows if f"bgservices.{name}" not in granted} == {
        "note_clear",
        "note_deletion",
        "make_text_index",
    }


def test_a_role_that_does_everything(empty: str) -> None:
    """Who may create makes the store by recording, and needs no preparation."""
    with open_engine(empty) as engine:
        record(engine)
        read(engine)
        assert engine.count(Query(), 5) == 2
