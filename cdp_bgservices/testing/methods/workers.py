"""Workers, permissions, browser contexts, and the processes beside the browser."""

import msgspec

from cdp_bgservices.testing.methods.session import Session
from cdp_bgservices.testing.methods.table import InContext, Methods
from cdp_bgservices.testing.services import BackgroundServices

methods = Methods()


class BrowserContext(msgspec.Struct, frozen=True):
    context: str
    """The id of a browser context, for ``context``."""


methods.of(BackgroundServices.workers, InContext)
methods.of(BackgroundServices.grant, InContext)
methods.of(BackgroundServices.permission, InContext)


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
