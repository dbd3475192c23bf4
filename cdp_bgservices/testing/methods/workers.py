"""Workers, permissions and browser contexts."""

import msgspec

from cdp_bgservices.protocol.workers import Worker
from cdp_bgservices.testing.methods.table import InContext, Methods
from cdp_bgservices.testing.services import BackgroundServices

methods = Methods()


class BrowserContext(msgspec.Struct, frozen=True):
    context: str
    """The id of a browser context, for ``context``."""


@methods
async def workers(test: InContext) -> list[Worker]:
    """The service workers, sorted by scope."""
    return await test.workers()


@methods
async def grant(test: InContext, origin: str | None = None) -> None:
    """Grant an origin, or all origins, the permissions that background services need."""
    await test.grant(origin)


@methods
async def context(test: BackgroundServices, target: str) -> BrowserContext:
    """Which browser context a DevTools target is in: a page's ``targetId``."""
    return BrowserContext(await test.context(target))
