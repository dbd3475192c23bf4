"""Contexts that have ended are forgotten once they are accounted for; one that is open again by then is not."""

from pathlib import Path

import trio

from cdp_bgservices.browser.observer import Observer
from tests.browser.recording import Taken, open_taken, recent
from tests.scripted import DEFAULT, Json
from tests.waiting import look_again

NEW = "NEW"


async def observed(taken: Taken, other_than: Observer | None = None) -> Observer:
    """The observer of the context, once there is one."""
    assert taken.recorder.observation is not None
    while (found := taken.recorder.observation.observers.get(NEW)) in (None, other_than):
        await look_again()
    assert found is not None
    return found


async def open_and_close(taken: Taken) -> Observer:
    await taken.scripted.add_context(NEW)
    observer = await observed(taken)
    await observer.replayed.wait()
    await taken.scripted.remove_context(NEW)
    await observer.over.wait()
    return observer


async def test_a_context_is_forgotten_once_where_two_accounts_are_made_at_a_time(tmp_path: Path) -> None:
    """That of the last minute, and that of the recorder's end."""
    async with open_taken(tmp_path / "events.db") as taken:
        await open_and_close(taken)
        async with trio.open_nursery() as nursery:
            for _ in range(2):
                nursery.start_soon(taken.recorder.account)
        assert [observer.context_id for observer in taken.recorder.observers] == [DEFAULT]


async def test_a_context_that_is_open_again_before_its_end_is_accounted_for_is_recorded(tmp_path: Path) -> None:
    async with open_taken(tmp_path / "events.db") as taken:
        ended = await open_and_close(taken)
        asked, answered = trio.Event(), trio.Event()

        async def answer_late(params: Json) -> Json:
            asked.set()
            await answered.wait()
            return {}

        taken.scripted.answers["Target.getTargetInfo"] = answer_late
        async with trio.open_nursery() as nursery:
            nursery.start_soon(taken.recorder.account)
            await asked.wait()
            await taken.scripted.add_context(NEW)
            again = await observed(taken, ended)
            answered.set()
        del taken.scripted.answers["Target.getTargetInfo"]
        await again.replayed.wait()
        assert taken.recorder.contexts == [DEFAULT, NEW]
        await taken.scripted.emit(recent(1), NEW)
        assert await taken.wait_stored(1) == ["tag-1"]
