"""The schema: made once, brought up to date, and looked at before a store is used."""

import shutil
import threading
from importlib.resources import files
from pathlib import Path

import psycopg
import pytest

from cdp_bgservices.cli.running import run as run_here
from cdp_bgservices.errors import InvalidInputError, StoreError
from cdp_bgservices.store import open_engine, prepare_store
from cdp_bgservices.store.location import PostgresLocation, resolve_location
from cdp_bgservices.store.postgresql.connecting import connect
from cdp_bgservices.store.postgresql.preparing import SCHEMA_VERSION, make_schema
from tests.store.postgresql.conftest import by


def test_it_is_made_once(empty: str, capsys: pytest.CaptureFixture[str]) -> None:
    name = resolve_location(empty).name
    assert run_here(["prepare", "--store", empty]) == 0
    out, err = capsys.readouterr()
    assert err == f"made the schema bgservices in {name}, and 3 days for events\n"
    assert 'GRANT INSERT ON bgservices.events TO "bg_recorder";' in out
    assert "ALTER ROLE \"bg_reader\" SET statement_timeout = '10min';" in out
    with psycopg.connect(empty) as connection:
        connection.execute("DROP TABLE bgservices.events_" + last_day(connection))
    assert run_here(["prepare", "--store", empty]) == 0
    assert capsys.readouterr().err == f"the schema of {name} is up to date; made 1 day for events\n"


def last_day(connection: psycopg.Connection[tuple[str]]) -> str:
    row = connection.execute("SELECT to_char((now() AT TIME ZONE 'UTC')::date + 2, 'YYYYMMDD')").fetchone()
    assert row
    return row[0]


