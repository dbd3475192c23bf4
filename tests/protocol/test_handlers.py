"""Which handler threw, as far as that is certain."""

from typing import Any

import pytest

from cdp_bgservices.events import Event, Service
from cdp_bgservices.protocol.handlers import EDGE, LEFT_EDGE, MOST, REJECTED_EDGE, UNSEEN, Handlers
from cdp_bgservices.protocol.registrations import WorkerError
from tests.making import event

EXCEPTION = WorkerError(error_message="Uncaught Error: it broke", registration_id="0", column_number=7)
REJECTION = WorkerError(error_message="Uncaught (in promise) Error: it broke", registration_id="0")
PUSH, SYNC = Service.PUSH_MESSAGING, Service.BACKGROUND_SYNC


def dispatched(number: int = 0, **fields: Any) -> Event:
    return event(number, **{"service": PUSH, "event_name": "Push event dispatched", "instance_id": "", **fields})


def completed(number: int = 1, status: str = "Success", **fields: Any) -> Event:
    values = {"service": PUSH, "event_name": "Push event completed", "instance_id": "", "metadata": {"Status": status}}
    return event(number, **{**values, **fields})


def sync(number: int = 0, name: str = "Dispatched sync event", **fields: Any) -> Event:
    return event(number, **{"service": SYNC, "event_name": name, "instance_id": "outbox", **fields})


def owner(reported: list[tuple[float, Event]], error: WorkerError, now: float) -> Event | None:
    """Of an error that comes after these events, each at its moment."""
    handlers = Handlers()
    for moment, each in reported:
        handlers.note(each, moment)
    found = handlers.owner(error, now)
    return None if found is None else found.event


BEGAN, ENDED, REJECTED = dispatched(), completed(), completed(status="waitUntil Rejected")
SECOND, SECOND_ENDED = dispatched(5), completed(6)


@pytest.mark.parametrize(
    ("reported", "error", "now", "wanted"),
    [
        ([], EXCEPTION, 0, None),
        ([(0, BEGAN)], EXCEPTION, 0, BEGAN),
        ([(0, BEGAN)], EXCEPTION, EDGE, BEGAN),
        ([(0, BEGAN)], REJECTION, LEFT_EDGE, BEGAN),
        # In the middle of it, a fetch handler may have thrown, or a timer.
        ([(0, BEGAN)], REJECTION, LEFT_EDGE * 2, None),
        ([(0, BEGAN)], EXCEPTION, EDGE * 2, None),
        ([(0, BEGAN), (0, ENDED)], REJECTION, LEFT_EDGE, ENDED),
        ([(0, BEGAN), (0, ENDED)], REJECTION, LEFT_EDGE * 2, None),
        ([(0, BEGAN), (0, ENDED)], EXCEPTION, 0, ENDED),
        ([(0, BEGAN), (9, ENDED)], EXCEPTION, 9 + EDGE / 2, ENDED),
        ([(0, BEGAN), (9, ENDED)], EXCEPTION, 9 + EDGE * 2, None),
        # Once a handler was rejected its rejection is reported, if not always at once.
        ([(0, BEGAN), (9, REJECTED)], REJECTION, 9 + REJECTED_EDGE / 2, REJECTED),
        ([(0, BEGAN), (9, REJECTED)], EXCEPTION, 9 + REJECTED_EDGE / 2, None),
        # Whose beginning was not seen: what else runs is not known.
        ([(9, REJECTED)], REJECTION, 9, None),
        # Two at a time.
        ([(0, BEGAN), (5, SECOND)], EXCEPTION, 5, None),
        ([(0, BEGAN), (5, SECOND), (5, SECOND_ENDED)], EXCEPTION, 5, None),
        # One after the other: what the first one threw was reported before the second one has ended.
        ([(0, BEGAN), (0, ENDED), (0.01, SECOND)], REJECTION, 0.01, None),
        ([(0, BEGAN), (0, ENDED), (0.01, SECOND)], EXCEPTION, 0.01, SECOND),
        ([(0, BEGAN), (0, ENDED), (0.01, SECOND), (0.01, SECOND_ENDED)], REJECTION, 0.01, SECOND_ENDED),
        ([(0, BEGAN), (0, REJECTED), (0.01, SECOND), (0.01, SECOND_ENDED)], REJECTION, 0.01, None),
        # For a sync that was triggered over DevTools no end is logged.
        ([(0, sync())], EXCEPTION, 0, sync()),
        ([(0, sync()), (0.5, BEGAN), (0.5, ENDED)], EXCEPTION, 0.5, None),
        ([(0, sync()), (UNSEEN + 0.5, BEGAN), (UNSEEN + 0.5, ENDED)], EXCEPTION, UNSEEN + 0.5, ENDED),
        ([(0, sync()), (0.5, BEGAN), (0.5, REJECTED)], REJECTION, 0.5, None),
        ([(0, sync()), (5, sync(1, "Sync completed"))], EXCEPTION, 5, sync(1, "Sync completed")),
        ([(0, sync()), (5, sync(1, "Sync completed", instance_id="other"))], EXCEPTION, 5, None),
        # Another worker's handlers are nothing to it.
        ([(0, BEGAN), (0, dispatched(3, registration_id="7"))], EXCEPTION, 0, BEGAN),
        ([(0, dispatched(3, registration_id="7"))], EXCEPTION, 0, None),
    ],
)
def test_whose_it_is(reported: list[tuple[float, Event]], error: WorkerError, now: float, wanted: Event | None) -> None:
    assert owner(reported, error, now) == wanted


def test_a_second_rejection_of_the_same_handler() -> None:
    handlers = Handlers()
    handlers.note(BEGAN, 0)
    handlers.note(REJECTED, 0)
    owners = [handlers.owner(REJECTION, moment) for moment in (0, 0, REJECTED_EDGE)]
    assert [found and found.event for found in owners] == [REJECTED, REJECTED, None]


def test_a_worker_that_stopped_has_no_handlers() -> None:
    handlers = Handlers()
    handlers.note(BEGAN, 0)
    handlers.forget("0")
    handlers.note(SECOND, 5)
    found = handlers.owner(EXCEPTION, 5)
    assert found is not None
    assert found.event == SECOND


def test_what_is_replayed_is_at_no_edge_but_may_still_run() -> None:
    handlers = Handlers()
    handlers.note(dispatched(7), 0, age=30)
    handlers.note(BEGAN, 0)
    handlers.note(ENDED, 0)
    assert handlers.owner(EXCEPTION, 0) is None, "one of half a minute ago has not ended"
    handlers = Handlers()
    handlers.note(BEGAN, 0, age=3600)
    handlers.note(REJECTED, 0, age=3599)
    assert handlers.owner(REJECTION, 0) is None
    handlers.note(SECOND, 0)
    found = handlers.owner(EXCEPTION, 0)
    assert found is not None
    assert found.event == SECOND


def test_among_very_many_nothing_is_certain() -> None:
    handlers = Handlers()
    for number in range(3 * MOST):
        handlers.note(dispatched(number), 0)
    assert sum(map(len, handlers.of.values())) <= MOST
    assert handlers.owner(EXCEPTION, 0) is None
    for number in range(1000, 1000 + 3 * MOST):
        handlers.note(sync(number), 10 * number)
    assert sum(map(len, handlers.of.values())) <= MOST
    found = handlers.owner(EXCEPTION, 10 * number)
    assert found is not None
    assert found.event == sync(number), "those of before are over"
