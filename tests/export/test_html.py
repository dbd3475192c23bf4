"""The viewer in one file, in the real Chromium, from the disk: it works, and nothing that is in it can act."""

import base64
import re
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from cdp_bgservices.coverage.report import SeriesReport
from cdp_bgservices.coverage.values import DEFAULT, Interval, State
from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.events import Event
from cdp_bgservices.export.documents import About
from cdp_bgservices.export.html import ENTRY, MOST_EVENTS, pieces
from cdp_bgservices.export.modules import join_in_two, join_modules
from cdp_bgservices.export.page import PAGE, escape_code, join_page, safe_json
from cdp_bgservices.export.page_values import page_words
from tests.export.capture import NASTY, a_sync
from tests.making import NOW, event, events
from tests.web.page.viewing import close_page, wait_until

ACTING = (
    "</script><script>window.acted = 1</script>",
    "</SCRIPT ><img src=x onerror='window.acted = 1'><script>window.acted = 1//",
    "<!--<script>window.acted = 1</script>-->",
    "]]></style><style>@import 'http://127.0.0.1:9/acted';</style>",
    "<svg onload=window.acted=1><a href='javascript:window.acted=1'>x</a></svg>",
    "<iframe srcdoc='<script>parent.acted=1</script>'></iframe><base href='http://127.0.0.1:9/'>",
    "{{constructor.constructor('window.acted = 1')()}} ${window.acted = 1} `${window.acted = 1}`",
    "\u2028window.acted = 1\u2029\x00\x1b[31m",
    "__proto__",
    "constructor",
    "javascript:window.acted=1",
    NASTY,
)


