"""The frame: services and views at the side, the store's foot, themes, empty states; and all of it at 360 pixels."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.web.page.viewing import MIDDAY, event, open_page, open_view, row, store, story

pytestmark = pytest.mark.browser

HOUR = timedelta(hours=1)
VIEWS = {"events": "Events", "timeline": "Timeline", "numbers": "Numbers", "workers": "Service workers"}


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    events = [*story("outbox", HOUR, failed=True), event(age=HOUR / 2, service="futureService", event_name="Something")]
    with open_view(store(tmp_path_factory.mktemp("store") / "some.db", events)) as address:
        yield address


@pytest.fixture(scope="module")
def empty_view(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with open_view(store(tmp_path_factory.mktemp("store") / "empty.db")) as address:
        yield address


def test_all_services_the_six_and_what_else_is_stored(page: Page, view: str) -> None:
    open_page(page, view)
    services = page.get_by_role("navigation", name="Services")
    expect(services.get_by_role("link")).to_have_text(
        [
            re.compile(r"All services\s*4 events"),
            re.compile(r"Background fetch\s*0 events"),
            re.compile(r"Background sync\s*3 events"),
            re.compile(r"Notifications\s*0 events"),
            re.compile(r"Payment handler\s*0 events"),
            re.compile(r"Periodic background sync\s*0 events"),
            re.compile(r"Push messaging\s*0 events"),
            re.compile(r"futureService\s*1 event"),
        ]
    )
    services.get_by_role("link", name="futureService").click()
    expect(row(page, "Something")).to_be_visible()
    expect(page.locator(".total")).to_have_text("1 event")


def test_the_foot_says_which_store_and_how_long_it_keeps(page: Page, view: str) -> None:
    open_page(page, view)
    foot = page.locator(".side footer")
    expect(foot).to_contain_text("some.db")
    expect(foot).to_contain_text("3 days")
    expect(foot).to_contain_text("No browser attached")


def test_without_a_browser_recording_says_what_to_do(page: Page, view: str) -> None:
    open_page(page, view)
    buttons = page.get_by_role("button", name=re.compile("^Start recording"))
    expect(buttons).to_have_count(8)  # Of each service, of all, and of what is looked at.
    for button in buttons.all():
        expect(button).to_be_disabled()
    page.keyboard.press("Control+e")
    expect(page.get_by_role("alert").filter(has_text="No browser is attached")).to_contain_text("--attach")
    page.get_by_role("button", name="Close this message").click()
    expect(page.get_by_role("alert").filter(has_text="No browser is attached")).to_have_count(0)


@pytest.mark.parametrize("title", VIEWS.values())
def test_views_are_links(page: Page, view: str, title: str) -> None:
    open_page(page, view)
    link = page.get_by_role("navigation", name="Views").get_by_role("link", name=title)
    link.click()
    expect(link).to_have_attribute("aria-current", "page")
    expect(page).to_have_title(f"{title} · some.db · Background services")
    page.reload()
    expect(link).to_have_attribute("aria-current", "page")


def test_an_empty_store(page: Page, empty_view: str) -> None:
    open_page(page, empty_view, service="pushMessaging")
    expect(page.get_by_role("heading", name="No recording yet")).to_be_visible()
    expect(page.locator(".empty")).to_contain_text("cdp-bgservices record")
    link = page.get_by_role("link", name="Learn more")
    expect(link).to_have_attribute("href", re.compile("background-services/#push$"))
    expect(link).to_have_attribute("rel", "noreferrer noopener")


@pytest.mark.parametrize("view_name", ["timeline", "numbers"])
def test_a_view_of_an_empty_store_says_what_to_do(page: Page, empty_view: str, view_name: str) -> None:
    open_page(page, empty_view, view=view_name)
    expect(page.get_by_role("heading", name="No recording yet")).to_be_visible()
    expect(page.locator("main")).not_to_contain_text("matches the filters")
    open_page(page, empty_view, view=view_name, text="nothing")
    expect(page.get_by_role("heading", name="No recording yet")).to_have_count(0)


def test_the_search_stays_where_it_is_when_there_is_nothing_to_save(page: Page, view: str) -> None:
    open_page(page, view)
    search = page.get_by_role("searchbox", name="Search")
    expect(page.locator(".total")).to_have_text("4 events")
    before = search.bounding_box()
    search.fill("not there")
    expect(page.get_by_role("heading", name="No event matches")).to_be_visible()
    assert search.bounding_box() == before


def test_service_workers_without_a_browser(page: Page, view: str) -> None:
    open_page(page, view, view="workers")
    expect(page.get_by_role("heading", name="No browser attached")).to_be_visible()


def test_without_the_token_it_says_so(page: Page, view: str) -> None:
    page.goto(view.split("#")[0])
    expect(page.get_by_role("heading", name="token is missing")).to_be_visible()


def test_themes(page: Page, view: str) -> None:
    open_page(page, view)
    paper = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(paper)
    page.emulate_media(color_scheme="dark")
    dark = page.evaluate(paper)
    assert light != dark
    page.get_by_role("button", name="Theme: system").click()
    assert page.evaluate(paper) == light
    page.reload()
    page.get_by_role("button", name="Theme: light").click()
    page.emulate_media(color_scheme="light")
    assert page.evaluate(paper) == dark


def test_the_keys_of_the_view_come_first(page: Page, view: str) -> None:
    open_page(page, view, view="timeline")
    page.get_by_role("link", name="Numbers").focus()
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys in Timeline")
    expect(keys).to_be_visible()
    places = keys.locator("caption").all_inner_texts()
    assert places.index("Timeline") < places.index("Anywhere") < places.index("Table")
    expect(keys.get_by_role("table", name="Timeline").get_by_role("row").filter(has_text="Left").first).to_be_visible()
    expect(keys.get_by_role("heading", name="In other views")).to_be_attached()
    for _ in range(3):  # The page behind it is out of reach.
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement === document.body || !!document.activeElement.closest('dialog')")
    page.keyboard.press("/")
    page.keyboard.press("Escape")
    expect(keys).to_have_count(0)
    expect(page.get_by_role("link", name="Numbers")).to_be_focused()
    page.get_by_role("searchbox", name="Search").focus()
    page.keyboard.press("?")
    expect(page.get_by_role("searchbox", name="Search")).to_have_value("?")
    expect(keys).to_have_count(0)
    page.get_by_role("button", name="Keys").click()
    keys.get_by_role("button", name="Close the keys").click()
    expect(page.get_by_role("button", name="Keys")).to_be_focused()


def open_focused(page: Page, view: str, where: str, kind: str, key: str, inside: str) -> None:
    """With an event selected, and what opens then has the focus."""
    open_page(page, view)
    page.get_by_role("grid").focus()
    page.keyboard.press("Home")
    expect(row(page, "Registered sync")).to_have_attribute("aria-selected", "true")
    assert focused_after(page, where, kind, key, inside)


@pytest.mark.parametrize(
    ("where", "kind", "key", "inside"),
    [
        (".grid", "contextmenu", "", "[role=menu]"),
        ("body", "keydown", "?", "dialog"),
        ("[title='Filter by time']", "click", "", ".panel"),
    ],
)
def test_what_opens_has_the_focus_before_the_next_key(
    page: Page, view: str, where: str, kind: str, key: str, inside: str
) -> None:
    open_focused(page, view, where, kind, key, inside)


def test_a_sheet_that_closes_gives_the_focus_back_before_the_next_key(narrow_page: Page, view: str) -> None:
    open_page(narrow_page, view)
    narrow_page.get_by_role("grid").focus()
    narrow_page.keyboard.press("Home")
    narrow_page.keyboard.press("Enter")
    expect(narrow_page.get_by_role("dialog").locator("h2")).to_have_text("Registered sync")
    assert focused_after(narrow_page, ".detail", "keydown", "Escape", ".grid")


@pytest.mark.parametrize(
    ("where", "kind", "key", "inside", "close"),
    [
        (".grid", "contextmenu", "", "[role=menu]", "hidePopover"),
        ("body", "keydown", "?", "dialog:modal", "requestClose"),
        ("body", "keydown", "?", "dialog:modal button", "click"),
    ],
)
def test_what_closes_opens_again_by_the_next_key(
    page: Page, view: str, where: str, kind: str, key: str, inside: str, close: str
) -> None:
    """It may come before the browser's event that it has closed, which is a task of its own."""
    open_focused(page, view, where, kind, key, inside)
    close_and(page, inside, close, where, kind, key)
    expect(page.locator(inside).first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(inside)).to_have_count(0)
    expect(page.get_by_role("grid")).to_be_focused()


