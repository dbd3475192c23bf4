"""Short questions to a browser, for commands that are about the store in the first place."""

from collections.abc import Collection

import trio

from cdp_bgservices.browser.each_context import BrowserRecordings, clear_log, read_recordings
from cdp_bgservices.browser.opening import open_browser
from cdp_bgservices.cli.output import show_log
from cdp_bgservices.events import Service


def ask_recordings(attach: str, *, allow_remote: bool) -> BrowserRecordings:
    """What each context records."""

    async def run() -> BrowserRecordings:
        async with open_browser(attach, allow_remote=allow_remote) as browser:
            return await read_recordings(browser)

    show_log()
    return trio.run(run)


def clear_browser(attach: str, services: Collection[str], *, allow_remote: bool) -> None:
    """Clear its log of these services, or of all."""

    async def run() -> None:
        async with open_browser(attach, allow_remote=allow_remote) as browser:
            await clear_log(browser, services or tuple(Service))

    show_log()
    trio.run(run)
