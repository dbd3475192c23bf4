"""Redaction as a store's setting: for every process, each event once, in whichever form it was received."""

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdp_bgservices.events import Event
from cdp_bgservices.query import Query
from cdp_bgservices.store import Added, Engine
from tests.making import event, ids
from tests.store.engines import HOMES, Home

SECRET = "the payload of this push"


def push(number: int = 0, payload: str = SECRET, **fields: Any) -> Event:
    return event(
        number, service="pushMessaging", event_name="Push event dispatched", metadata={"Payload": payload}, **fields
    )


def payloads(database: Engine) -> list[str]:
    return [item.metadata["Payload"] for item in database.events()]


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


@pytest.mark.parametrize("kind", HOMES.values(), ids=HOMES)
@settings(max_examples=40)
@given(steps=st.lists(st.booleans() | st.lists(st.integers(0, 9), max_size=6), max_size=12))
def test_an_event_is_stored_once_however_often_it_is_switched(kind: type[Home], steps: list[bool | list[int]]) -> None:
    with tempfile.TemporaryDirectory() as folder, kind(Path(folder)).open() as database:
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


def test_it_holds_for_every_recorder(database: Engine, home: Home) -> None:
    with home.open() as other:
        assert not other.redacts
        database.set_redaction(True)
        other.add([push()])
        assert other.redacts
        assert other.statistics().redacts
    assert payloads(database)[0].startswith("redacted: ")
    with home.open() as third:
        assert third.redacts


async def test_the_same_without_waiting(home: Home) -> None:
    async with home.open_store() as opened_store:
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


def test_what_is_redacted_already_stays_as_it_is(database: Engine, home: Home) -> None:
    database.set_redaction(True)
    database.add([push(0)])
    (stored,) = database.events()
    assert home.redactor().redact(stored) is stored
    assert database.add([stored]).known == 1