INPUT = """
  const input = ([where, kind, key]) => {
    const options = { bubbles: true, cancelable: true };
    const event = key ? new KeyboardEvent(kind, { ...options, key }) : new MouseEvent(kind, options);
    document.querySelector(where).dispatchEvent(event);
  };
"""


def close_and(page: Page, inside: str, close: str, where: str, kind: str, key: str) -> None:
    """Close it, and do that in the same task, once the page has done what it puts off; then let other tasks come."""
    page.evaluate(
        f"""async ([inside, close, ...rest]) => {{
          {INPUT}
          document.querySelector(inside)[close]();
          for (let turn = 0; turn < 20; turn++) await null;
          input(rest);
          await new Promise((resolve) => setTimeout(resolve, 100)); // Nothing is to close it in this time.
        }}""",
        [inside, close, where, kind, key],
    )


def focused_after(page: Page, where: str, kind: str, key: str, inside: str) -> bool:
    """Whether the focus is there at once: before the browser draws, or takes another key."""
    found: bool = page.evaluate(
        f"""async ([inside, ...rest]) => {{
          {INPUT}
          input(rest);
          await null;
          return Boolean(document.activeElement.closest(inside));
        }}""",
        [inside, where, kind, key],
    )
    return found


@pytest.mark.parametrize("view_name", VIEWS)
def test_nothing_is_wider_than_a_telephone(narrow_page: Page, view: str, view_name: str) -> None:
    page = narrow_page
    open_page(page, view, view=view_name)
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    opener = page.get_by_role("button", name="All services")
    opener.click()
    expect(page.get_by_role("link", name=re.compile("^Push messaging"))).to_be_in_viewport()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name=re.compile("^Push messaging"))).to_be_hidden()
    expect(opener).to_be_focused()


