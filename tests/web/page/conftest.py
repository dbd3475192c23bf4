"""A Chromium for all files, and one page for each; a page that breaks its own policy, or throws, fails the test."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, expect, sync_playwright

from tests.npm import npm_environment, program
from tests.web.page.viewing import MIDDAY, close_page

expect.set_options(timeout=30_000)  # A busy machine is not the page's fault.
AXE = "axe-core@4.14.1"


@pytest.fixture(scope="package")
def browser(chromium: Path) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Its script, from npm."""
    folder = tmp_path_factory.mktemp("npm")
    command = [program("npm"), "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder), AXE]
    subprocess.run(command, cwd=folder, timeout=100, check=True, env=npm_environment())
    return (folder / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def shared_page(browser: Browser) -> Iterator[Page]:
    """To load what a test looks at costs a fifth of what a new page does, whose process is new, too."""
    context = browser.new_context(reduced_motion="reduce", timezone_id=MIDDAY)
    yield context.new_page()
    context.close()


@pytest.fixture
def page(shared_page: Page) -> Iterator[Page]:
    """As wide as a laptop's window."""
    yield from open_watched(shared_page, width=1280)


@pytest.fixture
def narrow_page(shared_page: Page) -> Iterator[Page]:
    """As wide as a small telephone."""
    yield from open_watched(shared_page, width=360)


@pytest.fixture
def own_page(browser: Browser) -> Iterator[Page]:
    """For what a page keeps for ever, such as a script that runs before all others."""
    context = browser.new_context(reduced_motion="reduce", timezone_id=MIDDAY)
    yield from open_watched(context.new_page(), width=1280)
    context.close()


def open_watched(page: Page, *, width: int) -> Iterator[Page]:
    """As if it were new, and left so."""
    page.set_viewport_size({"width": width, "height": 800})
    faults: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            faults.append(message.text)

    def note_error(error: Error) -> None:
        faults.append(str(error))

    page.on("console", note)
    page.on("pageerror", note_error)
    yield page
    leave(page)
    page.remove_listener("console", note)
    page.remove_listener("pageerror", note_error)
    assert not faults


def leave(page: Page) -> None:
    """Without what a test, or what it looked at, has left in it."""
    for other in page.context.pages:
        if other is not page:
            other.close()
    page.unroute_all()
    close_page(page)
    page.emulate_media(color_scheme="light")
    page.context.clear_permissions()
    page.mouse.move(-1, -1)