def test_what_is_printed_can_be_run(empty: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_here(["prepare", "--print", "--recorder", "bg_recorder", "--reader", "bg_reader"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    schema, commit, roles = out.partition("COMMIT;\n")
    with psycopg.connect(empty, autocommit=True) as connection:
        connection.execute((schema + commit).encode())
    with psycopg.connect(by("postgres", empty)) as connection:
        connection.execute(roles.encode())
    prepared = prepare_store(empty, [], [])
    assert (prepared.before, prepared.days) == (SCHEMA_VERSION, 0)


def test_an_unknown_role(empty: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_here(["prepare", "--store", empty, "--recorder", "nothing"]) == 4
    message, remedy = capsys.readouterr().err.splitlines()
    assert message.endswith('does not have this (role "nothing" does not exist)')
    assert "CREATE ROLE" in remedy


def test_a_file_needs_no_preparation(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="is a file, which needs no preparation"):
        prepare_store(tmp_path / "events.db", [], [])
    assert not list(tmp_path.iterdir())


def test_however_many_prepare_at_once(empty: str) -> None:
    made, failed = [], []

    def prepare() -> None:
        try:
            made.append(prepare_store(empty, [], []))
        except StoreError as error:
            failed.append(error)

    threads = [threading.Thread(target=prepare) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert sorted(each.days for each in made) == [0] * 11 + [3]


def test_a_database_without_a_schema(empty: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_here(["events", "--store", empty]) == 4
    message, remedy = capsys.readouterr().err.splitlines()
    assert "has no schema of ours yet" in message
    assert "cdp-bgservices prepare" in remedy
    with pytest.raises(StoreError) as caught, open_engine(by("bg_recorder", empty)):
        pass
    assert "has no schema yet, and this role may not make it (permission denied for database" in str(caught.value)
    assert "cdp-bgservices prepare" in caught.value.remedy


@pytest.mark.parametrize(
    ("version", "what", "remedy"),
    [
        (SCHEMA_VERSION + 1, "has the schema of a later version of cdp-bgservices", "Upgrade cdp-bgservices."),
        (SCHEMA_VERSION - 1, "has the schema of an earlier version of cdp-bgservices", "cdp-bgservices prepare"),
    ],
)
def test_the_schema_of_another_version(
    version: int, what: str, remedy: str, empty: str, capsys: pytest.CaptureFixture[str]
) -> None:
    prepare_store(empty, [], [])
    with psycopg.connect(empty) as connection:
        connection.execute("UPDATE bgservices.settings SET value = %s WHERE name = 'version'", [str(version)])
    assert run_here(["events", "--store", empty]) == 4
    message, advice = capsys.readouterr().err.splitlines()
    assert what in message
    assert remedy in advice
    if version > SCHEMA_VERSION:
        assert run_here(["prepare", "--store", empty]) == 4
        assert what in capsys.readouterr().err


@pytest.fixture
def schema(tmp_path: Path) -> Path:
    """Of a version that there may be one day."""
    folder = tmp_path / "schema"
    folder.mkdir()
    for file in (files("cdp_bgservices.store.postgresql") / "schema").iterdir():
        with file.open("rb") as source, (folder / file.name).open("wb") as target:
            shutil.copyfileobj(source, target)
    (folder / f"{SCHEMA_VERSION + 1:03}.sql").write_text("ALTER TABLE bgservices.runs ADD COLUMN note text;\n")
    return folder


def test_a_later_version_adds_to_it(empty: str, schema: Path) -> None:
    prepare_store(empty, ["bg_recorder"], [])
    place = resolve_location(empty)
    assert isinstance(place, PostgresLocation)
    newest = SCHEMA_VERSION + 1
    recorder = resolve_location(by("bg_recorder", empty))
    assert isinstance(recorder, PostgresLocation)
    with connect(recorder) as connection, pytest.raises(StoreError) as caught:
        make_schema("store", connection, schema, newest)
    assert "has an older schema, and this role may not make it (must be owner of table runs)" in str(caught.value)
    with connect(place) as connection:
        assert make_schema("store", connection, schema, newest) == SCHEMA_VERSION
        assert make_schema("store", connection, schema, newest) == newest
        assert connection.execute("SELECT count(note) FROM bgservices.runs").fetchone() == (0,)


def test_a_version_that_fails_changes_nothing(empty: str, schema: Path) -> None:
    prepare_store(empty, [], [])
    (schema / f"{SCHEMA_VERSION + 2:03}.sql").write_text("SELECT 1 / 0;\n")
    place = resolve_location(empty)
    assert isinstance(place, PostgresLocation)
    with connect(place) as connection:
        with pytest.raises(psycopg.errors.DivisionByZero):
            make_schema("store", connection, schema, SCHEMA_VERSION + 2)
        assert make_schema("store", connection) == SCHEMA_VERSION
        with pytest.raises(psycopg.errors.UndefinedColumn):
            connection.execute("SELECT note FROM bgservices.runs")


def test_without_trigrams_it_says_so(empty: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Where the extension cannot be made: here, since another function has the name of one of its own."""
    with psycopg.connect(empty) as connection:
        connection.execute("CREATE FUNCTION public.similarity(text, text) RETURNS real LANGUAGE sql AS 'SELECT 1.0'")
    assert run_here(["prepare", "--store", empty]) == 0
    assert "note: to search for a text reads all events" in capsys.readouterr().err
    with psycopg.connect(empty) as connection:
        connection.execute("DROP FUNCTION public.similarity")
    assert run_here(["prepare", "--store", empty]) == 0
    assert "note" not in capsys.readouterr().err
    assert prepare_store(empty, [], []).has_text_index


def test_an_extension_that_is_in_a_schema_of_its_own(empty: str) -> None:
    with psycopg.connect(empty) as connection:
        connection.execute('CREATE SCHEMA "some Extensions"')
        connection.execute('CREATE EXTENSION pg_trgm SCHEMA "some Extensions"')
    assert prepare_store(empty, [], []).has_text_index


@pytest.mark.parametrize("damage", ["DELETE FROM bgservices.settings", "UPDATE bgservices.settings SET value = 'x'"])
def test_settings_that_are_damaged(empty: str, damage: str) -> None:
    prepare_store(empty, [], [])
    with psycopg.connect(empty) as connection:
        connection.execute(damage.encode())
    with pytest.raises(StoreError, match="settings"), open_engine(empty):
        pass
