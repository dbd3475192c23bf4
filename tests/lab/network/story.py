"""What a network that goes away and comes back does to a page and its sync; also a program, for another user.

``python -m tests.lab.network.story FOLDER SITE`` prints a Story as JSON, or the error that a user would read.
"""

import sys
from pathlib import Path

import msgspec
import trio

from cdp_bgservices.browser.launch import Launch
from cdp_bgservices.browser.opening import open_browser
from cdp_bgservices.browser.pages import open_page
from cdp_bgservices.errors import BrowserError
from cdp_bgservices.lab.network import open_network
from cdp_bgservices.query import Query
from cdp_bgservices.recorder import open_recorder
from cdp_bgservices.store import open_store
from tests.acting import log_of, open_site, stored
from tests.lab.network.reaching import port_of

UNKNOWN_HOST = """(async began => {
  const font = `https://fonts-${String(Math.random()).slice(2)}.example/font.css`;
  await fetch(font).then(() => { throw Error('it is there'); }, () => null);
  return (performance.now() - began) / 1000;
})(performance.now())"""
HELD = "new Promise(resolve => addEventListener('online', () => resolve(true), {once: true}))"


class Story(msgspec.Struct):
    """What was seen."""

    on_line: list[bool]
    """``navigator.onLine`` at first, offline, and back."""
    offline_load: str
    """Why a page did not load."""
    offline_events: list[str]
    """Names of what was recorded by the end of it; and then of all."""
    events: list[str]
    second_loaded: bool
    unknown_host: float
    """Seconds after which a name that nothing knows has failed, in the page: the least of three, each another name."""
    prefix: list[str]


async def tell(folder: Path, site: str) -> Story:
    async with (
        open_network([port_of(site)]) as network,
        open_store(folder / "events.db") as store,
        open_browser(launch=Launch(profile=folder / "profile", prefix=network.start.prefix)) as browser,
        open_recorder(browser, store) as recorder,
    ):
        page = await open_site(browser, site)
        on_line = [await page.evaluate("navigator.onLine")]
        unknown_host = min([await page.evaluate(UNKNOWN_HOST) for _ in range(3)])
        await network.offline()
        on_line.append(await page.evaluate("navigator.onLine"))
        try:
            await open_page(browser, site + "second/")
            offline_load = "it did"
        except BrowserError as error:
            offline_load = str(error)
        await page.evaluate("window.back = " + HELD + "; 1")
        await page.evaluate("site.registerSync('mail')")
        await recorder.wait_event(Query(event_names=("Registered sync",)))
        # One that may go is dispatched at once: by the time of another registration, and a replay of all that the
        # browser has kept, this one would have been.
        await page.evaluate("navigator.serviceWorker.ready.then(ready => ready.sync.register('post'))")
        await recorder.wait_event(Query(event_names=("Registered sync",), instance_ids=("post",)))
        offline_events = [event.event_name for event in await log_of(browser)]
        await network.online()
        await page.evaluate("back")
        on_line.append(await page.evaluate("navigator.onLine"))
        for tag in ("mail", "post"):
            await recorder.wait_event(Query(event_names=("Sync completed",), instance_ids=(tag,)))
        second = await open_page(browser, site + "second/")
        await second.wait_loaded()
        return Story(
            on_line=on_line,
            offline_load=offline_load,
            offline_events=offline_events,
            events=[event.event_name for event in await stored(store, Query(instance_ids=("mail",)))],
            second_loaded=await second.evaluate("document.getElementById('scope').textContent") == "/second/",
            unknown_host=unknown_host,
            prefix=list(network.start.prefix),
        )


async def main(folder: str, site: str) -> None:
    try:
        reported: object = await tell(Path(folder), site)
    except BrowserError as error:
        reported = {"error": str(error), "remedy": error.remedy}
    print(msgspec.json.encode(reported).decode())


if __name__ == "__main__":
    trio.run(main, sys.argv[1], sys.argv[2])
