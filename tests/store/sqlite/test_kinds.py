"""The number of its kind that each event has: it says what the event says, and what failures.py says of it."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings

from cdp_bgservices.events import Event
from cdp_bgservices.failures import Kind, judge
from cdp_bgservices.store.sqlite.engine import SqliteEngine
from cdp_bgservices.store.sqlite.kinds import FIELDS
from cdp_bgservices.store.sqlite.rows import COLUMNS, event_of
from tests.making import MovedClock, event
from tests.store.sqlite.opening import open_sqlite
from tests.store.test_model import STEPS, act


def kinds_of(database: SqliteEngine) -> list[tuple[tuple[Any, ...], Event]]:
    """Of each event, with the event."""
    kinds = ", ".join(f"kinds.{field}" for field in (*FIELDS, "failed"))
    columns = ", ".join(f"events.{column}" for column in COLUMNS.split(", "))
    rows = database.rows(f"SELECT {kinds}, {columns} FROM events LEFT JOIN kinds ON kinds.id = kind")
    width = len(FIELDS) + 1
    return [(row[:width], event_of(row[width:])) for row in rows]


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_it_holds_whatever_is_learned_and_when(steps: list[Any]) -> None:
    clock = MovedClock()
    with (
        TemporaryDirectory() as folder,
        open_sqlite(Path(folder) / "events.db", clock) as one,
        open_sqlite(Path(folder) / "events.db", clock) as other,
    ):
        for number, step in enumerate(steps):
            if step[0] != "wait":
                act((one, other)[number % 2], clock, step)
            for kind, found in kinds_of(one):
                assert kind == (*(getattr(found, field) for field in FIELDS), judge(found).kind is Kind.FAILED)


def test_a_kind_that_no_event_has_goes_and_its_number_is_not_used_again(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    with open_sqlite(path, MovedClock()) as one, open_sqlite(path, MovedClock()) as other:
        one.add([event(1, scope="a"), event(2, scope="b")])
        other.clear()
        assert one.rows("SELECT count(*) FROM kinds") == [(0,)]
        one.add([event(3, scope="a")])
        assert one.rows("SELECT id, scope FROM kinds") == [(3, "a")]
        assert [found.scope for _, found in kinds_of(other)] == ["a"]


def test_what_a_failed_transaction_has_made_is_made_again(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    with open_sqlite(path, MovedClock()) as one, open_sqlite(path, MovedClock()) as other:
        with pytest.raises(UnicodeEncodeError):
            one.add([event(1, scope="a"), event(2, scope="b", instance_id="\ud800")])
        other.add([event(3, scope="c")])
        one.add([event(4, scope="a")])
        assert [kind[FIELDS.index("scope")] for kind, _ in kinds_of(one)] == ["c", "a"]
