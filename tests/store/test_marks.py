"""Marks: places in the order of commits."""

from pathlib import Path

import pytest

from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.store.marks import cursor_of, is_mark, make_mark
from tests.making import event, ids
from tests.store.engines import Home, SqliteHome


def test_a_mark_is_before_what_is_committed_later(home: Home) -> None:
    with home.open() as engine:
        engine.add([event(1)])
        mark = make_mark(engine)
        engine.add([event(0)])
        assert is_mark(mark)
        assert not is_mark("2026-11-21T14:30")
        assert ids(engine.events(after=cursor_of(mark, engine))) == [event(0).id]


def test_a_mark_of_another_store(home: Home, tmp_path: Path) -> None:
    other = SqliteHome(tmp_path / "other")
    other.folder.mkdir()
    with home.open() as engine, other.open() as another, pytest.raises(InvalidInputError, match="another store than"):
        cursor_of(make_mark(another), engine)


@pytest.mark.parametrize("text", ["", "2h", "now", "mark", "mark-12", "mark-xyz-1", "mark-1f-", "2026-11-21T14:30"])
def test_other_text_is_not_a_mark(text: str, tmp_path: Path) -> None:
    with SqliteHome(tmp_path).open() as engine, pytest.raises(InvalidInputError, match="is not a mark"):
        cursor_of(text, engine)
