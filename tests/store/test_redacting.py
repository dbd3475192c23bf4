"""Redaction as a store's setting: for everybody, each event once, with a key that is its owner's."""

import stat
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdp_bgservices.errors import StoreError
from cdp_bgservices.events import Event
from cdp_bgservices.query import Query
from cdp_bgservices.store import Added, Engine, open_engine, open_store
from tests.making import MovedClock, event, ids

SECRET = "the payload of this push"


def push(number: int = 0, payload: str = SECRET) -> Event:
    return event(number, service="pushMessaging", event_name="Push event dispatched", metadata={"Payload": payload})


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "events.db"


@pytest.fixture
def database(store: Path) -> Iterator[Engine]:
    with opened(store) as database:
        yield database


def opened(store: Path) -> AbstractContextManager[Engine]:
    return open_engine(store, clock=MovedClock())


def key_of(store: Path) -> Path:
    return store.with_name("events.db-key")


def written(store: Path) -> bytes:
    return b"".join(file.read_bytes() for file in store.parent.iterdir())


def payloads(database: Engine) -> list[str]:
    return [item.metadata["Payload"] for item in database.events()]


def test_the_payload_is_in_no_file(database: Engine, store: Path) -> None:
    database.set_redaction(True)
    database.add([push()])
    assert SECRET.encode() not in written(store)
    database.close()
    assert SECRET.encode() not in written(store)


def test_equal_payloads_look_equal_and_can_be_asked_for(database: Engine) -> None:
    database.set_redaction(True)
    database.add([push(0), push(1), push(2, "another")])
    first, second, third = payloads(database)
    assert first == second != third
    assert len(list(database.events(Query(text=first.rpartition(" ")[2])))) == 2


def test_what_is_there_stays_as_it_is(database: Engine) -> None:
    database.add([push(0)])
    database.set_redaction(True)
    database.add([push(1)])
    database.set_redaction(False)
    database.add([push(2)])
    first, second, third = payloads(database)
    assert first == third == SECRET
    assert second.startswith("redacted: 24 bytes, ")


@given(st.lists(st.booleans() | st.lists(st.integers(0, 9), max_size=6), max_size=12))
def test_an_event_is_stored_once_however_often_it_is_switched(steps: list[bool | list[int]]) -> None:
    with tempfile.TemporaryDirectory() as folder, opened(Path(folder) / "events.db") as database:
        seen: set[int] = set()
        for step in steps:
            if isinstance(step, bool):
                database.set_redaction(step)
                continue
            # Of every event with a payload there is one without, which has but one form.
            given_events = [push(number) if number % 2 else event(number) for number in step]
            new = set(step) - seen
            assert database.add(given_events) == Added(stored=len(new), known=len(step) - len(new), too_old=0)
            seen |= new
        assert len(list(database.events())) == len(seen)


def test_it_holds_for_everybody_who_adds(database: Engine, store: Path) -> None:
    with opened(store) as other:
        assert not other.redacts
        database.set_redaction(True)
        other.add([push()])
        assert other.redacts
        assert other.statistics().redacts
    assert payloads(database)[0].startswith("redacted: ")
    with opened(store) as third:
        assert third.redacts


async def test_the_same_without_waiting(store: Path) -> None:
    async with open_store(store, clock=MovedClock()) as opened_store:
        assert not opened_store.redacts
        await opened_store.set_redaction(True)
        assert opened_store.redacts
        await opened_store.add([push()])
        found = await opened_store.stored(push())
        assert found is not None
        assert SECRET not in str(found)
        assert await opened_store.stored(push(1)) is None


def test_an_event_is_found_by_what_it_was(database: Engine) -> None:
    database.add([push(0)])
    database.set_redaction(True)
    database.add([push(1)])
    assert ids(filter(None, map(database.stored, [push(0), push(1)]))) == ids(database.events())


def test_the_key_is_its_owner_s(database: Engine, store: Path) -> None:
    assert not key_of(store).exists()
    database.set_redaction(False)
    assert not key_of(store).exists(), "nothing was ever to be left out"
    database.set_redaction(True)
    assert stat.S_IMODE(key_of(store).stat().st_mode) == 0o600
    key = key_of(store).read_bytes()
    assert key not in store.read_bytes()
    database.set_redaction(False)
    database.set_redaction(True)
    assert key_of(store).read_bytes() == key


def test_a_key_that_is_half_written_is_made_anew(database: Engine, store: Path) -> None:
    key_of(store).write_bytes(b"half")
    database.set_redaction(True)
    assert len(key_of(store).read_bytes()) == 32
    assert stat.S_IMODE(key_of(store).stat().st_mode) == 0o600
    database.add([push()])


@pytest.mark.parametrize(("key", "said"), [(None, "is missing"), (b"x" * 32, "is another store's"), (b"x", "missing")])
def test_without_its_key_nothing_is_added(database: Engine, store: Path, key: bytes | None, said: str) -> None:
    database.set_redaction(True)
    database.add([push(0)])
    right = key_of(store).read_bytes()
    key_of(store).unlink()
    if key is not None:
        key_of(store).write_bytes(key)
    for attempt in (lambda: database.add([push(1)]), lambda: database.set_redaction(False)):
        with pytest.raises(StoreError, match=said) as caught:
            attempt()
        assert str(key_of(store)) in str(caught.value)
        assert "Put it back" in caught.value.remedy
    assert len(payloads(database)) == 1, "it can still be read"
    key_of(store).write_bytes(right)
    assert database.add([push(0), push(1)]) == Added(stored=1, known=1, too_old=0)


def test_a_store_behind_a_link_has_its_key_beside_it(database: Engine, store: Path, tmp_path: Path) -> None:
    database.set_redaction(True)
    (tmp_path / "elsewhere").mkdir()
    link = tmp_path / "elsewhere" / "link.db"
    link.symlink_to(store)
    with opened(link) as other:
        assert other.add([push()]).stored == 1
    assert sorted(path.name for path in link.parent.iterdir()) == ["link.db"]
