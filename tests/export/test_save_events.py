"""``devtools`` is byte for byte what DevTools itself saves: its own front end, driven in the real Chromium."""

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect, sync_playwright

from tests.browser.peers import free_port
from tests.cli.command import run

pytestmark = pytest.mark.browser

# Half a surrogate pair in a tag DevTools would write as an escape; in a title Chromium replaces it, as we do in both.
ODD = [
    {"title": "plain", "tag": "one"},
    {"title": "quotes \" ' \\ / and 🎉 ü", "tag": "\u2028\u2029 </script>", "body": "line\nline\r\n\ttab"},
    {"title": "\x00\x01\x1f\x7f\x80\x9f\ufeff\u202e", "body": "", "tag": "e\u0301"},
    {"title": "half \ud83d a pair", "tag": "\ufffd", "body": "[1, 2.50, 1e21]"},
    {"title": "", "tag": ""},
    {"title": "x" * 3000, "tag": "long"},
]
SHOW = """async (notifications) => {
  const registration = await navigator.serviceWorker.ready;
  for (const { title, ...options } of notifications) await registration.showNotification(title, options);
}"""


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def context(chromium: Path, tmp_path: Path, port: int) -> Iterator[BrowserContext]:
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            tmp_path / "profile",
            executable_path=chromium,
            viewport={"width": 1600, "height": 900},
            args=["--no-sandbox", f"--remote-debugging-port={port}", "--remote-allow-origins=*"],
        )
        yield context
        context.close()


def open_devtools(context: BrowserContext, port: int, url: str) -> Page:
    """Its window for a page, on the pane of notifications."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list") as answer:
        (target,) = [target for target in json.load(answer) if target["url"] == url]
    devtools = context.new_page()
    inspected = f"ws=127.0.0.1:{port}/devtools/page/{target['id']}"
    devtools.goto(f"http://127.0.0.1:{port}/devtools/inspector.html?{inspected}&panel=resources")
    devtools.get_by_role("treeitem", name="Notifications", exact=True).click()
    return devtools


def test_saved_by_devtools_and_by_us(context: BrowserContext, port: int, site: str, tmp_path: Path) -> None:
    context.grant_permissions(["notifications"], origin=site.rstrip("/"))
    page = context.pages[0]
    page.goto(site)
    page.evaluate("site.ready()")
    devtools = open_devtools(context, port, site)
    devtools.get_by_role("button", name="Start recording events").first.click()
    expect(devtools.get_by_role("button", name="Stop recording events").first).to_be_visible()
    page.evaluate(SHOW, ODD)
    rows = devtools.get_by_role("row").filter(has_text="Notification displayed")
    expect(rows).to_have_count(len(ODD))
    with devtools.expect_download() as download:
        devtools.get_by_role("button", name="Save events").first.click()
    theirs = Path(download.value.path()).read_bytes()
    assert download.value.suggested_filename.startswith("notifications-")

    store = tmp_path / "events.db"
    recorded = run("record", "--store", store, "--attach", port, "--service", "notifications", "--for", "1s")
    assert recorded.returncode == 0, recorded.stderr
    exported = run("export", "--store", store, "--format", "devtools", tmp_path / "ours.json")
    assert exported.returncode == 0, exported.stderr
    assert (tmp_path / "ours.json").read_bytes() == theirs
    assert len(json.loads(theirs)) == len(ODD)

    # And back: what DevTools saved is what was recorded.
    source = json.loads(run("events", "--store", store, "--format", "jsonl").stdout.splitlines()[0])["source"]
    (tmp_path / "theirs.json").write_bytes(theirs)
    imported = run("import", "--store", store, "--source", source, tmp_path / "theirs.json")
    assert imported.stderr == f"0 stored, {len(ODD)} known, 0 too old\n"
