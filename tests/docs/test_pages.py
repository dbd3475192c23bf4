"""The pages are built without a warning, load nothing from elsewhere, and can be searched."""

import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.docs.blocks import ROOT, pages

pytestmark = pytest.mark.browser
expect.set_options(timeout=30_000)  # A busy machine is not the pages' fault.


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None: ...


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def address(built: Path) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=str(built))) as server:
        thread = Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def browser(chromium: Path) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Of a context of its own: the palette is remembered otherwise."""
    with browser.new_page() as page:
        yield page


def path_of(page: str) -> str:
    """Of the built page: ``docs/ci/index.md`` becomes ``ci/``."""
    return page.removeprefix("docs/").removesuffix("index.md").removesuffix(".md").rstrip("/") + "/"


def test_nothing_is_loaded_from_elsewhere_nor_wider_than_a_telephone(page: Page, address: str) -> None:
    """Each page is drawn once, for both."""
    page.set_viewport_size({"width": 360, "height": 740})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for path in map(path_of, pages()[1:]):
        answer = page.goto(address + path.lstrip("/"), wait_until="load")
        assert answer is not None
        assert answer.ok, path
        assert page.locator("article h1").count() == 1, path
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
    hosts = {urlsplit(url).netloc for url in asked if not url.startswith(("data:", "blob:"))}
    assert hosts == {urlsplit(address).netloc}
    assert {"script", "stylesheet", "image"} <= {kind_of(url) for url in asked}


def kind_of(url: str) -> str:
    return {"js": "script", "css": "stylesheet", "svg": "image"}.get(urlsplit(url).path.rpartition(".")[2], "")


def test_the_search_finds_a_page(page: Page, address: str) -> None:
    page.goto(address)
    box = page.get_by_role("textbox", name="Search")
    box.click()
    expect(page.locator(".md-search-result__meta")).to_have_text("Type to start searching")
    box.press_sequentially("junit")
    expect(page.locator(".md-search-result__item").first).to_contain_text("JUnit", ignore_case=True)


@pytest.mark.parametrize(("scheme", "expected"), [("light", "default"), ("dark", "slate")])
def test_the_palette_is_the_reader_s(page: Page, address: str, scheme: str, expected: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.goto(address)
    expect(page.locator("body")).to_have_attribute("data-md-color-scheme", expected)
