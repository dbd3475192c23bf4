"""How long a user waits for the viewer's page, in a real Chromium, and how much memory that page takes.

    python -m benchmarks.page [STORE [ROUNDS]]

STORE is one that is there; else one of a million events is made. Milliseconds by the page's own clock, up to the frame
after the one that shows it; the least, the median and the most of several rounds, each with a viewer and a page of its
own, in a browser that is idle before.
"""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from urllib.parse import urlencode, urlsplit, urlunsplit

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.viewing import fill, make
from cdp_bgservices.store import open_engine

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
ROUNDS = 5
LIVE = 20
PAUSE = 1000
"""Milliseconds between two looks at what the browser has used of the processors,"""
BUSY = 0.05
"""and the share of one of them that is still counted as idle."""
LULL = 15_000
"""Milliseconds in which Chromium collects what is not needed any more: it leaves that for when it is idle."""
MIB = 2**20
FILTERS: dict[str, dict[str, str]] = {
    "one service": {"service": "pushMessaging"},
    "an event": {"event": "Push message received"},
    "an origin": {"origin": "https://app3.example/"},
    "a scope": {"scope": "https://app4.example/app/"},
    "an instance": {"instance": "push-150000"},
    "a source": {"source": "/home/ada/profile"},
    "a context": {"context": "CONTEXT"},
    "the last two hours": {"since": "2h"},
    "text in payloads": {"text": "Message 12"},
    "text that is not there": {"text": "nowhere at all"},
    "failures": {"failed": "1"},
    "text in failures": {"failed": "1", "text": "rejected"},
    "sorted by service": {"sort": "service"},
    "sorted by event": {"sort": "event"},
    "sorted by origin": {"sort": "origin"},
    "sorted by storage key": {"sort": "storage_key"},
    "sorted by scope": {"sort": "scope"},
    "sorted by instance": {"sort": "instance"},
    "sorted by instance, the last first": {"sort": "instance", "order": "desc"},
    "an event of an origin, sorted by instance": {
        "event": "Push message received",
        "origin": "https://app3.example/",
        "sort": "instance",
    },
}
WATCH = """
const drawn = () => document.querySelector('.grid .window [role=row]:not(.gap):not(.coming)');
const settled = () => document.querySelector('.listing[aria-busy=false]')
  && (drawn() || document.querySelector('.listing .empty'));
const frame = () => new Promise(requestAnimationFrame);
const until = (test) => new Promise((done) => {
  const watch = new MutationObserver(look);
  function look() {
    if (!test()) return;
    watch.disconnect();
    frame().then(frame).then(() => done(performance.now()));
  }
  watch.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
  look();
});
window.firstRows = until(drawn);
window.lookAt = async (address) => {
  const begun = performance.now();
  history.pushState(null, '', address);
  dispatchEvent(new PopStateEvent('popstate'));
  await frame();
  return (await until(settled)) - begun;
};
window.follow = () => {
  window.seen = {};
  const found = new Set();
  const watch = new MutationObserver(() => {
    for (const { textContent } of document.querySelectorAll('.grid [role=gridcell].instance')) {
      const name = textContent.trim();
      if (!name.startsWith('live-') || found.has(name)) continue;
      found.add(name);
      frame().then(frame).then(() => { window.seen[name] = performance.timeOrigin + performance.now(); });
    }
  });
  watch.observe(document.querySelector('.grid'), { subtree: true, childList: true, characterData: true });
};
"""
"""In the page before its own scripts. What a filter changes is drawn as stale first, until its rows are there. A commit
is seen by its own row: the number of rows also changes as events expire."""
PAN = """async (number) => {
  const canvas = document.querySelector('.timeline-stage canvas');
  const { x, y } = canvas.getBoundingClientRect();
  const times = [];
  let last = await new Promise(requestAnimationFrame);
  for (let at = 0; at < number; at += 1) {
    const turn = { clientX: x + 600, clientY: y + 300, deltaX: at % 40 < 20 ? 8 : -8 };
    canvas.dispatchEvent(new WheelEvent('wheel', { bubbles: true, cancelable: true, ...turn }));
    const now = await new Promise(requestAnimationFrame);
    times.push(now - last);
    last = now;
  }
  return times;
}"""
ADD = """
import sys, time
from benchmarks.viewing import make
from cdp_bgservices.store import open_engine
with open_engine(sys.argv[1]) as database:
    for line in sys.stdin:
        at = int(time.time() * 1e6)
        name = f"live-{at}"
        event = make(at, "backgroundSync", "Registered sync", "https://live.example/", name, {})
        database.add([event])
        print(name, time.time() * 1e3, flush=True)
"""