@pytest.fixture(scope="module")
def browser(chromium: Path) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def shared_page(browser: Browser) -> Iterator[Page]:
    """A new page has a new process, which costs about a sixth of what these tests do."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    yield context.new_page()
    context.close()


class Opened:
    """A page from the disk, and what it did."""

    def __init__(self, page: Page, path: Path) -> None:
        self.page = page
        self.path = path
        self.requests: list[str] = []
        self.said: list[str] = []

    @contextmanager
    def listening(self) -> Iterator[None]:
        listeners: dict[Any, Any] = {
            "request": lambda request: self.requests.append(request.url),
            "console": lambda message: self.said.append(message.text),
            "pageerror": lambda error: self.said.append(str(error)),
            "dialog": lambda dialog: self.said.append(dialog.message),
        }
        for name, listener in listeners.items():
            self.page.on(name, listener)
        yield
        for name, listener in listeners.items():
            self.page.remove_listener(name, listener)

    def go(self, search: str = "") -> Page:
        self.page.goto(self.path.as_uri() + search)
        return self.page

    def check(self) -> None:
        """Nothing was fetched but the page, and nothing went wrong or was refused."""
        assert {url.partition("?")[0] for url in self.requests if not url.startswith("data:")} == {self.path.as_uri()}
        assert self.said == []
        assert self.page.evaluate("window.acted") is None


@pytest.fixture
def opened(shared_page: Page, tmp_path: Path) -> Iterator[Opened]:
    opened = Opened(shared_page, tmp_path / "events.html")
    with opened.listening():
        yield opened
    close_page(shared_page)


def write(path: Path, items: list[Event], **about: object) -> None:
    path.write_bytes(b"".join(pieces([items], About(moment=NOW, store="events.db", **about))))  # type: ignore[arg-type]


def story() -> list[Event]:
    return sorted(
        [*a_sync(), *(event(number, instance_id=f"many-{number}") for number in range(300))],
        key=lambda item: item.timestamp,
    )


@pytest.mark.browser
def test_the_table_and_its_filters(opened: Opened) -> None:
    items = story()
    write(opened.path, items)
    page = opened.go()
    expect(page.get_by_text("304 events", exact=True).last).to_be_visible()
    expect(page.get_by_text("many-0", exact=True)).to_be_visible()
    page.get_by_placeholder("Search").fill("REJECTED")
    expect(page.get_by_text("many-0", exact=True)).to_have_count(0)
    expect(page.get_by_text("sync event failed")).to_be_visible()
    expect(page).to_have_url(re.compile("text=REJECTED"))
    page.get_by_text("sync event failed").click()
    expect(page.get_by_text("waitUntil rejected").last).to_be_visible()
    expect(page).to_have_url(re.compile(f"selected={items[-1].id}"))
    page.reload()
    expect(page.get_by_text("waitUntil rejected").last).to_be_visible()
    opened.check()


@pytest.mark.browser
@pytest.mark.parametrize("view", ["events", "timeline", "numbers"])
def test_each_view_opens_from_its_address(opened: Opened, view: str) -> None:
    write(opened.path, story())
    page = opened.go(f"?view={view}&service=backgroundSync")
    expect(page.locator("main")).to_be_visible()
    expect(page).to_have_title(re.compile(f"^{view.capitalize()} "))
    wait_until(page, "document.querySelector('main').innerText.length > 5")
    opened.check()


@pytest.mark.browser
def test_what_needs_a_server_is_not_offered(opened: Opened) -> None:
    write(opened.path, story())
    page = opened.go()
    expect(page.get_by_text("304 events", exact=True).last).to_be_visible()
    expect(page.get_by_role("link", name="Service workers")).to_have_count(0)
    expect(page.get_by_role("button", name=re.compile("recording|Clear"))).to_have_count(0)
    opened.check()


@pytest.mark.browser
def test_no_events(opened: Opened) -> None:
    write(opened.path, [])
    page = opened.go()
    expect(page.get_by_text("This file has no background service events.")).to_be_visible()
    opened.check()


@pytest.mark.browser
@pytest.mark.parametrize("view", ["events", "timeline", "numbers"])
def test_payloads_are_text(opened: Opened, view: str) -> None:
    items = [
        event(
            number,
            service=text if number % 2 else "backgroundSync",
            event_name=text,
            origin=text,
            storage_key=text,
            scope=text,
            instance_id=text,
            source=text,
            browser_context=text,
            metadata={text: text, "Failure Reason": text},
        )
        for number, text in enumerate(ACTING)
    ]
    gap = Interval(
        context_kind=DEFAULT, service=ACTING[0], begin=items[0].timestamp, end=NOW, state=State.LAPSED, detail=ACTING[0]
    )
    coverage = {ACTING[0]: [SeriesReport(context_kind=DEFAULT, service=ACTING[0], intervals=(gap,))]}
    write(opened.path, items, coverage=coverage)
    for item in (items[0], items[-1]):
        page = opened.go(f"?view={view}&selected={item.id}")
        expect(page.locator("main")).to_be_visible()
        wait_until(page, "document.querySelector('main').innerText.length > 5")
        expect(page.locator("main script, main iframe, main img, base")).to_have_count(0)
    opened.go(f"?view={view}")
    assert opened.page.evaluate("JSON.parse(document.getElementById('data').textContent).state.cursor") == len(items)
    opened.check()


@pytest.mark.browser
def test_the_policy_lets_nothing_else_run_or_be_fetched(opened: Opened) -> None:
    """If anything gets in nevertheless."""
    write(opened.path, story())
    page = opened.go()
    expect(page.get_by_text("304 events", exact=True).last).to_be_visible()
    opened.check()
    page.evaluate(
        """async () => {
          const script = document.createElement('script');
          script.textContent = 'window.acted = 1';
          document.body.append(script);
          document.body.insertAdjacentHTML('beforeend', '<button id=try onclick="window.acted = 1">x</button>');
          document.getElementById('try').click();
          document.body.insertAdjacentHTML('beforeend', '<style>body { display: none }</style>');
          await Promise.allSettled([fetch('http://127.0.0.1:9/x'), import('data:text/javascript,window.acted = 1')]);
        }"""
    )
    assert page.evaluate("window.acted") is None
    expect(page.get_by_text("304 events", exact=True).last).to_be_visible()
    refused = " ".join(opened.said)
    for directive in ("script-src", "style-src", "default-src"):
        assert directive in refused
    assert len(opened.said) >= 5
    assert {url.partition("?")[0] for url in opened.requests if "127.0.0.1" in url} == set()


def test_its_hashes_are_those_of_what_is_in_it(tmp_path: Path) -> None:
    write(tmp_path / "a.html", story())
    text = (tmp_path / "a.html").read_text()
    (policy,) = re.findall(r'<meta http-equiv="Content-Security-Policy" content="([^"]+)">', text)
    assert "unsafe" not in policy
    assert policy.startswith("default-src 'none';")
    scripts = re.findall(r'<script type="module">(.*?)</script>', text, re.DOTALL)
    styles = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    for (code,) in (scripts, styles):
        assert f"'sha256-{base64.b64encode(sha256(code.encode()).digest()).decode()}'" in policy
    assert text.index("Content-Security-Policy") < text.index("<style>")
    assert not re.findall(r'(?:src|href)="(?!data:|#)', text.replace(scripts[0], ""))
    (data,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    assert "<" not in data


def test_the_most_events() -> None:
    asked = 0

    def pages() -> Iterator[list[Event]]:
        nonlocal asked
        while True:
            asked += 1
            yield events(500)

    with pytest.raises(InvalidInputError, match="50,000") as caught:
        next(pieces(pages(), About()))
    assert f"--limit {MOST_EVENTS}" in caught.value.remedy
    assert asked == MOST_EVENTS // 500 + 1


def test_the_whole_page_can_be_joined() -> None:
    before, after = join_page(PAGE, ENTRY, page_words(), "<Nightly> & more")
    assert before.count("<title>&lt;Nightly&gt; &amp; more</title>") == before.count("<title>") == 1
    assert before.count("<style>") == 1
    assert (before + after).count("<script") == 3
    assert not re.search(r"^(import|export)\b", after, re.MULTILINE)


@pytest.mark.parametrize(
    "code",
    [
        "import start from './b.js';\n",
        "import * as b from './b.js';\n",
        "import './b.js';\n",
        "export default 1;\n",
        "export * from './b.js';\n",
        "const b = await import(`./b.js`);\n",
        "const b = await import('../outside.js');\n",
        "console.log(import.meta.url);\n",
        "import { b } from '../outside.js';\n",
    ],
)
def test_what_cannot_be_joined_is_refused(tmp_path: Path, code: str) -> None:
    (tmp_path / "page").mkdir()
    (tmp_path / "page" / "a.js").write_text(code)
    (tmp_path / "page" / "b.js").write_text("export const b = 1;\n")
    (tmp_path / "outside.js").write_text("export const b = 1;\n")
    with pytest.raises(ValueError, match=r"a\.js"):
        join_modules(tmp_path / "page", "a.js")


@pytest.mark.browser
def test_joined_modules_do_what_they_did(tmp_path: Path, browser: Browser) -> None:
    """Renamed, of several lines, in circles, minified."""
    (tmp_path / "inner").mkdir()
    (tmp_path / "a.js").write_text(
        "// import nothing from here\nimport {\n  odd as isOdd,\n  EVEN,\n} from './inner/b.js';\n"
        "import { z, y as w } from './c.js';\n"
        "export function even(n) {\n  return n === 0 || isOdd(n - 1);\n}\n"
        "export const SEEN = `import { x } from 'y' <\\/script> ${EVEN}`;\n"
        "window.seen = [even(4), even(3), z, w, SEEN];\n"
    )
    (tmp_path / "inner" / "b.js").write_text(
        "import { even } from '../a.js';\nexport const EVEN = 'even';\n"
        "export function odd(n) {\n  return n !== 0 && even(n - 1);\n}\n"
    )
    (tmp_path / "c.js").write_text(
        "var a=1,$=class{};function b(){return 2}export{a as z,b as x};const y=b();export{y};"
    )
    page = browser.new_page()
    page.add_script_tag(content=join_modules(tmp_path, "a.js"), type="module")
    reported = page.evaluate("window.seen")
    page.close()
    assert reported == [True, False, 1, 2, "import { x } from 'y' </script> even"]


@pytest.mark.browser
def test_what_is_imported_later_is_a_script_of_its_own(tmp_path: Path, browser: Browser) -> None:
    """With what only it needs; what both need is there once."""
    (tmp_path / "a.js").write_text(
        "import { seen } from './b.js';\nseen.push('a');\nwindow.later = () => import('./c.js');\nwindow.seen = seen;\n"
    )
    (tmp_path / "b.js").write_text("export const seen = [];\n")
    (tmp_path / "c.js").write_text(
        "import { seen } from './b.js';\nimport { word } from './d.js';\nseen.push(word);\nexport const end = 'end';\n"
    )
    (tmp_path / "d.js").write_text("export const word = 'later';\n")
    first, second = join_in_two(tmp_path, "a.js", ("first.js", "second.js"))
    assert "'later'" not in first
    assert "'later'" in second
    texts = {
        "/": {"content_type": "text/html", "body": '<script type="module" src="first.js"></script>'},
        "/first.js": {"content_type": "text/javascript", "body": first},
        "/second.js": {"content_type": "text/javascript", "body": second},
    }
    page = browser.new_page()
    page.route("**", lambda route: route.fulfill(**texts[urlsplit(route.request.url).path]))
    page.goto("http://page.example/")
    assert page.evaluate("window.seen") == ["a"]
    assert page.evaluate("Promise.all([later(), later()]).then(([{ end }]) => [...seen, end])") == ["a", "later", "end"]
    page.close()
    page = browser.new_page()
    page.add_script_tag(content=join_modules(tmp_path, "a.js"), type="module")
    assert page.evaluate("later().then(({ end }) => [...seen, end])") == ["a", "later", "end"]
    page.close()


def test_json_and_code_cannot_end_their_elements() -> None:
    assert safe_json('"</script><!--\u2028\u2029"') == '"\\u003c/script>\\u003c!--\\u2028\\u2029"'
    assert escape_code("'</script>' + `</STYLE>` + '<!--'") == r"'<\/script>' + `<\/STYLE>` + '<\!--'"
