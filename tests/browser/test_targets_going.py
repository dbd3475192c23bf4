"""Targets of a real Chromium that crash, are closed, killed, or move: events in between are recorded."""

import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

import pytest
import trio
from cdp import target as target_domain

from cdp_bgservices.browser.firing import fire
from cdp_bgservices.browser.launch import Launch
from cdp_bgservices.browser.observer import Observer
from cdp_bgservices.browser.opening import Browser, open_browser
from cdp_bgservices.browser.pages import Page
from cdp_bgservices.browser.triggers import sync
from cdp_bgservices.protocol import commands
from cdp_bgservices.query import Query
from cdp_bgservices.recorder import Recorder, open_recorder
from cdp_bgservices.store import open_store
from tests.acting import log_of, open_site, stored
from tests.waiting import look_again

pytestmark = pytest.mark.browser

DEADLINE = 100
WITHIN = 1.0
"""Seconds from the fault to an event that came after it being stored."""
ATTEMPTS = 3
"""At least. Other work on this machine may hold them up: there are more until one of them is not."""


@asynccontextmanager
async def open_recording(tmp_path: Path, *, share_pages: bool = False) -> AsyncIterator[tuple[Recorder, Browser]]:
    """A recorder, and outsider else's connection to the same browser."""
    with trio.fail_after(DEADLINE):
        async with (
            open_store(tmp_path / "events.db") as store,
            open_browser(launch=Launch(port=0)) as browser,
            open_browser(browser.endpoint) as outsider,
            open_recorder(browser, store, share_pages=share_pages) as recorder,
        ):
            yield recorder, outsider


def observer_of(recorder: Recorder) -> Observer:
    """That of the default context."""
    assert recorder.observation is not None
    return recorder.observation.observers[recorder.observation.default_context]


def target_of(recorder: Recorder) -> target_domain.TargetID:
    session = observer_of(recorder).session
    assert session is not None
    return target_domain.TargetID(session.target_id)


async def wait_observed(recorder: Recorder) -> None:
    """Until there is a session that lives, and whose replay is through."""
    while (session := observer_of(recorder).session) is None or session.closed or session.connection.pending:
        await look_again()


async def compare(recorder: Recorder) -> None:
    """The store against the browser's own log: everything, once. Syncs of before may still occur in between."""
    kept, found = await sorted_log(recorder.browser), list[str]()
    while True:
        while len(found) < len(kept):
            await look_again()
            found = sorted(event.id for event in await stored(recorder.store))
        before, kept = kept, await sorted_log(recorder.browser)
        if kept == before:
            break
    assert found == kept


async def sorted_log(browser: Browser) -> list[str]:
    return sorted(event.id for event in await log_of(browser))


async def crash(recorder: Recorder, outsider: Browser) -> None:
    session_id = await outsider.root.call(target_domain.attach_to_target(target_of(recorder), flatten=True))
    await outsider.connection.attached(str(session_id)).send(commands.command("Page.crash"))


async def close(recorder: Recorder, outsider: Browser) -> None:
    await outsider.root.call(target_domain.close_target(target_of(recorder)))


async def kill_renderers(recorder: Recorder, outsider: Browser) -> None:
    """All that there are, the hidden target's among them."""
    reported = await outsider.root.call(commands.command("SystemInfo.getProcessInfo"))
    renderers = [process["id"] for process in reported["processInfo"] if process["type"] == "renderer"]
    assert renderers
    for pid in renderers:
        os.kill(pid, signal.SIGKILL)


Fault = Callable[[Recorder, Browser], Awaitable[None]]


def are_more(took: list[float]) -> bool:
    """Whether there are more attempts; the test's own deadline ends them."""
    return len(took) < ATTEMPTS or min(took) >= WITHIN


@pytest.mark.parametrize("fault", [crash, close])
async def test_the_hidden_target_goes_and_nothing_is_missed(site: str, tmp_path: Path, fault: Fault) -> None:
    async with open_recording(tmp_path) as (recorder, outsider):
        page = await open_site(recorder.browser, site)
        took = list[float]()
        while are_more(took):
            took.append(await seconds_blind(recorder, outsider, page, fault, f"tag-{len(took)}"))
        await compare(recorder)
    print(f"{fault.__name__}: an event after it was stored within {[round(each, 3) for each in took]} s")
    assert min(took) < WITHIN


