"""Background services for asyncio, as Playwright's asynchronous API has it."""

from cdp_bgservices.testing.asynchronous.services import AsyncioBackgroundServices, AsyncioExpectation

__all__ = ["AsyncioBackgroundServices", "AsyncioExpectation"]
