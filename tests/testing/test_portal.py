"""A thread in which trio runs: results, errors and cancellation across it."""

from concurrent.futures import CancelledError
from threading import Event, get_ident

import pytest
import trio

from cdp_bgservices.testing.portal import open_portal


async def thread() -> int:
    await trio.lowlevel.checkpoint()
    return get_ident()


async def fail() -> None:
    raise LookupError("in there")


def test_a_call_runs_in_another_thread() -> None:
    with open_portal() as portal:
        assert portal.submit(thread).result(10) == portal.submit(thread).result(10) != get_ident()


def test_an_error_is_the_caller_s_and_the_portal_lives_on() -> None:
    with open_portal() as portal:
        with pytest.raises(LookupError, match="in there"):
            portal.submit(fail).result(10)
        assert portal.submit(thread).result(10)


def test_a_cancelled_future_cancels_the_call() -> None:
    began, ended = Event(), Event()

    async def wait() -> None:
        try:
            began.set()
            await trio.sleep_forever()
        finally:
            ended.set()

    with open_portal() as portal:
        future = portal.submit(wait)
        assert began.wait(10)
        future.cancel()
        assert ended.wait(10)
        assert portal.submit(thread).result(10)


def test_calls_end_with_the_portal() -> None:
    with open_portal() as portal:
        future = portal.submit(trio.sleep_forever)
    with pytest.raises(CancelledError):
        future.result(10)


def test_a_call_that_comes_while_the_portal_ends_is_cancelled() -> None:
    """Its tasks have ended, and trio has not yet."""
    late = []

    async def call_late() -> None:
        try:
            await trio.sleep_forever()
        finally:
            late.append(portal.submit(thread))

    async def begin() -> None:
        trio.lowlevel.spawn_system_task(call_late)

    with open_portal() as portal:
        portal.call(begin)
    with pytest.raises(CancelledError):
        late[0].result(10)


def test_after_its_end_a_call_is_refused() -> None:
    with open_portal() as portal:
        pass
    with pytest.raises(trio.RunFinishedError):
        portal.submit(thread)
