"""What the tests of a capture with a verdict share: a suite beside it, and what its reports say."""

import shlex
import sys
from pathlib import Path
from xml.etree import ElementTree

import msgspec
import trio

from cdp_bgservices.events import Event
from tests.cli.running import Result, run

DEADLINE = 60
FAILED_SYNC = "backgroundSync:sync event failed"
COMPLETED = "backgroundSync:Sync completed"
CLICKED = "notifications:Notification clicked"
USED = "the browser that is recorded is used"

SUITE = """
import os, sys
from playwright.sync_api import sync_playwright

with sync_playwright() as playwright:
    browser = playwright.chromium.connect_over_cdp(os.environ["CDP_BGSERVICES_ENDPOINT"])
    page = browser.contexts[0].new_page()
    page.goto(sys.argv[1])
    page.evaluate("site.ready()")
    for tag in sys.argv[3:]:
        page.evaluate("tag => site.sync(tag)", tag)
    print("the suite is done at port", os.environ["CDP_BGSERVICES_PORT"], os.environ["CDP_BGSERVICES_STORE"])
    browser.close()
sys.exit(int(sys.argv[2]))
"""
"""An end-to-end suite: ADDRESS STATUS TAG…"""


def suite(folder: Path, site: str, status: int, *tags: str) -> str:
    script = folder / "suite.py"
    script.write_text(SUITE)
    return shlex.join([sys.executable, str(script), site, str(status), *tags])


def python(code: str) -> str:
    return shlex.join([sys.executable, "-c", code])


def on(site: str, calls: str) -> tuple[str, ...]:
    """A page that makes these calls, with all permissions."""
    return "record", "--url", f"{site}?{calls}", "--grant", site.rstrip("/"), "--for", "30s"


def read_lines(path: Path) -> list[Event]:
    return [msgspec.json.decode(line, type=Event) for line in path.read_bytes().splitlines()]


def names(events: list[Event]) -> list[str]:
    return [event.event_name for event in events]


def pictures(folder: Path) -> list[Path]:
    return list(folder.glob("*.svg"))


def cases(junit: Path) -> dict[str, str]:
    """What became of each test case."""
    suite = ElementTree.parse(junit).getroot()[0]
    return {str(case.get("name")): case[0].tag if len(case) else "passed" for case in suite.iter("testcase")}


async def record(tmp_path: Path, *arguments: str) -> Result:
    with trio.fail_after(DEADLINE):
        result = await run(tmp_path / "events.db", *arguments)
    assert "Traceback" not in result.err
    return result
