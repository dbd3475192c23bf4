"""DevTools' own pane and the viewer's page beside each other: the same browser, the same stored events, one run.

    python -m benchmarks.devtools [--events 20000 --events 200000] [--rounds 3]

Prints a table in Markdown: medians of milliseconds, by each page's own clock, up to the frame after the one that shows
it. DevTools is the one that comes with Chromium, opened at ``devtools://devtools/bundled/``. Its pane reads the
browser's log each time when it is opened. The viewer reads a store, into which a recorder has read that log: how long
that took stands below the table.
"""

import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import trio
from playwright.sync_api import BrowserContext, Page, sync_playwright
from playwright.sync_api import TimeoutError as TooLong

from benchmarks.load import fill, measure_each
from benchmarks.page import CHROMIUM, first_rows, look_at, open_chromium, open_page, open_viewer_process, settle
from cdp_bgservices.browser.launch import Launch
from cdp_bgservices.browser.opening import open_browser
from cdp_bgservices.query import Query
from cdp_bgservices.recorder import open_recorder
from cdp_bgservices.store import open_engine, open_store

SERVICE, TITLE = "backgroundSync", "Background sync"
OTHERS = "Show events from other domains"
PATIENCE = 120_000
"""Milliseconds: with very many events the pane is busy for minutes, and answers nothing else."""
DONE = "measured: "
"""How the line in DevTools' own console begins that says how long it took: it is waited for outside of the page."""
ROW = 20
"""Pixels of a row in DevTools."""
WATCH = """
window.deep = (selector, root = document) => {
  const found = [...root.querySelectorAll(selector)];
  for (const one of root.querySelectorAll('*')) if (one.shadowRoot) found.push(...deep(selector, one.shadowRoot));
  return found;
};
window.frame = () => new Promise(requestAnimationFrame);
window.body = () => deep('devtools-data-grid').at(-1)?.shadowRoot.querySelector('.data-container');
window.cells = () => [...(body()?.querySelectorAll('td.id-column') ?? [])].map((cell) => Number(cell.textContent));
window.height = () => body()?.scrollHeight ?? 0;
window.until = async (test) => {
  const begun = performance.now();
  do await frame(); while (!test());
  await frame();
  await frame();
  console.log('DONE' + (performance.now() - begun));
};
true;
""".replace("DONE", DONE)
TO_END = "void (body().scrollTop = body().scrollHeight)"
JUMP = """
async (events) => {
  const grid = document.querySelector('.grid');
  const begun = performance.now();
  grid.scrollTop = grid.scrollHeight;
  const there = () => grid.querySelector(`.window [role=row][aria-rowindex="${events + 1}"]:not(.coming)`);
  do await new Promise(requestAnimationFrame); while (!there());
  await new Promise(requestAnimationFrame);
  await new Promise(requestAnimationFrame);
  return performance.now() - begun;
}
"""
FIGURES = (
    "the first rows",
    "all events of the page's own site, then",
    "another filter: all sites, or one",
    "a jump to the last row",
)


async def record(profile: Path, store: Path, events: int) -> float:
    """Seconds from a browser that is open to the last commit."""
    async with open_browser(launch=Launch(profile=profile)) as browser, open_store(store) as kept:
        started = time.perf_counter()
        async with open_recorder(browser, kept, services=(SERVICE,)) as recorder:
            seconds = time.perf_counter() - started
            assert recorder.statistics.stored == events, f"{recorder.statistics.stored} of {events} stored"
            return seconds


@contextmanager
def open_profile(profile: Path) -> Iterator[tuple[BrowserContext, int]]:
    """And its port."""
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--remote-debugging-port=0", "--remote-allow-origins=*"]
        context = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=CHROMIUM,
            args=arguments,
            viewport={"width": 1280, "height": 800},
            service_workers="block",
        )
        yield context, int((profile / "DevToolsActivePort").read_text().split()[0])
        context.close()


def open_devtools(context: BrowserContext, port: int, origin: str) -> Page:
    """The Application panel of a page of that origin."""
    page = context.pages[0]
    page.route("**/*", lambda route: route.fulfill(body="<!doctype html>", content_type="text/html"))
    page.goto(origin)
    with urlopen(f"http://127.0.0.1:{port}/json") as answer:
        target = next(each["id"] for each in json.load(answer) if each["url"] == origin)
    devtools = context.new_page()
    devtools.set_default_timeout(PATIENCE)
    devtools.goto(
        f"devtools://devtools/bundled/devtools_app.html?ws=127.0.0.1:{port}/devtools/page/{target}&panel=resources"
    )
    devtools.get_by_text(TITLE, exact=True).first.wait_for()
    devtools.evaluate(WATCH)
    return devtools


def in_devtools(profile: Path, origin: str, events: int) -> list[float | str]:
    """What it has not shown in time is a text, and so is what follows that."""
    with open_profile(profile) as (context, port):
        devtools = open_devtools(context, port, origin)
        pane, box = devtools.get_by_text(TITLE, exact=True).first, devtools.get_by_text(OTHERS)
        steps: list[tuple[Callable[[], None], str]] = [
            (lambda: pane.click(no_wait_after=True), "cells().length"),
            (lambda: None, f"height() >= {events // 2 * ROW}"),
            (lambda: box.click(no_wait_after=True), f"height() >= {events * ROW}"),
            (lambda: devtools.evaluate(TO_END), f"cells().includes({events})"),
        ]
        figures: list[float | str] = []
        for act, test in steps:
            try:
                figures.append(measured(devtools, act, test))
            except TooLong:
                figures.append(f"not within {PATIENCE // 1000} s")
                break
        return [*figures, *["not reached"] * (len(steps) - len(figures))]


def measured(devtools: Page, act: Callable[[], None], test: str) -> float:
    """Raises TooLong."""
    with devtools.expect_console_message(lambda message: message.text.startswith(DONE), timeout=PATIENCE) as said:
        devtools.evaluate(f"void until(() => {test})")
        act()
    return float(said.value.text.removeprefix(DONE))


def in_viewer(store: Path, origin: str, events: int) -> list[float | str]:
    with open_viewer_process(store) as address, open_chromium() as browser, open_page(browser) as page:
        first = first_rows(page, address)
        # It says how many there are with the first rows, and reads the visible ones.
        assert page.locator(".grid").get_attribute("aria-rowcount") == str(events + 1)
        settle(page)
        filtered = look_at(page, address, {"origin": origin})
        last = page.evaluate(JUMP, events)
    return [first, first, filtered, last]


def measure(events: int, rounds: int) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        profile, store = Path(temporary) / "profile", Path(temporary) / "store.db"
        for _ in range(2):
            trio.run(fill, profile, events // 2)
        recorded = trio.run(record, profile, store, events)
        with open_engine(store) as engine:
            origin = next(iter(engine.events(Query(limit=1)))).origin
        devtools = [in_devtools(profile, origin, events) for _ in range(rounds)]
        viewer = [in_viewer(store, origin, events) for _ in range(rounds)]
    print(f"\n| {events:,} events, ms | DevTools | the viewer |\n|---|---:|---:|")
    for name, theirs, ours in zip(FIGURES, zip(*devtools, strict=True), zip(*viewer, strict=True), strict=True):
        print(f"| {name} | {spelled(theirs)} | {spelled(ours)} |")
    print(f"\nThe recorder had read them in {recorded:.1f} s.", flush=True)


def spelled(figures: Sequence[float | str]) -> str:
    texts = [each for each in figures if isinstance(each, str)]
    return texts[0] if texts else f"{statistics.median(map(float, figures)):,.0f}"


if __name__ == "__main__":
    measure_each(__doc__, measure)
