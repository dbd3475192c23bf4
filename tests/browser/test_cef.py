"""An app on the Chromium Embedded Framework: as docs/embedders.md says."""

import os
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio

from cdp_bgservices.browser.firing import fire
from cdp_bgservices.browser.opening import Browser, open_browser
from cdp_bgservices.browser.permissions import grant
from cdp_bgservices.browser.profile import armed_until
from cdp_bgservices.browser.triggers import push
from cdp_bgservices.events import Service
from cdp_bgservices.recorder import open_recorder
from cdp_bgservices.store import open_store
from tests.browser.environments import ensure_environment
from tests.browser.processes import noted_port
from tests.browser.windows import find_page, open_screen
from tests.waiting import look_again

DEADLINE = 120
PACKAGE = "cef-capi-py==131.3.5"
"""Chromium 131, the oldest that the tests drive: 124 MB."""
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def cef() -> Path:
    """The framework's own sample app."""
    (program,) = ensure_environment(PACKAGE, PACKAGE).glob("lib/*/site-packages/cef_capi/runtime/cefsimple")
    program.chmod(0o755)
    return program


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    with open_screen() as name:
        yield name


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    folder = tmp_path / "profile"
    folder.mkdir()
    return folder


@asynccontextmanager
async def open_app(cef: Path, profile: Path, url: str, display: str) -> AsyncIterator[Browser]:
    """Attached to by its profile folder."""
    arguments = ["--no-sandbox", "--disable-gpu", "--remote-debugging-port=0", f"--url={url}"]
    (profile / "DevToolsActivePort").unlink(missing_ok=True)
    process = await trio.lowlevel.open_process(
        [str(cef), *arguments, f"--user-data-dir={profile}", f"--cache-path={profile}"],
        env={**os.environ, "DISPLAY": display},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while not noted_port(profile):
            assert process.poll() is None, "it did not start"
            await look_again()
        async with open_browser(str(profile)) as browser:
            yield browser
    finally:
        process.terminate()
        with trio.CancelScope(shield=True):
            await process.wait()


async def test_it_is_recorded_and_goes_on_recording_when_it_is_started_again(
    cef: Path, display: str, profile: Path, site: str, tmp_path: Path
) -> None:
    with trio.fail_after(DEADLINE):
        async with (
            open_app(cef, profile, site, display) as browser,
            open_store(tmp_path / "first.db") as store,
            open_recorder(browser, store) as recorder,
        ):
            assert browser.product.startswith("Chrome/131.")
            assert recorder.source == str(profile)
            page = await find_page(browser, site)
            (context,) = recorder.contexts
            await grant(browser, site.rstrip("/"), context)
            await page.evaluate("site.sync('own')")
            await fire(browser, push("hello"), scope=site)
            await recorder.settle()
            names = {event.event_name async for event in store.events()}
            assert {"Sync completed", "Notification displayed", "Push event completed"} <= names
            while set(armed_until(profile)) != set(Service):
                await look_again()
            first = {event.id async for event in store.events()}
        async with (
            open_app(cef, profile, site, display) as browser,
            open_store(tmp_path / "second.db") as store,
            open_recorder(browser, store),
        ):
            assert first <= {event.id async for event in store.events()}
