"""Contexts that end, or come again, while an account is made: a scripted browser."""

from datetime import timedelta
from pathlib import Path

import trio

from cdp_bgservices.browser.opening import open_browser
from cdp_bgservices.browser.profile_folders import Place
from cdp_bgservices.context_log import CLOSED, ContextLog
from cdp_bgservices.store import open_store
from tests.browser.recording import Taken, open_taken
from tests.making import MovedClock
from tests.scripted import open_scripted_browser
from tests.waiting import look_again


async def observe_and_end(taken: Taken, context: str) -> None:
    """It has ended, and no account was made since."""
    await taken.scripted.add_context(context)
    while context not in taken.recorder.contexts:
        await look_again()
    (observer,) = [each for each in taken.recorder.observers if each.context_id == context]
    await observer.replayed.wait()
    await taken.scripted.remove_context(context)
    await observer.over.wait()


async def test_two_accounts_at_once_forget_a_context_once(tmp_path: Path) -> None:
    async with open_taken(tmp_path / "events.db") as taken:
        await observe_and_end(taken, "ENDS")
        async with trio.open_nursery() as nursery:
            for _ in range(2):
                nursery.start_soon(taken.recorder.account)
        assert [each.context_id for each in taken.recorder.observers] == ["DEFAULT"]


async def test_one_that_is_observed_again_is_not_forgotten(tmp_path: Path) -> None:
    async with open_taken(tmp_path / "events.db") as taken:
        await observe_and_end(taken, "AGAIN")
        observation = taken.recorder.observation
        assert observation is not None
        ended = observation.ended()
        await taken.scripted.add_context("AGAIN")
        while "AGAIN" not in taken.recorder.contexts:
            await look_again()
        assert observation.forget(ended) == []
        assert "AGAIN" in taken.recorder.contexts


async def test_one_that_was_noted_after_its_end_is_over(tmp_path: Path) -> None:
    """An account is made while its last events are being stored."""
    clock = MovedClock()
    with trio.fail_after(60):
        async with (
            open_scripted_browser() as scripted,
            open_store(tmp_path / "events.db", clock=clock) as store,
            open_browser(scripted.url) as browser,
        ):
            log = ContextLog(store, browser)
            await log.add("ENDS", Place("shop"))
            ended_at = clock()
            clock.move(timedelta(seconds=1))
            await log.note()
            await log.end(["ENDS"], CLOSED, ended_at)
            (context,) = await store.contexts()
            assert (context.ended, context.why) == (ended_at, CLOSED)
