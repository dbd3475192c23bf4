"""The fixture for pytest-playwright-asyncio, whose other fixtures run in the session's loop."""

from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

if TYPE_CHECKING:
    from cdp_bgservices.pytest_plugin.faces import AsyncioPlaywrightBackgroundServices


@pytest.fixture
def bgservices_context(request: pytest.FixtureRequest) -> Any:
    """Requested outside the loop: inside, no other fixture could be set up."""
    from cdp_bgservices.pytest_plugin import hooks

    return hooks.hooks_of(request).faces, *hooks.owner_of(request)


@pytest_asyncio.fixture(loop_scope="session")
async def bgservices_in_asyncio(bgservices_context: Any) -> "AsyncioPlaywrightBackgroundServices":
    """For Playwright's asynchronous API."""
    from cdp_bgservices.pytest_plugin.faces import AsyncioPlaywrightBackgroundServices
    from cdp_bgservices.pytest_plugin.steps import run_awaiting

    faces, context, browser = bgservices_context
    services: AsyncioPlaywrightBackgroundServices = await run_awaiting(
        faces.open(AsyncioPlaywrightBackgroundServices, context, browser)
    )
    return services
