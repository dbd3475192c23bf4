"""What can be opened as a store, what cannot, and that nothing is damaged by trying."""

import os
import re
import sqlite3
import stat
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from cdp_bgservices.errors import StoreError
from cdp_bgservices.store import open_engine
from cdp_bgservices.store.location import default_path
from cdp_bgservices.store.sqlite.errors import CHANGED, DAMAGED
from cdp_bgservices.store.sqlite.migrating import APPLICATION_ID, SCHEMA_VERSION
from tests.making import MovedClock, event, events
from tests.store.sqlite.opening import open_sqlite


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def opening_fails(path: str | Path, message: str) -> StoreError:
    with pytest.raises(StoreError, match=message) as caught, open_engine(path):
        pass
    assert caught.value.remedy
    return caught.value


def test_the_files_are_for_their_owner_only(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with open_engine(tmp_path / "events.db", clock=MovedClock()) as database:
            database.add([event()])
            assert {file.name: mode(file) for file in tmp_path.iterdir()} == {
                "events.db": 0o600,
                "events.db-wal": 0o600,
                "events.db-shm": 0o600,
            }
    finally:
        os.umask(before)


def test_the_default_store_and_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("XDG_DATA_HOME", "HOME", "USERPROFILE", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setenv("CDP_BGSERVICES_STORE", "")
    path = default_path()
    assert path.is_relative_to(tmp_path)
    with open_engine(create=False) as database:
        assert list(database.events()) == []
        assert database.name == str(path)
    assert not path.parent.exists()
    with open_engine() as database:
        assert database.name == str(path)
    assert mode(path.parent) == 0o700


def test_the_environment_names_a_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CDP_BGSERVICES_STORE", str(tmp_path / "other.db"))
    with open_engine() as database:
        assert database.name == str(tmp_path / "other.db")


@pytest.mark.parametrize("location", ["sqlite:///events.db", "events.db", "SQLite:///{folder}/events.db"])
def test_locations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, location: str) -> None:
    monkeypatch.chdir(tmp_path)
    with open_engine(location.format(folder=tmp_path)) as database:
        assert database.name == str(tmp_path / "events.db")
        assert database.url == f"sqlite:///{tmp_path}/events.db"


@pytest.mark.parametrize(
    "location",
    [
        "mysql://localhost/events",
        "file:///tmp/x",
        "sqlite://events.db",
        "sqlite:///",
        "sqlite://",
        "sqlite:x",
        "sqlite:///:memory:",
        "sqlite:///events.db?mode=ro",
        "a\0b",
    ],
)
def test_an_invalid_location(location: str) -> None:
    error = opening_fails(location, "not supported|is not a store|cannot be")
    assert "sqlite:////var" in error.remedy


def test_a_name_that_looks_odd_is_a_name(tmp_path: Path) -> None:
    for name in ("what?x#y%20z.db", "C:events", "ä b.db"):
        with open_engine(tmp_path / name) as database:
            database.add([event()])
        assert (tmp_path / name).stat().st_size > 0


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    opening_fails(tmp_path / "nowhere" / "events.db", "folder .*nowhere is not there")
    (tmp_path / "file").touch()
    opening_fails(tmp_path / "file" / "events.db", "file is not a folder")


def test_a_folder_is_not_a_store(tmp_path: Path) -> None:
    opening_fails(tmp_path, "is a folder")


def test_a_device_is_not_a_store() -> None:
    opening_fails("/dev/null", "not a file")


def test_a_store_that_is_to_be_read_has_to_be_there(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="No store at"), open_engine(tmp_path / "x.db", create=False):
        pass
    assert list(tmp_path.iterdir()) == []


def test_an_empty_file_becomes_a_store(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    path.touch(mode=0o644)
    with open_engine(path, clock=MovedClock()) as database:
        assert database.add([event()]).stored == 1
    assert mode(path) == 0o600


def test_a_store_is_one_file_when_it_is_not_open(tmp_path: Path) -> None:
    with open_engine(tmp_path / "events.db", clock=MovedClock()) as database:
        database.add(events(10))
    assert [file.name for file in tmp_path.iterdir()] == ["events.db"]
    connection = sqlite3.connect(tmp_path / "events.db")
    for pragma, value in (
        ("application_id", APPLICATION_ID),
        ("user_version", SCHEMA_VERSION),
        ("journal_mode", "wal"),
        ("auto_vacuum", 2),
        ("quick_check", "ok"),
    ):
        assert connection.execute(f"PRAGMA {pragma}").fetchone()[0] == value
    connection.close()


def make_foreign(path: Path, *, journal: str = "delete", application_id: int = 0, table: bool = True) -> None:
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA journal_mode = {journal}")
    connection.execute(f"PRAGMA application_id = {application_id}")
    if table:
        connection.execute("CREATE TABLE bookmarks (url TEXT)")
    connection.commit()
    connection.close()


def test_another_programs_file_is_left_as_it_is(tmp_path: Path) -> None:
    make_foreign(tmp_path / "plain.db")
    make_foreign(tmp_path / "wal.db", journal="wal")
    make_foreign(tmp_path / "named.db", application_id=42)
    make_foreign(tmp_path / "blank.db", application_id=43, table=False)
    (tmp_path / "notes.txt").write_text("Not a database, and longer than a header. " * 20)
    (tmp_path / "short").write_bytes(b"SQLite format 3\0")
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    for name in before:
        opening_fails(tmp_path / name, "another program" if name.endswith(".db") else "not a database")
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_another_programs_open_database_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "open.db"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE bookmarks (url TEXT)")
    connection.commit()
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    opening_fails(path, "another program")
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before
    connection.close()


@pytest.mark.parametrize("journal", ["delete", "wal"])
def test_a_database_without_tables_becomes_a_store(tmp_path: Path, journal: str) -> None:
    connection = sqlite3.connect(tmp_path / "blank.db")
    connection.execute(f"PRAGMA journal_mode = {journal}")
    connection.execute("VACUUM")
    connection.close()
    assert (tmp_path / "blank.db").stat().st_size > 0
    with open_sqlite(tmp_path / "blank.db") as database:
        assert database.connection.execute("PRAGMA auto_vacuum").fetchone() == (2,)
        assert list(database.events()) == []


def test_a_later_versions_store_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    with open_sqlite(path) as database:
        database.connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    before = path.read_bytes()
    error = opening_fails(path, "later version")
    assert "Upgrade" in error.remedy
    assert path.read_bytes() == before


def test_a_damaged_store(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    with open_engine(path) as database:
        database.add([event(age=timedelta(minutes=-5))])
    whole = path.read_bytes()
    for damaged in (whole[: len(whole) // 2], whole[:100] + b"\xff" * (len(whole) - 100)):
        path.write_bytes(damaged)
        opening_fails(path, f"{re.escape(str(path))} is damaged")
        assert path.read_bytes() == damaged


@pytest.mark.parametrize(
    ("damage", "what"),
    [
        ("DELETE FROM settings WHERE name = 'retention'", "is damaged: its settings lack retention"),
        ("DELETE FROM settings", "is damaged: its settings lack identity, retention, summed"),
        ("UPDATE settings SET value = 0 WHERE name = 'retention'", "is damaged: 0 cannot be its retention"),
        (f"UPDATE settings SET value = {2**63 - 1} WHERE name = 'retention'", f"is damaged: {2**63 - 1} cannot be its"),
        ("PRAGMA user_version = 8", f"{CHANGED[0]} (UNIQUE constraint failed: settings.name)"),
        ("PRAGMA user_version = 0", f"{CHANGED[0]} (table events already exists)"),
        ("DROP TABLE settings", f"{CHANGED[0]} (no such table: settings)"),
        ("ALTER TABLE settings RENAME COLUMN value TO number", f"{CHANGED[0]} (no such column: value)"),
    ],
)
def test_a_schema_that_is_half_made_or_changed(tmp_path: Path, damage: str, what: str) -> None:
    """Neither SQLite's words alone, nor a retention of nothing, with which every event would be deleted."""
    path = tmp_path / "events.db"
    with open_sqlite(path, MovedClock()) as database:
        database.add([event()])
    with closing(sqlite3.connect(path)) as file, file:
        file.execute(damage)
    error = opening_fails(path, re.escape(f"The store {path} {what}"))
    assert error.remedy == DAMAGED[1]
    with closing(sqlite3.connect(path)) as file:
        assert file.execute("SELECT count(*) FROM events").fetchone() == (1,)


def test_a_table_that_is_missed_later(tmp_path: Path) -> None:
    with open_sqlite(tmp_path / "events.db", MovedClock()) as database:
        database.connection.execute("DROP TABLE kinds")
        with pytest.raises(StoreError, match=rf"{CHANGED[0]} \(no such table: .*kinds\)") as caught:
            database.add([event()])
    assert caught.value.remedy == DAMAGED[1]


def test_a_checkpoint_that_was_cut(tmp_path: Path) -> None:
    """By a disk that is full: the file is shorter than it says itself, and the log has everything still."""
    path = tmp_path / "events.db"
    given = events(2000)
    with open_sqlite(path, MovedClock()) as database:
        database.connection.execute("PRAGMA wal_autocheckpoint = 0")
        before = path.stat().st_size
        database.add(given)
        log = path.with_name("events.db-wal").read_bytes()
    whole = path.read_bytes()
    for cut in range(before, len(whole), 30_000):  # Not where a page ends, either.
        copy = tmp_path / f"{cut}.db"
        copy.write_bytes(whole[:cut])
        copy.with_name(f"{cut}.db-wal").write_bytes(log)
        with open_sqlite(copy, MovedClock()) as database:
            assert {found.id for found in database.events()} == {event.id for event in given}
            assert database.rows("PRAGMA integrity_check") == [("ok",)]


def test_the_schemas_last_file_is_its_version() -> None:
    import cdp_bgservices.store.sqlite

    folder = Path(cdp_bgservices.store.sqlite.__file__).parent / "schema"
    assert max(int(file.name[:3]) for file in folder.glob("*.sql")) == SCHEMA_VERSION
