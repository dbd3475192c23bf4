"""A file is looked at as an opening looks at it: the same refusals, and nothing is changed."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from cdp_bgservices.errors import StoreError
from cdp_bgservices.store import inspect_file, open_engine
from cdp_bgservices.store.location import FileLocation, resolve_location
from cdp_bgservices.store.sqlite.inspecting import WHOLE
from cdp_bgservices.store.sqlite.migrating import APPLICATION_ID, SCHEMA_VERSION
from cdp_bgservices.store.values import FileState
from tests.making import MovedClock, events
from tests.store.sqlite.test_open import make_foreign, mode


def look(path: Path) -> FileState:
    return inspect_file(FileLocation(path))


def make_store(path: Path, count: int = 10) -> None:
    with open_engine(path, clock=MovedClock()) as engine:
        engine.add(events(count))


def test_a_store(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    make_store(path)
    before = path.read_bytes()
    found = look(path)
    assert found.is_there
    assert found.is_whole
    assert (found.schema, found.newest) == (SCHEMA_VERSION, SCHEMA_VERSION)
    assert found.size == len(before)
    assert (found.journal, found.log_size, found.mode) == ("wal", 0, mode(path))
    assert found.free > 0
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_store_that_is_recorded_into(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    with open_engine(path, clock=MovedClock()) as engine:
        engine.add(events(10))
        found = look(path)
        assert found.log_size == (tmp_path / "events.db-wal").stat().st_size > 0
        engine.add(events(20))


def test_what_is_not_there_is_not_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not look(tmp_path / "events.db").is_there
    for name in ("XDG_DATA_HOME", "HOME", "USERPROFILE", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path / "not/yet"))
    monkeypatch.delenv("CDP_BGSERVICES_STORE", raising=False)
    place = resolve_location(None)
    assert isinstance(place, FileLocation)
    assert place.is_default
    assert not inspect_file(place).is_there
    assert list(tmp_path.iterdir()) == []


def test_a_default_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "home").touch()
    with pytest.raises(StoreError, match=r"events.db cannot be opened \(Not a directory\)") as caught:
        inspect_file(FileLocation(tmp_path / "home/data/events.db", is_default=True))
    assert caught.value.remedy


def older(path: Path) -> None:
    make_store(path)
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION - 1}")
    connection.close()


def test_an_older_store_is_not_converted(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    older(path)
    before = path.read_bytes()
    found = look(path)
    assert (found.schema, found.newest) == (SCHEMA_VERSION - 1, SCHEMA_VERSION)
    assert path.read_bytes() == before


def newer(path: Path) -> None:
    make_store(path)
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    connection.close()


def text(path: Path) -> None:
    path.write_text("Not a database. " * 100)


def short(path: Path) -> None:
    path.write_text("Not a database.")


def foreign(path: Path) -> None:
    make_foreign(path)


@pytest.mark.parametrize("make", [newer, text, short, foreign, Path.mkdir])
def test_what_cannot_be_opened_is_refused_alike(make: object, tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    assert callable(make)
    make(path)
    with pytest.raises(StoreError) as opening, open_engine(path):
        pass
    with pytest.raises(StoreError) as looking:
        look(path)
    assert str(looking.value) == str(opening.value)
    assert looking.value.remedy == opening.value.remedy != ""


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="nowhere is not there"):
        look(tmp_path / "nowhere/events.db")


def test_damage_in_the_middle_is_found(tmp_path: Path) -> None:
    """An opening reads only the beginning."""
    path = tmp_path / "events.db"
    make_store(path, 2000)
    content = bytearray(path.read_bytes())
    page = int.from_bytes(content[16:18], "big")
    for number in range(20, len(content) // page, 7):
        content[number * page : number * page + 100] = b"\xff" * 100
    path.write_bytes(content)
    with open_engine(path):
        pass
    with pytest.raises(StoreError, match="is damaged") as caught:
        look(path)
    assert caught.value.remedy


def test_settings_that_are_missing_are_found(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    make_store(path)
    with closing(sqlite3.connect(path)) as file, file:
        file.execute("DELETE FROM settings WHERE name = 'retention'")
    with pytest.raises(StoreError, match="is damaged: its settings lack retention"):
        look(path)


def test_a_large_store_is_not_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    make_store(path)
    with path.open("r+b") as file:
        file.truncate(WHOLE + 1)
    assert look(path).is_whole is None


def test_a_lock_of_another_program_is_not_waited_for_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "events.db"
    make_store(path)
    monkeypatch.setattr("cdp_bgservices.store.sqlite.inspecting.PATIENCE", 0.05)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="is locked by another program"):
        look(path)
    connection.close()


def obedient(path: Path) -> list[str]:
    """What is said of it without root's right to write everything."""
    script = """
import sys
from pathlib import Path
from cdp_bgservices.errors import StoreError
from cdp_bgservices.store import inspect_file
from cdp_bgservices.store.location import FileLocation
try:
    inspect_file(FileLocation(Path(sys.argv[1]), is_default=True))
except StoreError as error:
    print(error)
"""
    rights = "-dac_override,-dac_read_search"
    prefix = ["setpriv", f"--bounding-set={rights}", f"--inh-caps={rights}"] if os.geteuid() == 0 else []
    line = [*prefix, sys.executable, "-c", script, str(path)]
    return subprocess.run(line, capture_output=True, text=True, check=True).stdout.splitlines()


@pytest.mark.skipif(os.name != "posix", reason="has other permissions")
def test_a_file_and_a_folder_that_can_only_be_read(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    make_store(path)
    path.chmod(0o400)
    assert obedient(path) == [f"The store {path} cannot be written"]
    tmp_path.chmod(0o500)
    new = tmp_path / "data/events.db"
    assert obedient(new) == [f"The store {new} cannot be written: it would be made in {tmp_path}"]
    tmp_path.chmod(0o700)


def test_the_application_is_ours(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    make_foreign(path, application_id=APPLICATION_ID + 1)
    with pytest.raises(StoreError, match="of another program"):
        look(path)
