"""What tests on a real Chromium share: the bundled site in it, and what the browser itself has kept."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from cdp import target as target_domain

from cdp_bgservices.browser.context_list import list_contexts
from cdp_bgservices.browser.observer import Observer
from cdp_bgservices.browser.opening import Browser
from cdp_bgservices.browser.pages import Page, open_page
from cdp_bgservices.browser.permissions import grant
from cdp_bgservices.browser.switching import Settings
from cdp_bgservices.events import Event, Service
from cdp_bgservices.protocol import commands
from cdp_bgservices.query import Query
from cdp_bgservices.store.trio_store import Store
from cdp_bgservices.tasks import open_tasks
from tests.waiting import look_again

ACTIVE = """navigator.serviceWorker.ready.then(({active}) => new Promise((resolve) => {
  const look = () => active.state === 'activated' && resolve(true);
  active.onstatechange = look;
  look();
}))"""
"""A promise in a page that its worker is active. ``ready`` alone comes while it is activating."""


async def open_site(browser: Browser, site: str, context: str | None = None) -> Page:
    """The bundled site with all permissions, its worker ready; in the default context unless another is named."""
    await grant(browser, site.rstrip("/"), context)
    if context is None:
        page = await open_page(browser, site)
    else:
        page = await open_in(browser, site, context)
    await page.wait_loaded()
    await page.evaluate("site.ready()")
    return page


async def open_in(browser: Browser, url: str, context: str) -> Page:
    """A page in a context that was made, at ``url`` already: one that is created with an address begins empty."""
    created = await browser.root.call(commands.create_target("about:blank", browser_context_id=context))
    session = await browser.attach(created["targetId"])
    await session.call(commands.navigate(url))
    return Page(session)


async def stored(store: Store, query: Query | None = None) -> list[Event]:
    return [event async for event in store.events(query or Query())]


async def log_of(browser: Browser) -> list[Event]:
    """What the browser itself has kept, in every context: the truth that a store is held against."""
    kept: list[Event] = []

    async def keep(events: Sequence[Event]) -> None:
        kept.extend(events)

    settings = Settings(source=browser.source, services=tuple(Service), arm=False)
    for context_id in await list_contexts(browser):
        observer = Observer(browser, context_id, settings, keep)
        async with open_tasks() as tasks:
            tasks.start_soon(observer.run)
            await observer.replayed.wait()
            await observer.stop()
    return kept


async def wait_logged(browser: Browser, tag: str) -> None:
    """Until the browser itself has the end of that sync: Chromium reports an event first, and then keeps it."""
    while not any(event.instance_id == tag and event.event_name == "Sync completed" for event in await log_of(browser)):
        await look_again()


@asynccontextmanager
async def open_made_context(browser: Browser) -> AsyncIterator[str]:
    context = await browser.root.call(commands.create_browser_context(dispose_on_detach=True))
    yield context
    await browser.root.call(target_domain.dispose_browser_context(target_domain.BrowserContextID(context)))


async def states_of(browser: Browser, context: str) -> dict[str, bool]:
    async def pass_over(_: Sequence[Event]) -> None: ...

    observer = Observer(browser, context, Settings(source="", services=tuple(Service), arm=False), pass_over)
    async with open_tasks() as tasks:
        tasks.start_soon(observer.run)
        await observer.replayed.wait()
        await observer.stop()
    return {service: state.is_recording for service, state in observer.recordings.items()}