async def seconds_blind(recorder: Recorder, outsider: Browser, page: Page, fault: Fault, tag: str) -> float:
    """From the fault until an event was stored by which it can be seen that the context is observed again."""
    await wait_observed(recorder)
    before = observer_of(recorder).session
    assert before is not None
    await page.evaluate(f"site.registerSync('{tag}-before')")
    await fault(recorder, outsider)
    faulted = trio.current_time()
    await page.evaluate(f"site.registerSync('{tag}-between')")
    await before.ended.wait()
    await wait_observed(recorder)
    await page.evaluate(f"site.sync('{tag}-after')")
    await recorder.wait_event(Query(instance_ids=(f"{tag}-after",)))
    return trio.current_time() - faulted


async def test_every_renderer_is_killed(site: str, tmp_path: Path) -> None:
    """The page and the worker have gone, too: the browser triggers what happens next."""
    took = list[float]()
    async with open_recording(tmp_path) as (recorder, outsider):
        page = await open_site(recorder.browser, site)
        await page.evaluate("site.sync('before')")
        while are_more(took):
            tag = f"after-{len(took)}"
            await wait_observed(recorder)
            before = observer_of(recorder).session
            assert before is not None
            await kill_renderers(recorder, outsider)
            faulted = trio.current_time()
            await before.ended.wait()
            await fire(outsider, sync(tag))
            await recorder.wait_event(Query(instance_ids=(tag,)))
            took.append(trio.current_time() - faulted)
        await compare(recorder)
    print(f"killed renderers: an event after it was stored within {[round(each, 3) for each in took]} s")
    assert min(took) < WITHIN


async def test_a_shared_page_goes_to_another_process_and_back(site: str, tmp_path: Path) -> None:
    took = list[float]()
    other = site.replace("localhost", "127.0.0.1")
    async with open_recording(tmp_path, share_pages=True) as (recorder, _):
        page = await open_site(recorder.browser, site)
        while len(took) < 2 * ATTEMPTS or min(took) >= WITHIN:
            for place in (other, site):
                await wait_observed(recorder)
                assert observer_of(recorder).session.shared  # type: ignore[union-attr]
                await page.evaluate("site.registerSync('on the way')")
                await page.session.call(commands.navigate(place))
                moved = trio.current_time()
                await page.wait_loaded()
                await page.evaluate("site.ready()")
                tag = f"{len(took)} at {place}"
                await fire(recorder.browser, sync(tag), scope=place)
                await recorder.wait_event(Query(instance_ids=(tag,)))
                took.append(trio.current_time() - moved)
        await compare(recorder)
    print(f"another process: an event after it was stored within {[round(each, 3) for each in took]} s")
    assert min(took) < WITHIN


@pytest.mark.slow
async def test_contexts_that_go_while_they_are_taken_up(
    site: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Forty at once, each disposed of at another moment of being armed; every fourth soon after that."""
    random = Random(4)

    async def come_and_go(recorder: Recorder, browser: Browser, number: int) -> None:
        assert recorder.observation is not None
        context = await browser.root.call(commands.create_browser_context(dispose_on_detach=True))
        await browser.root.call(commands.create_target("about:blank", browser_context_id=context))
        if number % 4 == 0:
            while context not in recorder.observation.observers:
                await look_again()
            await recorder.observation.observers[context].armed.wait()
        else:
            await trio.sleep(random.uniform(0, 0.1 * number))
        await browser.root.call(target_domain.dispose_browser_context(target_domain.BrowserContextID(context)))

    async with open_recording(tmp_path) as (recorder, outsider):
        page = await open_site(recorder.browser, site)
        assert recorder.observation is not None
        default = recorder.observation.default_context
        async with trio.open_nursery() as nursery:
            for number in range(40):
                nursery.start_soon(come_and_go, recorder, outsider, number)
            for number in range(10):
                await page.evaluate(f"site.sync('tag-{number}')")
        ended = trio.current_time()
        seen = len(recorder.observation.observers) - 1
        while recorder.contexts != [default]:
            await look_again()
        over = trio.current_time() - ended
        await page.evaluate("site.sync('last')")
        await recorder.wait_event(Query(event_names=("Sync completed",), instance_ids=("last",)))
        await compare(recorder)
        assert not recorder.browser.connection.lost.is_set()
        assert [observer.failure for observer in recorder.observation.observers.values() if observer.failure] == []
        while recorder.browser.connection.pending:  # None is left without an answer.
            await look_again()
        found = await stored(recorder.store, Query(event_names=("Sync completed",)))
        assert {event.instance_id for event in found} == {f"tag-{number}" for number in range(10)} | {"last"}
        armed = [len(observer.armed_until) for observer in recorder.observation.observers.values()]
    print(
        f"{seen} of 40 contexts were seen, {armed.count(6) - 1} of them armed in time; all were over {over:.3f} s later"
    )
    assert 6 in armed[1:], "some were armed"
    assert min(armed) < 6, "and some were not, so that this test is about them"
    assert [record.message for record in caplog.records if "context" in record.message] == []
