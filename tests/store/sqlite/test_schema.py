"""Stores that an earlier version of the schema has written."""

import re
import sqlite3
from pathlib import Path

import pytest

from cdp_bgservices.errors import StoreError
from cdp_bgservices.events import Event
from cdp_bgservices.query import Query
from cdp_bgservices.store import open_engine
from cdp_bgservices.store.sqlite import file, migrating
from cdp_bgservices.store.sqlite.migrating import APPLICATION_ID, SCHEMA_VERSION, split_statements
from cdp_bgservices.store.sqlite.rows import INSERTED, row_of, timestamp_of
from tests.making import MovedClock, ids
from tests.store.making import completed, thrown


def old_store(path: Path, version: int, events: list[Event]) -> None:
    """As a release wrote it that knew the schema up to this version."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    folder = Path(file.__file__).with_name("schema")
    for script in sorted(folder.glob("*.sql"))[:version]:
        for statement in split_statements(script.read_text()):
            connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {version}")
    for each in events:
        row = row_of(each, timestamp_of(each), timestamp_of(each))
        connection.execute(f"INSERT INTO events ({INSERTED}) VALUES ({', '.join('?' * len(row))})", row)
    connection.close()


@pytest.mark.parametrize("version", [1, 2, 6, 7])
def test_a_store_of_an_earlier_version_keeps_its_events(tmp_path: Path, version: int) -> None:
    path = tmp_path / "events.db"
    before = [completed(number) for number in range(3)]
    old_store(path, version, before)
    with open_engine(path, clock=MovedClock()) as database:
        assert [event.details for event in database.events()] == [None, None, None]
        assert ids(database.events()) == ids(before)
        assert database.add(before).known == 3
        database.add([], [thrown(1, before[1])])
        assert ids(database.events(Query(failed=True))) == [before[1].id]


def test_one_whose_events_cannot_be_converted_stays_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    old_store(path, 7, [completed(number) for number in range(3)])
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE events SET metadata = 'damaged' WHERE seq = 2")
    connection.close()
    with pytest.raises(StoreError, match=re.escape(str(path))), open_engine(path, clock=MovedClock()):
        pass
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA user_version").fetchone() == (7,)
    assert connection.execute("SELECT count(*) FROM events").fetchone() == (3,)
    assert connection.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'kinds'").fetchone() == (0,)
    connection.close()


@pytest.mark.parametrize(("version", "said"), [(7, 1), (SCHEMA_VERSION, 0)])
def test_a_conversion_that_takes_a_while_is_announced(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, version: int, said: int
) -> None:
    monkeypatch.setattr(migrating, "MANY", 3)
    path = tmp_path / "events.db"
    old_store(path, 7, [completed(number) for number in range(3)])
    if version == SCHEMA_VERSION:
        open_engine(path).__enter__().close()
        caplog.clear()
    with open_engine(path):
        assert len(caplog.messages) == said
        assert all("3 events are converted once" in message for message in caplog.messages)
