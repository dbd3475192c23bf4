"""The fixture for pytest-playwright-asyncio, whose other fixtures run in the session's loop."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

if TYPE_CHECKING:
    from cdp_bgservices.pytest_plugin.playwright import AsyncioPlaywrightBackgroundServices


@pytest.fixture
def bgservices_context(request: pytest.FixtureRequest) -> Any:
    """Asked for outside the loop, in which no other fixture could be set up."""
    from cdp_bgservices.pytest_plugin import hooks

    return hooks.instruments_of(request), hooks.context_of(request), hooks.keeping(request)


@pytest_asyncio.fixture(loop_scope="session")
async def bgservices_in_asyncio(
    request: pytest.FixtureRequest, bgservices_context: Any
) -> AsyncIterator["AsyncioPlaywrightBackgroundServices"]:
    """For Playwright's asynchronous API."""
    from cdp_bgservices.pytest_plugin import hooks
    from cdp_bgservices.pytest_plugin.steps import run_awaiting

    instruments, context, keep = bgservices_context
    services = await run_awaiting(instruments.open(context, hooks.marker_of(request.node).grants))
    yield services
    await run_awaiting(instruments.close(services, keep))
