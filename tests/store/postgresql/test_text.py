"""A text is found through an index where the few texts of most columns are known, and nothing is missed by it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.query import Query
from cdp_bgservices.store import Engine
from cdp_bgservices.store.postgresql import analysis
from cdp_bgservices.store.postgresql.engine import PostgresEngine
from cdp_bgservices.store.postgresql.text_search import LONGEST
from tests.making import event, events, ids
from tests.store.engines import PostgresHome


@pytest.fixture
def database(tmp_path: Path) -> Iterator[PostgresEngine]:
    with PostgresHome(tmp_path).open() as engine:
        assert isinstance(engine, PostgresEngine)
        yield engine


def found(database: Engine, text: str) -> list[str]:
    return ids(database.events(Query(text=text, limit=10)))


def test_what_is_committed_after_the_texts_were_read_is_found(database: PostgresEngine) -> None:
    database.add(events(20))
    database.prepare(lambda: None)
    new = event(100, origin="https://later.example/", source="another", scope=None)
    assert found(database, "later.example") == []
    database.add([new])
    assert found(database, "LATER.example") == found(database, "another") == [new.id]
    assert ids(database.up_to(Query(text="later.example"), 10) or []) == [new.id]


def test_what_is_committed_late_is_found(tmp_path: Path) -> None:
    home = PostgresHome(tmp_path)
    with home.open() as first, home.open() as second:
        assert isinstance(first, PostgresEngine)
        assert isinstance(second, PostgresEngine)
        first.add(events(20))
        first.prepare(lambda: None)
        late = event(100, origin="https://late.example/")
        with second.transaction():
            second.add([late])
            first.add([event(101, origin="https://later.example/")])
            assert len(found(first, "later.example")) == 1
            assert found(first, "late.example") == []
        assert found(first, "late.example") == [late.id]


def test_a_rare_text_of_a_large_store(database: PostgresEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then the texts are read first; not where the newest events have it."""
    monkeypatch.setattr(analysis, "MANY", 50)
    monkeypatch.setattr(analysis, "SOME", 20)
    given = events(300)
    database.add(given)
    database.change("ANALYZE bgservices.events")
    assert found(database, "event tag") == ids(given[-10:])
    assert not database.memory.vocabulary.is_known(database.server)
    assert found(database, "TAG-7 ") == []
    assert found(database, "TAG-77") == [given[77].id]
    assert database.memory.vocabulary.is_known(database.server)
    assert found(database, "nowhere") == []


def test_very_many_letters_beyond_ascii(database: PostgresEngine) -> None:
    long = event(1, metadata={"k": "ü" * LONGEST})
    database.add([long])
    assert found(database, "Ü" * LONGEST) == [long.id]
    with pytest.raises(InvalidInputError, match=f"{LONGEST + 1} characters beyond ASCII are too many"):
        found(database, "ü" * (LONGEST + 1))
