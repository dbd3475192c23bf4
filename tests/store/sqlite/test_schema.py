"""Stores that an earlier version of the schema has written."""

import sqlite3
from pathlib import Path

import pytest

from cdp_bgservices.events import Event
from cdp_bgservices.query import Query
from cdp_bgservices.store import open_engine
from cdp_bgservices.store.sqlite import file
from cdp_bgservices.store.sqlite.file import APPLICATION_ID, split_statements
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


@pytest.mark.parametrize("version", [1, 2, 6, 8])
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