@contextmanager
def open_viewer_process(store: Path) -> Iterator[str]:
    """Its address."""
    command = [sys.executable, "-m", "cdp_bgservices", "view", "--store", str(store)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


@contextmanager
def open_chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-features=SpareRendererForSitePerProcess"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        browser.close()


@contextmanager
def open_page(browser: Browser) -> Iterator[Page]:
    """In a browser that has done with its own windows: Chromium loads pages of its own behind each new one."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.add_init_script(WATCH)
    page = context.new_page()
    wait_idle(browser, page)
    yield page
    context.close()


def wait_idle(browser: Browser, page: Page) -> None:
    session = browser.new_browser_cdp_session()

    def used() -> float:
        info = session.send("SystemInfo.getProcessInfo")
        return float(sum(process["cpuTime"] for process in info["processInfo"]))

    before = used()
    while True:
        page.wait_for_timeout(PAUSE)
        now = used()
        if (now - before) * 1000 < PAUSE * BUSY:
            break
        before = now
    session.detach()


def first_rows(page: Page, address: str) -> float:
    """From the beginning of the navigation."""
    page.goto(address, wait_until="commit")
    return float(page.evaluate("window.firstRows"))


def look_at(page: Page, address: str, parameters: dict[str, str]) -> float:
    """From the change of the filters to their rows, and back again to all."""
    target = urlunsplit(urlsplit(address)._replace(scheme="", netloc="", query=urlencode(parameters)))
    elapsed = page.evaluate("address => lookAt(address)", target)
    page.evaluate("address => lookAt(address)", urlunsplit(urlsplit(address)._replace(scheme="", netloc="")))
    return float(elapsed)


def settle(page: Page) -> None:
    """Until the overview is drawn."""
    page.locator(".overview[aria-busy=false]").wait_for(timeout=60_000)


def live(page: Page, store: Path, number: int = LIVE) -> list[float]:
    """From the commits of another process to their rows."""
    page.evaluate("follow()")
    delays = []
    command = [sys.executable, "-c", ADD, str(store)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        for count in range(1, number + 1):
            process.stdin.write("\n")
            process.stdin.flush()
            name, committed = process.stdout.readline().split()
            page.wait_for_function("name => name in window.seen", arg=name, timeout=30_000)
            delays.append(page.evaluate("name => window.seen[name]", name) - float(committed))
            page.wait_for_timeout(37 * (count % 7))
    return delays


def scroll(page: Page) -> None:
    """From the newest row to the oldest and back, with some stops on the way."""
    for step in [*range(40), *reversed(range(40))]:
        share = "grid => { grid.scrollTop = grid.scrollHeight * %f; }" % (step / 39)
        page.locator(".grid").evaluate(share)
        page.locator(".grid .window [role=row]:not(.coming)").first.wait_for()


def fill_lanes(path: Path, number: int = 10_000) -> Path:
    """Syncs of three events each, over the last hour."""
    began = int((time.time() - 3600) * 1e6)
    steps = ("Registered sync", "Dispatched sync event", "Sync completed")
    with open_engine(path) as database:
        database.add(
            [
                make(
                    began + lane * 350_000 + at * 1000,
                    "backgroundSync",
                    name,
                    "https://live.example/",
                    f"tag-{lane}",
                    {},
                )
                for lane in range(number)
                for at, name in enumerate(steps)
            ]
        )
    return path


def frames(page: Page, address: str, number: int = 120) -> tuple[float, float]:
    """Among 10,000 lanes that are panned: from frame to frame, and what the page's thread computes for one."""
    page.goto(urlunsplit(urlsplit(address)._replace(query="view=timeline")))
    page.locator(".timeline-stage[aria-busy=false]").wait_for(timeout=60_000)
    page.wait_for_timeout(1000)
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def computed() -> float:
        metrics = session.send("Performance.getMetrics")["metrics"]
        return next(float(each["value"]) * 1000 for each in metrics if each["name"] == "TaskDuration")

    before = computed()
    times = page.evaluate(PAN, number)
    return median(times), (computed() - before) / number


def memory(browser: Browser, page: Page) -> tuple[float, float]:
    """The page's process, as the share of it that is its own, and the heap of its scripts: MiB."""
    info = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")
    renderers = [process["id"] for process in info["processInfo"] if process["type"] == "renderer"]
    rollups = [Path(f"/proc/{number}/smaps_rollup").read_text() for number in renderers]
    sizes = [int(found[1]) / 1024 for text in rollups if (found := re.search(r"^Pss:\s+(\d+) kB", text, re.MULTILINE))]
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    metrics = {each["name"]: each["value"] for each in session.send("Performance.getMetrics")["metrics"]}
    return max(sizes), metrics["JSHeapUsedSize"] / MIB


def measure(store: Path, rounds: int = ROUNDS) -> dict[str, list[float]]:
    """All figures, by name; milliseconds, and of memory MiB."""
    figures: dict[str, list[float]] = {}

    def note(name: str, value: float) -> None:
        figures.setdefault(name, []).append(value)
        print(f"{value:8.0f}  {name}", file=sys.stderr, flush=True)

    with open_chromium() as browser:
        for _ in range(rounds):
            with open_viewer_process(store) as address, open_page(browser) as page:
                note("the first rows, of a viewer that was opened just now", first_rows(page, address))
                settle(page)
                note("… and the overview above them", page.evaluate("performance.now()"))
                note("MiB of the page", memory(browser, page)[0])
                page.wait_for_timeout(1000)
                for name, parameters in FILTERS.items():
                    note(f"filter: {name}", look_at(page, address, parameters))
                with open_page(browser) as second:
                    note("the first rows, of one that runs", first_rows(second, address))
                for delay in live(page, store):
                    note("from a commit to its row", delay)
                scroll(page)
                whole, heap = memory(browser, page)
                note("MiB of the page after all that", whole)
                note("MiB of its scripts' heap then", heap)
                page.wait_for_timeout(LULL)
                note("MiB of the page after 15 s without input", memory(browser, page)[0])
            with TemporaryDirectory() as folder:
                lanes = fill_lanes(Path(folder) / "lanes.db")
                with open_viewer_process(lanes) as address, open_page(browser) as page:
                    apart, thread = frames(page, address)
                    note("ms from frame to frame, 10,000 lanes that are panned", apart)
                    note("ms of the page's thread for such a frame", thread)
    return figures


def report(figures: dict[str, list[float]]) -> None:
    for name, values in figures.items():
        print(f"{min(values):8.0f} {median(values):8.0f} {max(values):8.0f}  {name}", flush=True)


def main() -> None:
    with TemporaryDirectory() as folder:
        path = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(folder) / "events.db"
        if not path.exists():
            fill(path)
        report(measure(path.absolute(), int(sys.argv[2]) if len(sys.argv) > 2 else ROUNDS))


if __name__ == "__main__":
    main()
