"""Background services for programs that await nothing: Playwright's synchronous API, Selenium, scripts.

All modules that ``asynchronous`` has too are generated from it by ``scripts/unasync.py``.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from cdp_bgservices.testing.blocking.services import BlockingBackgroundServices, BlockingExpectation
from cdp_bgservices.testing.captures import open_captures
from cdp_bgservices.testing.scope import BrowserScope
from cdp_bgservices.testing.services import DEFAULT_TIMEOUT, BackgroundServices

__all__ = ["BlockingBackgroundServices", "BlockingExpectation", "open_background_services"]


@contextmanager
def open_background_services(attach: str, *, timeout: float = DEFAULT_TIMEOUT) -> Iterator[BlockingBackgroundServices]:
    """Record the running browser at ``attach`` until the body ends: all of its contexts, from now on.

    ``attach`` is a port, host:port (ChromeDriver's ``debuggerAddress``), http://, ws:// or a profile folder.
    ``timeout`` is the default of every call, in milliseconds.

    Raises InvalidInputError for an ``attach`` that is not an endpoint, BrowserError where no browser is found or it
    refuses.
    """
    with open_captures() as captures:
        capture = captures.portal.call(captures.open, attach)
        services = BackgroundServices(BrowserScope(capture.recorder), after=capture.ready)
        yield BlockingBackgroundServices(captures.portal, services, default_timeout=lambda: timeout)
