"""One push, one notification: judged on what a real Chromium logs of a worker that shows too many, or none."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import trio

from cdp_bgservices.browser.firing import fire
from cdp_bgservices.browser.launch import Launch
from cdp_bgservices.browser.opening import open_browser
from cdp_bgservices.browser.pages import open_page
from cdp_bgservices.browser.permissions import grant
from cdp_bgservices.browser.triggers import push
from cdp_bgservices.events import Event
from cdp_bgservices.recorder import open_recorder
from cdp_bgservices.rules import Outcome, Verdict
from cdp_bgservices.rules.judging import judge
from cdp_bgservices.store import open_store
from tests.acting import stored
from tests.making import ids
from tests.rules.making import rule

pytestmark = pytest.mark.browser

FILES = {
    "/": (b"<!doctype html><title>push</title>", "text/html"),
    "/worker.js": (
        b"""
        addEventListener("push", (event) => event.waitUntil(show(Number(event.data.text()))));
        async function show(count) {  // As an SDK's handler and the app's own do, each for itself.
          for (let number = 0; number < count; number++)
            await registration.showNotification("News", { body: `${number} of ${count}` });
        }
        addEventListener("install", () => skipWaiting());
        """,
        "text/javascript",
    ),
}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body, kind = FILES.get(self.path, (b"", "text/plain"))
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        pass


@contextmanager
def serve() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://localhost:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def pushed(tmp_path_factory: pytest.TempPathFactory) -> dict[int, list[Event]]:
    """The events of one push each, by how many notifications it shows; Chromium's own, recorded."""
    counts = (1, 2, 0)

    async def record(folder: Path) -> list[Event]:
        with trio.fail_after(60), serve() as origin:
            async with (
                open_browser(launch=Launch()) as browser,
                open_store(folder / "events.db") as store,
                open_recorder(browser, store) as recorder,
            ):
                await grant(browser, origin)
                page = await open_page(browser, origin, reuse_blank=True)
                await page.wait_loaded()
                await page.evaluate(
                    "navigator.serviceWorker.register('worker.js').then(() => navigator.serviceWorker.ready)"
                )
                for count in counts:
                    await fire(browser, push(str(count)), source=browser.source)
                await recorder.settle()
                return await stored(store)

    events = trio.run(record, tmp_path_factory.mktemp("pushed"))
    begins = [place for place, event in enumerate(events) if event.event_name == "Push event dispatched"]
    assert len(begins) == len(counts)
    ends = [*begins[1:], len(events)]
    return {count: events[begin:end] for count, begin, end in zip(counts, begins, ends, strict=True)}


EACH = 'after = "pushMessaging:Push event dispatched"\nthen = "notifications:Notification displayed"\nwithin = "10s"\n'


@pytest.mark.parametrize(
    ("counts", "numbers", "outcome", "message"),
    [
        ([1], "exactly = 1", Outcome.PASSED, ""),
        ([2], "exactly = 1", Outcome.FAILED, "1 of 1 followed by more than 1 within 10s"),
        ([0], "exactly = 1", Outcome.FAILED, "1 of 1 not followed within 10s"),
        (
            [1, 2, 0],
            "exactly = 1",
            Outcome.FAILED,
            "1 of 3 not followed within 10s, 1 of 3 followed by more than 1 within 10s",
        ),
        ([1, 2], "at_most = 2", Outcome.PASSED, ""),
        ([2], "exactly = 2", Outcome.PASSED, ""),
        ([1], "at_least = 2", Outcome.FAILED, "1 of 1 followed by fewer than 2 within 10s"),
        ([0], "exactly = 0", Outcome.PASSED, ""),
        ([1], "exactly = 0", Outcome.FAILED, "1 of 1 followed within 10s"),
        ([], "exactly = 1", Outcome.NOT_APPLICABLE, "no pushMessaging:Push event dispatched occurred"),
        # Without numbers a second one is not noticed.
        ([2], "", Outcome.PASSED, ""),
    ],
)
def test_one_push_one_notification(
    counts: list[int], numbers: str, outcome: Outcome, message: str, pushed: dict[int, list[Event]]
) -> None:
    found = judged(EACH + numbers, counts, pushed)
    assert (found.outcome, found.message) == (outcome, message)


def test_the_one_too_many_and_the_push_without_any_are_named(pushed: dict[int, list[Event]]) -> None:
    found = judged(f"{EACH}exactly = 1", [1, 2, 0], pushed)
    second = [event for event in pushed[2] if event.event_name == "Notification displayed"][1]
    assert second.metadata["Body"] == "1 of 2"
    assert ids(found.events) == ids([second, pushed[0][0]])
    assert found.events[1].metadata["Payload"] == "0"


def judged(text: str, counts: list[int], pushed: dict[int, list[Event]]) -> Verdict:
    """Long after the last of them."""
    events = [event for count in counts for event in pushed[count]]
    (found,) = judge([rule(text)], events, ended_at=datetime.max.replace(tzinfo=UTC))
    return found
