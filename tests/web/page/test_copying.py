"""What is copied of an event: its fields, a report that nothing in it can change, and an address without the token."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from markdown_it import MarkdownIt
from playwright.sync_api import Page, expect

from cdp_bgservices.events import Event
from tests.web.page.viewing import event, open_page, open_view, row, store, story

pytestmark = pytest.mark.browser

SAYS = "``` \n# Owned <img src=x> ![x](http://evil.example/) [click](javascript:alert(1)) @everyone | \u202e"
AGE = timedelta(hours=2)
HOSTILE = event(
    age=AGE / 2, service="pushMessaging", event_name=f"Push {SAYS}", instance_id=SAYS, source=SAYS,
    metadata={"Error": SAYS, SAYS: "`"},
)  # fmt: skip
OUTBOX = story("outbox", AGE, failed=True)


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with open_view(store(tmp_path_factory.mktemp("store") / "events.db", [*OUTBOX, HOSTILE])) as address:
        yield address


@pytest.fixture
def copying(page: Page) -> Page:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    return page


def copy(page: Page, of: str, what: str) -> str:
    """Of the row that has the text, by its menu."""
    row(page, of).click(button="right")
    page.get_by_role("menuitem", name=what, exact=True).click()
    expect(page.locator("#announced")).to_have_text(f"{what}: copied")
    text: str = page.evaluate("navigator.clipboard.readText()")
    page.evaluate("document.getElementById('announced').textContent = ''")
    return text


def fields(one: Event) -> dict[str, object]:
    names = ("id", "service", "event_name", "origin", "instance_id", "metadata", "scope", "source", "browser_context")
    return {name: getattr(one, name) for name in names}


def test_an_event_and_its_story_as_json(copying: Page, view: str) -> None:
    open_page(copying, view)
    one = json.loads(copy(copying, "sync event failed", "Copy as JSON"))
    assert set(one) == set(Event.__struct_fields__)
    assert one == {**one, **fields(OUTBOX[2])}
    steps = json.loads(copy(copying, "sync event failed", "Copy story as JSON"))
    assert [step["id"] for step in steps] == [step.id for step in OUTBOX]


def test_a_report_says_what_failed_and_where(copying: Page, view: str) -> None:
    open_page(copying, view)
    report = copy(copying, "sync event failed", "Copy as Markdown")
    assert report.startswith("### ` Background sync: sync event failed, outbox ` failed: ` waitUntil rejected `")
    for said in ("- Origin: ` https://one.example/ `", "- Reason: ` waitUntil rejected `", "- cdp-bgservices: `"):
        assert said in report
    assert '"Failure Reason": "waitUntil rejected"' in report
    assert "Story: 3 events in 2.0 s" in report
    assert "+1.0 s  Dispatched sync event" in report
    whole = copy(copying, "Registered sync", "Copy story as Markdown")
    assert whole.startswith("### Story of ` Background sync: Registered sync, outbox `")
    assert "3 events in 2.0 s, 1 failed" in whole
    assert ": ` waitUntil rejected `" in whole


@pytest.mark.parametrize("what", ["Copy as Markdown", "Copy story as Markdown"])
def test_nothing_in_a_report_acts(copying: Page, view: str, what: str) -> None:
    """Read as Markdown it has nothing but headings, lists, code and text of ours."""
    open_page(copying, view)
    report = copy(copying, "Push ```", what)
    assert "\u202e" not in report
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(report)
    kinds = {token.type for token in tokens} | {
        child.type for token in tokens for child in token.children or [] if child.type != "text"
    }
    assert kinds <= {
        "heading_open", "heading_close", "inline", "bullet_list_open", "bullet_list_close", "list_item_open",
        "list_item_close", "paragraph_open", "paragraph_close", "fence", "code_inline", "softbreak",
    }  # fmt: skip
    ours = [child.content for token in tokens for child in token.children or [] if child.type == "text"]
    assert not any("Owned" in text or "@" in text for text in ours)
    assert sum(token.type == "heading_open" for token in tokens) == 1


def test_the_address_has_no_token(copying: Page, view: str) -> None:
    open_page(copying, view, service="backgroundSync")
    address = copy(copying, "sync event failed", "Copy address")
    assert "token" not in address
    assert "#" not in address
    assert "service=backgroundSync" in address
    assert f"selected={OUTBOX[2].id}" in address


def test_the_key_copies_the_event_as_text(copying: Page, view: str) -> None:
    open_page(copying, view)
    row(copying, "sync event failed").click()
    expect(copying.locator(".detail h2")).to_have_text("sync event failed")
    copying.get_by_role("grid").focus()
    copying.keyboard.press("ControlOrMeta+c")
    expect(copying.locator("#announced")).to_have_text("Event copied")
    lines = copying.evaluate("navigator.clipboard.readText()").splitlines()
    assert "Event: sync event failed" in lines
    assert "Failed: waitUntil rejected" in lines
    assert "Next Attempt Delay (ms): 300000" in lines


def test_the_detail_copies_too_and_says_so(copying: Page, view: str) -> None:
    open_page(copying, view, selected=OUTBOX[0].id)
    copying.locator(".detail").get_by_role("button", name="Copy").click()
    copying.get_by_role("menuitem", name="Copy ID").click()
    expect(copying.get_by_role("button", name="Copied")).to_be_visible()
    assert copying.evaluate("navigator.clipboard.readText()") == OUTBOX[0].id
    expect(copying.locator(".detail").get_by_role("button", name="Copy")).to_be_focused()


def test_where_copying_is_forbidden_the_text_is_shown(page: Page, view: str) -> None:
    open_page(page, view, selected=OUTBOX[0].id)
    page.evaluate("() => { navigator.clipboard.writeText = async () => { throw new Error('not allowed'); }; }")
    page.locator(".detail").get_by_role("button", name="Copy").click()
    page.get_by_role("menuitem", name="Copy ID").click()
    box = page.get_by_role("dialog").get_by_role("textbox", name="Copy ID")
    expect(box).to_have_value(OUTBOX[0].id)
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_the_menu_of_a_row_filters_and_goes_with_the_keys(page: Page, view: str) -> None:
    open_page(page, view)
    page.get_by_role("grid").focus()
    page.keyboard.press("Home")
    expect(page.locator(".detail h2")).to_have_text("Registered sync")
    page.get_by_role("grid").focus()
    page.keyboard.press("Shift+F10")
    expect(page.get_by_role("menuitem", name="Open", exact=True)).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("menu")).to_have_count(0)
    expect(page.get_by_role("grid")).to_be_focused()
    page.keyboard.press("Shift+F10")
    expect(page.get_by_role("menuitem", name="Open", exact=True)).to_be_focused()
    for _ in range(2):
        page.keyboard.press("ArrowDown")
    expect(page.get_by_role("menuitem", name="Show only event Registered sync")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".total")).to_have_text("1 event")
