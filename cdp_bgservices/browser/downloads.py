"""Background fetches without a click. Chromium takes them for downloads that a page starts by itself, and lets it start
one: the next one is refused, since no user is asked.
"""

from cdp_bgservices.browser.context_list import read_contexts
from cdp_bgservices.browser.opening import Browser
from cdp_bgservices.protocol import commands


async def allow_downloads(browser: Browser, browser_context: str | None) -> None:
    """Let each page start several, in the default context of a browser that was launched here. Downloads go where they
    go otherwise.

    Once: another client may have its own way of handling downloads after that. Playwright has one in its contexts, with
    the same effect. Raises BrowserError.
    """
    if browser.process is None or browser.allows_downloads:
        return
    if browser_context in (None, (await read_contexts(browser)).default):
        browser.allows_downloads = True
        await browser.root.call(commands.set_download_behavior("default"))
