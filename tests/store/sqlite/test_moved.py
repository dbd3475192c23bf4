"""A store whose file goes from its place while it is open."""

from collections.abc import Callable
from pathlib import Path

import pytest

from cdp_bgservices.errors import MovedError
from cdp_bgservices.store import open_engine
from tests.making import MovedClock, event, events
from tests.store.sqlite.opening import open_sqlite


def delete(store: Path, other: Path) -> None:
    store.unlink()


def move(store: Path, other: Path) -> None:
    store.rename(store.with_name("elsewhere.db"))


def replace(store: Path, other: Path) -> None:
    other.rename(store)


def make(path: Path, number: int) -> Path:
    with open_engine(path, clock=MovedClock()) as engine:
        engine.add(events(number))
    return path


@pytest.mark.parametrize(
    ("change", "said"),
    [(delete, "was deleted or moved"), (move, "was deleted or moved"), (replace, "was replaced by another file")],
)
def test_it_is_noticed_and_nothing_is_written_to_it(
    tmp_path: Path, change: Callable[[Path, Path], None], said: str
) -> None:
    store, other = make(tmp_path / "events.db", 3), make(tmp_path / "other.db", 5)
    with open_sqlite(store, MovedClock()) as engine:
        engine.check_place()
        change(store, other)
        there = store.exists()
        for ask in (engine.check_place, engine.reader, lambda: engine.add([event(9)])):
            with pytest.raises(MovedError, match=said) as caught:
                ask()
            assert caught.value.remedy
        assert store.exists() == there, "the question made a new store"


def test_what_takes_its_place_has_nothing_of_it(tmp_path: Path) -> None:
    """SQLite would read the log that lies beside it as its own."""
    other = make(tmp_path / "other.db", 5)
    with open_sqlite(tmp_path / "events.db", MovedClock()) as engine:
        engine.add(events(3))
        assert (tmp_path / "events.db-wal").stat().st_size
        replace(tmp_path / "events.db", other)
    with open_engine(tmp_path / "events.db", clock=MovedClock()) as engine:
        assert len(list(engine.events())) == 5


def test_what_is_moved_keeps_everything(tmp_path: Path) -> None:
    with open_sqlite(tmp_path / "events.db", MovedClock()) as engine:
        engine.add(events(3))
        (tmp_path / "events.db").rename(tmp_path / "elsewhere.db")
    with open_engine(tmp_path / "elsewhere.db", clock=MovedClock()) as engine:
        assert len(list(engine.events())) == 3


def test_one_that_is_back_in_its_place_is_written_again(tmp_path: Path) -> None:
    with open_sqlite(tmp_path / "events.db", MovedClock()) as engine:
        (tmp_path / "events.db").rename(tmp_path / "elsewhere.db")
        (tmp_path / "elsewhere.db").rename(tmp_path / "events.db")
        assert engine.add([event(1)]).stored == 1
