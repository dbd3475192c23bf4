"""The key of a store that leaves payloads out: beside the file, for its owner only."""

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from cdp_bgservices.errors import StoreError
from cdp_bgservices.events import Event
from cdp_bgservices.store import Added, Engine, open_engine
from tests.making import MovedClock, event

SECRET = "the payload of this push"


def push(number: int = 0, payload: str = SECRET) -> Event:
    return event(number, service="pushMessaging", event_name="Push event dispatched", metadata={"Payload": payload})


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "events.db"


@pytest.fixture
def database(store: Path) -> Iterator[Engine]:
    with open_engine(store, clock=MovedClock()) as database:
        yield database


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


def test_a_key_that_is_half_written_is_made_again(database: Engine, store: Path) -> None:
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
    with open_engine(link, clock=MovedClock()) as other:
        assert other.add([push()]).stored == 1
    assert sorted(path.name for path in link.parent.iterdir()) == ["link.db"]
