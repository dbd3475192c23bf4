"""Record everything that a story can be, with a real Chromium: ``python -m tests.stories.everything``.

All six services, two browser contexts with the same tags, retries, triggers, a gap, a context that ends, and a browser
that ends. What is written is kept beside this module: the events, what is known of the completeness, and the contexts.
"""

import sys
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import trio

from cdp_bgservices.browser.firing import fire
from cdp_bgservices.browser.launch import Launch
from cdp_bgservices.browser.opening import Browser, open_browser
from cdp_bgservices.browser.pages import Page, open_page
from cdp_bgservices.browser.permissions import grant
from cdp_bgservices.browser.triggers import push, sync
from cdp_bgservices.contexts import BrowserContext
from cdp_bgservices.coverage.values import Coverage
from cdp_bgservices.demo import act
from cdp_bgservices.events import Event, Service
from cdp_bgservices.lab.clock import SyncClock
from cdp_bgservices.protocol import commands
from cdp_bgservices.query import Query, parse_origin
from cdp_bgservices.recorder import Recorder, open_recorder
from cdp_bgservices.site import serve_site
from cdp_bgservices.store import open_store
from tests.acting import open_made_context
from tests.waiting import look_again

FOLDER = Path(__file__).parent / "recorded"
EVENTS, KNOWN = FOLDER / "everything.jsonl", FOLDER / "everything.json"
SOURCE = "everything"
CLOCK = SyncClock(first_retry=timedelta(seconds=4), factor=1, attempts=3)
"""Long enough for a trigger before a retry."""
FAILED = "sync event failed"
GAP = 1.5
"""Seconds without a recording of the notifications."""


class Known(msgspec.Struct):
    """What a recorder left beside the events."""

    coverage: list[Coverage]
    contexts: list[BrowserContext]


def everything() -> tuple[list[Event], Known]:
    """As it was recorded."""
    events = [msgspec.json.decode(line, type=Event) for line in EVENTS.read_bytes().splitlines()]
    return events, msgspec.json.decode(KNOWN.read_bytes(), type=Known)


async def record(folder: Path) -> tuple[list[Event], Known]:
    async with open_store(folder / "events.db") as store:
        with serve_site() as url:
            async with open_browser(launch=Launch(arguments=CLOCK.start.arguments)) as browser:
                async with open_recorder(browser, store, source=SOURCE) as recorder:
                    await grant(browser, parse_origin(url))
                    page = await ready(await open_page(browser, url, reuse_blank=True))
                    await before_the_gap(browser, recorder, page, url)
                await leave_a_gap(page)
                async with open_recorder(browser, store, source=SOURCE) as recorder:
                    recorder.browser_ends = True
                    await after_the_gap(recorder, page)
        events = [event async for event in store.events(Query())]
        coverage = await store.ask(lambda engine: engine.coverage())
        return events, Known(coverage, await store.contexts())


async def before_the_gap(browser: Browser, recorder: Recorder, page: Page, url: str) -> None:
    await act(browser, page)
    await page.evaluate("site.registerSync('reject-again')")
    await recorder.wait_event(Query(event_names=(FAILED,), instance_ids=("reject-again",)))
    await fire(browser, sync("reject-again"), scope=url, check=False)  # Before its second attempt.
    await fire(browser, sync("not-registered"), scope=url, check=False)
    async with open_made_context(browser) as other:
        await in_a_made_context(browser, recorder, other, url)
    while other in recorder.contexts:
        await look_again()
    await recorder.settle()


async def leave_a_gap(page: Page) -> None:
    """While no recorder is there that would switch it on again."""
    await page.session.call(commands.set_recording(Service.NOTIFICATIONS, should_record=False))
    await page.evaluate("site.notify('missed', 'Missed', 'No recording')")
    await trio.sleep(GAP)


async def after_the_gap(recorder: Recorder, page: Page) -> None:
    await recorder.wait_event(Query(event_names=("Sync completed",), instance_ids=("reject-again",)))
    await page.evaluate("site.sync('send-message')")
    await page.evaluate("site.registerSync('reject-later')")
    await recorder.wait_event(Query(event_names=(FAILED,), instance_ids=("reject-later",)))
    await page.evaluate("site.notify('stays', 'Still there', 'It is not closed')")
    await page.evaluate("site.periodicSync('weekly')")
    await recorder.settle()


async def ready(page: Page) -> Page:
    await page.wait_loaded()
    await page.evaluate("site.ready()")
    return page


async def in_a_made_context(browser: Browser, recorder: Recorder, context: str, url: str) -> None:
    """The tags of the default context, with other outcomes. It ends while one waits for its retry."""
    await grant(browser, parse_origin(url), context)
    created = await browser.root.call(commands.create_target("about:blank", browser_context_id=context))
    session = await browser.attach(created["targetId"])
    while context not in recorder.contexts:
        await look_again()
    await recorder.settle([context])
    await session.call(commands.navigate(url))
    page = await ready(Page(session))
    await page.evaluate("site.sync('send-message')")
    await page.evaluate("site.registerSync('reject-message')")
    await page.evaluate("site.notify('message', 'In the other context', 'It stays')")
    await fire(browser, push("from the other context"), scope=url, browser_context=context)
    await recorder.wait_event(Query(event_names=(FAILED,), browser_contexts=(context,)))
    await recorder.wait_event(Query(event_names=("Push event completed",), browser_contexts=(context,)))


def main() -> None:
    with TemporaryDirectory() as folder:
        events, known = trio.run(record, Path(folder))
    EVENTS.write_bytes(b"".join(msgspec.json.encode(event) + b"\n" for event in events))
    KNOWN.write_bytes(msgspec.json.format(msgspec.json.encode(known), indent=1) + b"\n")
    sys.stdout.write(f"{len(events)} events, {len(known.contexts)} contexts\n")


if __name__ == "__main__":
    main()
