"""Errors as a browser reports them, each with the event of the handler that threw it, by the moments of the reports."""

import msgspec
import pytest

from cdp_bgservices.protocol.messages import parse_message
from cdp_bgservices.protocol.registrations import Registrations, WorkerError
from cdp_bgservices.protocol.throwing import REPORTED, Throwing
from cdp_bgservices.protocol.wire_events import parse_event
from tests.protocol.test_handlers import EXCEPTION, completed, dispatched
from tests.protocol.test_registrations import SCOPE, noted, registration, version
from tests.scripted import wire_event


def throwing(registrations: Registrations | None = None) -> Throwing:
    return Throwing("source", "context", registrations or noted(registration(), version("0", "activated")))


def reported(wire: bytes) -> WorkerError:
    error = Registrations().note(parse_message(wire))
    assert error is not None
    return error


ERROR = reported(
    b'{"method":"ServiceWorker.workerErrorReported","params":{"errorMessage":{"errorMessage":"Uncaught Error: it broke"'
    b',"registrationId":"0","versionId":"0","sourceURL":"http://localhost:8000/0.js","lineNumber":3,"columnNumber":7}}}'
)


def test_an_error_at_the_beginning_of_a_handler_belongs_to_its_event() -> None:
    notes, begun = throwing(), dispatched()
    assert notes.note_event(begun, 10.0, is_replayed=False) == []
    thrown = notes.note_error(ERROR, 10.0)
    assert (thrown.event_id, thrown.service) == (begun.id, begun.service)
    assert (thrown.message, thrown.line, thrown.column) == ("Uncaught Error: it broke", 3, 7)
    assert (thrown.scope, thrown.script_url) == (SCOPE, f"{SCOPE}0.js")


def test_it_belongs_to_the_end_once_that_has_occurred() -> None:
    notes, ended = throwing(), completed()
    notes.note_event(dispatched(), 10.0, is_replayed=False)
    thrown = notes.note_error(ERROR, 10.0)
    [moved] = notes.note_event(ended, 11.0, is_replayed=False)
    assert (moved.id, moved.event_id) == (thrown.id, ended.id)


def test_an_error_without_a_handler_belongs_to_no_event() -> None:
    assert throwing().note_error(EXCEPTION, 10.0).event_id is None


def test_two_recorders_give_one_error_of_a_handler_the_same_id_and_others_not() -> None:
    def ids(*, is_handled: bool) -> set[str]:
        found = set()
        for notes in (throwing(), throwing()):
            if is_handled:
                notes.note_event(dispatched(), 10.0, is_replayed=False)
            found.add(notes.note_error(ERROR, 10.0).id)
        return found

    assert len(ids(is_handled=True)) == 1
    assert len(ids(is_handled=False)) == 2


def test_events_that_begin_no_handler_are_ignored() -> None:
    notes = throwing()
    params = msgspec.Raw(msgspec.json.encode({"backgroundServiceEvent": wire_event()}))
    assert notes.note_event(parse_event(params, "source", "context", {}), 10.0, is_replayed=False) == []
    assert notes.reported_at == 0.0


def test_errors_of_a_handler_are_reported_soon_after_it() -> None:
    notes = throwing()
    notes.note_event(dispatched(), 10.0, is_replayed=False)
    assert notes.reported_at == 10.0 + REPORTED


@pytest.mark.parametrize(("status", "is_known"), [("running", True), ("stopped", False)])
def test_a_handler_ends_with_its_worker(status: str, is_known: bool) -> None:
    registrations = noted(registration(), version("0", "activated"))
    [only] = registrations.versions.values()
    registrations.versions = {"0": msgspec.structs.replace(only, running_status=status)}
    notes = throwing(registrations)
    notes.note_event(dispatched(), 10.0, is_replayed=False)
    notes.note_versions()
    assert (notes.note_error(ERROR, 10.0).event_id is not None) == is_known
