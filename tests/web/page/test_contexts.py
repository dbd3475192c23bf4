"""Browser contexts have names on the page: in a filter's menu, in what is filtered, in an event; in a file, too."""

import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from cdp_bgservices.contexts import DEFAULT, OTHER, BrowserContext
from cdp_bgservices.store import open_engine
from tests.cli.command import COMMAND, environment
from tests.web.page.viewing import STARTED, open_page, open_view, settled, store, story

pytestmark = pytest.mark.browser

HOUR = timedelta(hours=1)
OWN, MADE, TESTED, UNKNOWN = (digit * 32 for digit in "ABCD")


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    contexts = OWN, MADE, TESTED, UNKNOWN
    events = [each for context in contexts for each in story(context[0], 2 * HOUR, browser_context=context)]
    path = store(tmp_path_factory.mktemp("store") / "events.db", events)
    with open_engine(path) as database:
        database.keep_contexts(
            [
                made(OWN, kind=DEFAULT, number=0),
                made(MADE, ended=STARTED, why="it was closed"),
                made(TESTED, number=3, name="test_\u202ecart"),
            ]
        )
    return path


def made(context: str, **fields: object) -> BrowserContext:
    known: dict[str, object] = {"source": "test", "kind": OTHER, "number": 2}
    values = {**known, "context": context, "since": STARTED - 3 * HOUR, "noted": STARTED, **fields}
    return BrowserContext(**values)  # type: ignore[arg-type]


@pytest.fixture(scope="module", params=["viewer", "file"])
def view(path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    if request.param == "viewer":
        with open_view(path) as address:
            yield address
    else:
        page = path.with_name("page.html")
        subprocess.run([*COMMAND, "export", "--store", str(path), str(page)], check=True, env=environment())
        yield page.as_uri()


def test_each_has_its_name_where_it_is_chosen_and_shown(page: Page, view: str) -> None:
    open_page(page, view)
    page.get_by_role("button", name="Filter by context").click()
    choices = page.get_by_role("group", name="Filter by context").locator(".choices label")
    expect(choices.locator("bdi")).to_have_text(["default", "context 2", "test_\\u202ecart", "DDDDDDDD"])
    expect(choices.nth(1)).to_have_attribute("title", f"context 2, over: it was closed, {MADE}")
    expect(choices.nth(3)).to_have_attribute("title", UNKNOWN)
    choices.nth(1).get_by_role("checkbox").check()
    page.keyboard.press("Escape")
    chip = page.get_by_role("group", name="Active filters").locator(".chip")
    expect(chip.locator("bdi")).to_have_text("context 2")
    settled(page)
    page.locator(".grid .window [role=row]").first.click()
    field = page.locator(".fields div").filter(has=page.get_by_text("Browser context", exact=True)).locator("dd span")
    expect(field.first).to_contain_text(f"context 2 · {MADE}")
