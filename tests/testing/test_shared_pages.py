"""Observing from a page that is there: its context loses nothing when the page goes, crashes or moves on."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trio
from cdp import target as target_domain

from cdp_bgservices.browser.observer import Observer
from cdp_bgservices.browser.opening import open_browser
from cdp_bgservices.browser.pages import Page
from cdp_bgservices.protocol import commands
from cdp_bgservices.query import Query
from cdp_bgservices.recorder import Recorder, open_recorder
from cdp_bgservices.store import open_store
from tests.acting import log_of, open_made_context, open_site, stored

pytestmark = pytest.mark.browser

Opened = tuple[Recorder, str]


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Opened]:
    """A recorder that shares pages, and a browser context that was made before."""
    with trio.fail_after(60):
        async with (
            open_store(tmp_path / "events.db") as store,
            open_browser() as browser,
            open_recorder(browser, store, share_pages=True) as recorder,
            open_made_context(browser) as context,
        ):
            yield recorder, context


def observer_of(recorder: Recorder, context: str) -> Observer:
    assert recorder.observation is not None
    return recorder.observation.observers[context]


async def hidden_targets(recorder: Recorder, context: str) -> list[str]:
    targets = await recorder.browser.root.call(target_domain.get_targets())
    return [info.type_ for info in targets if info.browser_context_id == context and info.type_ == "other"]


async def close(recorder: Recorder, page: Page) -> None:
    reported = await page.session.call(target_domain.get_target_info())
    await recorder.browser.root.call(target_domain.close_target(reported.target_id))
    await page.session.ended.wait()


async def crash(page: Page) -> None:
    """Until it has: what comes from the same site before that goes down with its process."""
    page.session.listen()
    await page.session.call(commands.command("Inspector.enable"))
    await page.session.send(commands.command("Page.crash"))
    while not any(message.method == "Inspector.targetCrashed" for message in await page.session.notifications()):
        pass


async def completed(recorder: Recorder, tag: str) -> None:
    await recorder.wait_event(Query(event_names=("Sync completed",), instance_ids=(tag,)))


async def compare(recorder: Recorder) -> None:
    """The store against the browser's own log."""
    assert {event.id for event in await stored(recorder.store)} == {
        event.id for event in await log_of(recorder.browser)
    }


async def test_no_target_is_made(opened: Opened, site: str) -> None:
    recorder, context = opened
    page = await open_site(recorder.browser, site, context)
    await page.evaluate("site.sync('one')")
    await completed(recorder, "one")
    session = observer_of(recorder, context).session
    assert session is not None
    assert session.shared
    assert not await hidden_targets(recorder, context)
    await compare(recorder)


async def test_a_page_that_is_closed_in_the_middle_of_it(opened: Opened, site: str) -> None:
    """Nothing is left in the context but its worker, which goes on."""
    recorder, context = opened
    page = await open_site(recorder.browser, site, context)
    await page.evaluate("site.registerSync('last')")
    await close(recorder, page)
    await completed(recorder, "last")
    await compare(recorder)
    again = await open_site(recorder.browser, site, context)
    await again.evaluate("site.sync('again')")
    await completed(recorder, "again")
    await compare(recorder)


async def test_one_of_several_pages_is_closed(opened: Opened, site: str) -> None:
    recorder, context = opened
    pages = [await open_site(recorder.browser, site, context) for _ in range(2)]
    for number, page in enumerate(pages):
        await page.evaluate(f"site.registerSync('tag-{number}')")
        await close(recorder, page)
    for number in range(2):
        await completed(recorder, f"tag-{number}")
    await compare(recorder)


async def test_a_page_that_crashes(opened: Opened, site: str) -> None:
    recorder, context = opened
    page = await open_site(recorder.browser, site, context)
    await crash(page)
    again = await open_site(recorder.browser, site, context)
    await again.evaluate("site.sync('after')")
    await completed(recorder, "after")
    await compare(recorder)


async def test_a_page_that_goes_elsewhere(opened: Opened, site: str) -> None:
    """Another site, and so another process."""
    recorder, context = opened
    page = await open_site(recorder.browser, site, context)
    await page.evaluate("site.registerSync('before')")
    await page.session.call(commands.navigate(site.replace("localhost", "127.0.0.1")))
    await completed(recorder, "before")
    await compare(recorder)
