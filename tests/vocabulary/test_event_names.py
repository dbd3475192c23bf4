"""The table of event names agrees with itself."""

from itertools import chain

from cdp_bgservices.vocabulary.event_names import BEGIN, END, EVENT_NAMES, START
from cdp_bgservices.vocabulary.services import SERVICES


def test_every_service_has_events_and_a_run() -> None:
    assert EVENT_NAMES.keys() == SERVICES.keys()
    for names in EVENT_NAMES.values():
        runs = {words.run for words in names.values()}
        assert {BEGIN, END} <= runs


def test_a_phase_that_is_closed_was_opened() -> None:
    for names in EVENT_NAMES.values():
        opened = {words.transition.opens for words in names.values()} | {"every"}
        assert set(chain.from_iterable(words.transition.closes for words in names.values())) <= opened


def test_a_handlers_end_is_an_event_of_its_service() -> None:
    for names in EVENT_NAMES.values():
        for words in names.values():
            assert set(words.handler.names if words.handler else ()) <= names.keys()


def test_what_begins_is_first_among_events_of_one_moment() -> None:
    """Chromium's replay has them in no order."""
    for names in EVENT_NAMES.values():
        begins = [words.transition.rank for words in names.values() if words.run in (BEGIN, START)]
        ends = [words.transition.rank for words in names.values() if words.run == END]
        assert max(begins) < min(ends)
