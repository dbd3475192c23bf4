"""The pytest plugin: the fixture ``bgservices``, its marker, and ``--bgservices``.

It is loaded into each run of pytest where it is installed, so it imports nothing heavy before a test needs it.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import pytest

from cdp_bgservices.pytest_plugin.selection import ASYNC, SYNC, has_plugin, is_concerned
from cdp_bgservices.pytest_plugin.selection import StrayEventsWarning as StrayEventsWarning

if TYPE_CHECKING:
    from cdp_bgservices.browser.opening import Browser
    from cdp_bgservices.lab.opening import Lab
    from cdp_bgservices.pytest_plugin.faces import PlaywrightBackgroundServices
    from cdp_bgservices.testing.services import BackgroundServices

__tracebackhide__ = True  # pytest does not show the frames of this module.


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.getgroup("bgservices", "Background services").addoption(
        "--bgservices",
        default="off",
        choices=["off", "on", "retain-on-failure"],
        help="Whether to keep the background-service events of each test, as JSON lines in the --output folder.",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "bgservices(grant=True): grant the test's browser context the permissions that background services need; "
        "grant='http://localhost:8000', or a list, grants them to these origins only. "
        "permission={'notifications': 'denied'}: set single permissions, of all origins or "
        "{'http://localhost:8000': {…}}. "
        "lab='all', or some of push, notifications, clock, network: start a browser of the test's own in the lab; "
        "push_from_pages=True: there a page can post to its own push subscription. "
        "ignore_https_errors=True: accept every certificate, for service workers too.",
    )
    if has_plugin(config, ASYNC):
        from cdp_bgservices.pytest_plugin import asyncio_fixtures

        config.pluginmanager.register(asyncio_fixtures, "bgservices-asyncio")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Prepare browsers only if a test has to do with background services."""
    if any(is_concerned(config, item) for item in items):
        from cdp_bgservices.pytest_plugin.hooks import NAME, Hooks

        config.pluginmanager.register(Hooks(config), NAME)


@pytest.fixture
def bgservices(request: pytest.FixtureRequest) -> Any:
    """Background services of the test's own browser context: expect, wait_for, events, sync, periodic_sync,
    push, workers, grant, permission; in the lab also push_service, notifications, network. Tests for asyncio or trio
    await them."""
    if request.node.get_closest_marker("trio"):
        return request.getfixturevalue("bgservices_in_trio")
    if has_plugin(request.config, ASYNC):
        return request.getfixturevalue("bgservices_in_asyncio")
    if has_plugin(request.config, SYNC):
        return request.getfixturevalue("bgservices_in_playwright")
    raise pytest.UsageError(
        "bgservices needs a browser: pip install pytest-playwright (or pytest-playwright-asyncio), "
        "or write the test for pytest-trio."
    )


@pytest.fixture(autouse=True)
def bgservices_are_kept(request: pytest.FixtureRequest) -> None:
    """With --bgservices=on or retain-on-failure, keep the events of each test that has a browser context."""
    if (hooks := request.config.pluginmanager.getplugin("bgservices-hooks")) is not None:
        hooks.note_request(request)


@pytest.fixture
def bgservices_in_playwright(request: pytest.FixtureRequest) -> "PlaywrightBackgroundServices":
    """For Playwright's synchronous API."""
    from cdp_bgservices.pytest_plugin import hooks
    from cdp_bgservices.pytest_plugin.faces import PlaywrightBackgroundServices
    from cdp_bgservices.pytest_plugin.steps import run_now

    faces = hooks.hooks_of(request).faces
    services: PlaywrightBackgroundServices = run_now(faces.open(PlaywrightBackgroundServices, *hooks.owner_of(request)))
    return services


@pytest.fixture
async def bgservices_lab(request: pytest.FixtureRequest) -> AsyncIterator["Lab | None"]:
    """The lab of a pytest-trio test; None if its marker asks for none."""
    from cdp_bgservices.pytest_plugin import hooks
    from cdp_bgservices.pytest_plugin.marker import marker_of

    marker = marker_of(request.node)
    if not marker.parts:
        yield None
        return
    from cdp_bgservices.errors import BackgroundServicesError
    from cdp_bgservices.lab.opening import open_lab
    from cdp_bgservices.pytest_plugin.lab_browser import forward_all, reason_of

    async with AsyncExitStack() as stack:
        try:
            lab = await stack.enter_async_context(open_lab(marker.parts, push_from_pages=marker.push_from_pages))
        except BackgroundServicesError as error:
            hooks.skip(request.node, reason_of(error))
        if lab.network is not None:
            await forward_all(lab.network)
        yield lab


@pytest.fixture
async def bgservices_browser(request: pytest.FixtureRequest, bgservices_lab: "Lab | None") -> AsyncIterator["Browser"]:
    """The browser of a pytest-trio test: a headless Chromium of its own, in the test's lab. Override it."""
    from cdp_bgservices.browser.launch import Launch
    from cdp_bgservices.browser.opening import open_browser
    from cdp_bgservices.pytest_plugin.marker import marker_of

    launch = Launch()
    if bgservices_lab is not None:
        start = bgservices_lab.start
        launch = Launch(arguments=start.arguments, environment=start.environment, prefix=start.prefix)
    marker = marker_of(request.node)
    async with open_browser(launch=launch, ignore_https_errors=marker.ignores_https_errors) as browser:
        browser.in_lab = bgservices_lab is not None
        await marker.apply(browser)
        yield browser


@pytest.fixture
async def bgservices_in_trio(
    request: pytest.FixtureRequest,
    bgservices_browser: "Browser",
    bgservices_lab: "Lab | None",
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator["BackgroundServices"]:
    """For pytest-trio."""
    from cdp_bgservices.pytest_plugin import hooks
    from cdp_bgservices.pytest_plugin.marker import keep_permissions, marker_of
    from cdp_bgservices.store import open_store
    from cdp_bgservices.tasks import open_tasks
    from cdp_bgservices.testing.services import open_background_services

    folder = tmp_path_factory.mktemp("bgservices")
    async with (
        open_store(folder / "events.db") as store,
        open_background_services(bgservices_browser, store, bgservices_lab) as opened,
        open_tasks() as tasks,
    ):
        await tasks.start(keep_permissions, opened.recorder, marker_of(request.node))
        yield opened
        if keep := hooks.keeping(request):
            keep(await opened.events())
