"""What shipping asks of an engine, beside what others ask of it."""

from datetime import timedelta
from pathlib import Path

import pytest

from cdp_bgservices.redaction import Redactor
from cdp_bgservices.store.spool_engine import SpoolEngine
from tests.making import NOW, MovedClock
from tests.store.engines import HOMES, Home
from tests.store.making import completed, thrown
from tests.store.test_redaction import push

KEY = b"the key of the shared store here"
SPOOLS = {name: HOMES[name] for name in ("sqlite", "model")}


@pytest.fixture(params=list(SPOOLS))
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Home:
    return SPOOLS[request.param](tmp_path)


@pytest.fixture
def spool(database: SpoolEngine) -> SpoolEngine:
    assert isinstance(database, SpoolEngine)
    return database


def test_a_note_stands_in_place_of_the_one_before(home: Home, spool: SpoolEngine) -> None:
    assert spool.notes() == {}
    spool.keep_notes({"place": "12", "said": "é"})
    spool.keep_notes({"place": "13"})
    with home.open() as other:
        assert isinstance(other, SpoolEngine)
        assert other.notes() == {"place": "13", "said": "é"}


def test_what_the_former_key_has_changed_is_known_by_the_next_one(spool: SpoolEngine) -> None:
    spool.set_redaction(True)
    assert spool.add([push(0)]).stored == 1
    spool.take_key(KEY)
    assert spool.redaction_key() == KEY
    assert (spool.add([push(0), push(1)]).stored, len(list(spool.events()))) == (1, 2)
    assert Redactor(KEY).redact(push(1)).id in {event.id for event in spool.events()}
    spool.set_redaction(False)
    assert spool.add([push(0), push(1), push(2)]).stored == 1
    assert spool.stored(push(0)) is not None


def test_an_error_finds_an_event_that_a_former_key_has_changed(spool: SpoolEngine) -> None:
    spool.set_redaction(True)
    spool.add([push(0)])
    spool.take_key(KEY)
    spool.add([], [thrown(1, push(0))])
    (event,) = spool.events()
    assert [each.event_id for each in spool.thrown()] == [event.id]


def test_the_key_comes_before_anything_is_left_out(spool: SpoolEngine) -> None:
    spool.take_key(KEY)
    assert not spool.read_redacts()
    spool.set_redaction(True)
    spool.add([push(0)])
    assert [event.id for event in spool.events()] == [Redactor(KEY).redact(push(0)).id]


def test_errors_come_between_two_cursors_and_again_when_they_move(spool: SpoolEngine) -> None:
    first, second = completed(1), completed(2)
    spool.add([first], [thrown(1, first)])
    middle = spool.cursor()
    spool.add([second], [thrown(2, second)])
    assert spool.thrown(until=middle) == [thrown(1, first)]
    assert spool.thrown(after=middle) == [thrown(2, second)]
    last = spool.cursor()
    spool.add([], [thrown(1, second)])
    assert spool.thrown(after=last) == [thrown(1, second)]
    assert spool.thrown(after=middle, until=last) == [thrown(2, second)]


def test_the_numbers_of_an_earlier_moment_do_not_replace_later_ones(spool: SpoolEngine) -> None:
    spool.keep_run("one", {"received": 2}, NOW - timedelta(minutes=1))
    spool.keep_run("one", {"received": 1}, NOW - timedelta(minutes=2))
    assert [(run.moment, run.numbers) for run in spool.runs()] == [(NOW - timedelta(minutes=1), {"received": 2})]


def test_a_clock_that_was_set_back_does_not_stop_the_numbers(spool: SpoolEngine, clock: MovedClock) -> None:
    spool.keep_run("one", {"received": 1})
    clock.move(-timedelta(hours=1))
    spool.keep_run("one", {"received": 2})
    assert [run.numbers for run in spool.runs()] == [{"received": 2}]
