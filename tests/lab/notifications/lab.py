"""A notification center, a Chromium in it on a site that shows notifications, and what it records."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import msgspec

from cdp_bgservices.browser.launch import Launch
from cdp_bgservices.browser.opening import Browser, open_browser
from cdp_bgservices.browser.pages import Page, open_page
from cdp_bgservices.browser.permissions import grant
from cdp_bgservices.events import Event
from cdp_bgservices.lab.notifications import open_notification_center
from cdp_bgservices.lab.notifications.center import NotificationCenter
from cdp_bgservices.lab.start import Start
from cdp_bgservices.query import Query
from cdp_bgservices.recorder import Recorder, open_recorder
from cdp_bgservices.store import open_store

PAGES = Path(__file__).parent / "pages"


class Handler(SimpleHTTPRequestHandler):
    def log_message(self, *args: Any) -> None: ...


@contextmanager
def serve_pages() -> Iterator[str]:
    """The address of this folder's pages."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(PAGES))) as server:
        thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


class Lab(msgspec.Struct):
    """What a test acts on and looks at."""

    browser: Browser
    recorder: Recorder
    page: Page
    site: str

    async def show(self, title: str, **options: object) -> None:
        """From the page, with the options of ``showNotification``."""
        await self.page.evaluate(f"show({encoded(title)}, {encoded(options)})")

    async def tells(self, place: int) -> Any:
        """The worker's report with this number, from 0."""
        return await self.page.evaluate(f"tells({place})")

    async def event(self, name: str, place: int = 0) -> Event:
        """The recorded one of that name, from 0; waits for it."""
        seen = 0
        async for event in self.recorder.events(Query(event_names=(name,))):
            if seen == place:
                return event
            seen += 1
        raise AssertionError("following does not end")


def encoded(value: object) -> str:
    return msgspec.json.encode(value).decode()


@asynccontextmanager
async def open_chromium(start: Start, store: Path) -> AsyncIterator[Lab]:
    launch = Launch(arguments=start.arguments, environment=start.environment, prefix=start.prefix)
    with serve_pages() as site:
        async with (
            open_store(str(store)) as kept,
            open_browser(launch=launch) as browser,
            open_recorder(browser, kept) as recorder,
        ):
            await grant(browser, site)
            page = await open_page(browser, f"{site}/")
            await page.wait_loaded()
            await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
            yield Lab(browser, recorder, page, site)


@asynccontextmanager
async def open_lab(store: Path) -> AsyncIterator[tuple[NotificationCenter, Lab]]:
    async with open_notification_center() as center, open_chromium(center.start, store) as lab:
        yield center, lab
