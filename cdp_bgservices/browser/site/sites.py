"""The sites of a browser context: what has a service worker there, and what has an open page."""

from collections.abc import Iterable
from urllib.parse import urlsplit

import msgspec
from cdp import target as target_domain

from cdp_bgservices.browser.missing_worker import SCHEMES
from cdp_bgservices.browser.opening import Browser
from cdp_bgservices.protocol.workers import Worker

PAGE, FRAME = "page", "iframe"


class Site(msgspec.Struct, frozen=True):
    """A scope, or an origin without any."""

    origin: str
    scope: str | None
    """None where nothing is registered."""
    browser_context: str

    @property
    def name(self) -> str:
        return self.scope or f"{self.origin}/"


class OpenPage(msgspec.Struct, frozen=True):
    """A tab, or a frame of another site in its own process."""

    target_id: target_domain.TargetID
    url: str
    is_frame: bool


def origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def sites_of(workers: Iterable[Worker], pages: Iterable[OpenPage], browser_context: str) -> list[Site]:
    """Every scope, and every origin of a page that has none, sorted. Those of extensions come last."""
    found = [Site(worker.origin, worker.scope, browser_context) for worker in workers]
    known = {site.origin for site in found}
    found += [
        Site(origin, None, browser_context)
        for origin in dict.fromkeys(origin_of(page.url) for page in pages)
        if origin not in known
    ]
    return sorted(dict.fromkeys(found), key=lambda site: (not site.name.startswith(SCHEMES), site.name))


async def open_pages(browser: Browser, browser_context: str) -> list[OpenPage]:
    """Those of one context that can have a worker, tabs first. Raises BrowserError."""
    found = [
        OpenPage(info.target_id, info.url, info.type_ == FRAME)
        for info in await browser.root.call(target_domain.get_targets())
        if info.type_ in (PAGE, FRAME)
        and info.url.startswith(SCHEMES)
        and str(info.browser_context_id or "") in ("", browser_context)
    ]
    return sorted(found, key=lambda page: page.is_frame)


def pages_of(site: Site, pages: Iterable[OpenPage]) -> list[OpenPage]:
    """Those of the site's origin: tabs first, and of these the ones in its scope."""
    found = [page for page in pages if origin_of(page.url) == site.origin]
    return sorted(found, key=lambda page: (page.is_frame, not page.url.startswith(site.name)))
