"""The whole story in one run: a Chromium, the bundled site, all background services, and what was recorded."""

from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import msgspec
import trio

from cdp_bgservices.browser.firing import fire
from cdp_bgservices.browser.launch import Launch
from cdp_bgservices.browser.opening import Browser, open_browser
from cdp_bgservices.browser.pages import Page, open_page
from cdp_bgservices.browser.permissions import grant
from cdp_bgservices.browser.triggers import periodic_sync, push
from cdp_bgservices.demo.lab_story import Stage, tell_story, usable_parts
from cdp_bgservices.errors import BrowserError
from cdp_bgservices.events import Event
from cdp_bgservices.heartbeat import name_here
from cdp_bgservices.lab.opening import open_lab
from cdp_bgservices.query import Query, parse_origin
from cdp_bgservices.recorder import open_recorder
from cdp_bgservices.site import serve_site
from cdp_bgservices.store.trio_store import Store

SOURCE = "demo"
DEADLINE = 60.0
"""Seconds for everything; it takes about five."""

ENDINGS = (
    Query(event_names=("Sync completed",)),
    Query(event_names=("sync event failed",)),
    Query(event_names=("Unregistered periodicsync",)),
    Query(text="BackgroundFetchSuccessEvent"),
    Query(text="BAD_STATUS"),
    Query(text="CANCELLED_BY_DEVELOPER"),
    Query(event_names=("Notification closed",)),
    Query(event_names=("Payment response",)),
)
"""The last event of each story. The pushes have completed when ``fire`` returns."""


async def run_demo(store: Store, chromium: str | None = None, arguments: Sequence[str] = ()) -> list[Event]:
    """Every event of one run, oldest first. ``arguments`` are Chromium's. Raises BrowserError, StoreError."""
    started = datetime.now(UTC)
    try:
        with trio.fail_after(DEADLINE):
            async with open_stage(store, (), chromium, arguments) as stage:
                await act(stage.browser, stage.page)
                for ending in ENDINGS:
                    await stage.recorder.wait_event(ending)
    except trio.TooSlowError as error:
        raise BrowserError(
            f"not every service acted within {DEADLINE:.0f} s; the events so far are in the store",
            "Use a full Chromium: chromium-headless-shell has no background sync and no notifications.",
        ) from error
    return await since(store, started)


async def run_lab_demo(
    store: Store, say: Callable[[str], object], chromium: str | None = None, arguments: Sequence[str] = ()
) -> tuple[list[Event], bool]:
    """Every event of one run in the lab, oldest first; and whether each act that is possible here completed.

    ``say`` gets a line for each act and for each missing part of the lab. Raises BrowserError, StoreError.
    """
    started = datetime.now(UTC)
    parts = await usable_parts(say)
    async with open_stage(store, parts, chromium, arguments) as stage:
        is_whole = await tell_story(stage, say)
    return await since(store, started), is_whole


@asynccontextmanager
async def open_stage(
    store: Store, parts: Collection[str], chromium: str | None, arguments: Sequence[str]
) -> AsyncIterator[Stage]:
    """The bundled site in a recorded browser, with these parts of the lab. Raises BrowserError, StoreError."""
    with serve_site() as url:
        async with open_lab(parts, sites=(url,)) as lab:
            start = msgspec.structs.asdict(lab.start)
            launch = Launch(chromium=chromium, **start | {"arguments": (*lab.start.arguments, *arguments)})
            async with (
                open_browser(launch=launch) as browser,
                open_recorder(browser, store, source=name_here(SOURCE, store)) as recorder,
            ):
                recorder.browser_ends = True
                await grant(browser, parse_origin(url))
                page = await open_page(browser, url, reuse_blank=True)
                await page.wait_loaded()
                await page.evaluate("site.ready()")
                yield Stage(lab, browser, recorder, page)


async def since(store: Store, started: datetime) -> list[Event]:
    query = Query(sources=(name_here(SOURCE, store),), since=started)
    return [event async for event in store.events(query)]


async def act(browser: Browser, page: Page) -> None:
    """Make every service act. Each call returns when the page has completed its act."""
    await page.evaluate("site.sync('send-message')")
    await page.evaluate("site.sync('reject-message')")
    await page.evaluate("site.periodicSync('refresh')")
    await fire(browser, periodic_sync("refresh"))
    await page.evaluate("site.stopPeriodicSync('refresh')")
    await page.evaluate("site.download('song')")
    await page.evaluate("site.notify('message', 'New message', 'From a friend')")
    await page.evaluate("site.closeNotification('message')")
    await fire(browser, push('{"from": "a friend"}'))
    await fire(browser, push("throw"), check=False)
    # A payment takes a real click.
    for button in ("download-missing", "download-abort", "pay"):
        await page.click(f"#{button}")
        await page.evaluate(f"site.clicked('{button}')")
