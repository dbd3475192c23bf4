"""Workers, permissions, browser contexts, and the processes beside the browser."""

import msgspec

from cdp_bgservices.testing import resetting
from cdp_bgservices.testing.methods.session import Session
from cdp_bgservices.testing.methods.table import InContext, Methods
from cdp_bgservices.testing.services import BackgroundServices

methods = Methods()


class BrowserContext(msgspec.Struct, frozen=True):
    context: str
    """The id of a browser context, for ``context``."""


methods.of(BackgroundServices.workers, InContext)
methods.of(BackgroundServices.why, InContext)
methods.of(BackgroundServices.grant, InContext)
methods.of(BackgroundServices.permission, InContext)


@methods
async def reset(test: BackgroundServices, session: Session) -> None:
    """Make the browser's own context, and its lab, as if they were new: for drivers whose tests have one profile.

    The network is online, the pages are closed, site data, workers, the cache and permissions are cleared,
    notifications are dismissed, push subscriptions end, and what ``--grant`` grants is granted again. It refuses a
    browser that was not started here.
    """
    await resetting.reset(test)
    for origin in session.subject.grants:
        await test.grant(origin)


@methods
async def environment(test: BackgroundServices, session: Session) -> dict[str, str]:
    """Variables for other processes of a test, such as an application server: how they reach the browser, its store and
    its lab, and trust the lab's push service.
    """
    return session.subject.environment


@methods
async def context(test: BackgroundServices, target: str) -> BrowserContext:
    """Which browser context a DevTools target is in: a page's ``targetId``."""
    return BrowserContext(await test.context(target))