def test_a_row_on_a_telephone_says_what_when_and_where(narrow_page: Page, view: str) -> None:
    open_page(narrow_page, view)
    failed = row(narrow_page, "sync event failed")
    expect(failed).to_contain_text("waitUntil rejected")
    for part in (".event", ".time", ".origin"):
        expect(failed.locator(part)).to_be_in_viewport(ratio=1)


def test_events_are_saved_as_devtools_does(browser: Browser, view: str) -> None:
    context = browser.new_context(accept_downloads=True, timezone_id=MIDDAY)
    page = context.new_page()
    open_page(page, view, service="backgroundSync")
    page.get_by_role("button", name="Save events").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="DevTools’ format").click()
    assert re.fullmatch(r"backgroundSync-\d{8}T\d{6}\.json", download.value.suggested_filename)
    assert download.value.path().read_text().count('"eventName"') == 3
    context.close()


def test_a_view_whose_script_comes_between_drawing_and_what_follows_it_is_drawn(own_page: Page, view: str) -> None:
    """Two wait for one script: it comes after the second one is drawn, and before that one's effects have run."""
    page = own_page
    # Without frames, effects run some ten milliseconds after what is drawn.
    page.add_init_script("window.requestAnimationFrame = () => 0")
    page.add_init_script("window.requestIdleCallback = (act) => window.act ? act() : (window.act = act)")
    open_page(page, view, view="workers")
    page.evaluate(
        """async () => {
          const { html, render } = await import('/vendor/preact.js');
          const { later } = await import('/frame/later.js');
          await import('/frame/charts.js');  // It is there at once, when it is asked for.
          const Waiting = later('Nothing', html`<b></b>`);
          const [first, second] = [document.createElement('p'), document.createElement('p')];
          document.body.append(first, second);
          const draw = (place) => render(html`<${Waiting} live=${{ lost: '' }} />`, place);
          draw(first);
          while (!window.act) await new Promise((done) => setTimeout(done, 10));
          window.act();
          draw(second);
        }"""
    )
    expect(page.locator("body > p")).to_have_count(2)
    expect(page.locator("body > p > b")).to_have_count(0)
