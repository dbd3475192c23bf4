"""What the workers of a real Chromium throw, as it is stored."""

import random
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio
from cdp import service_worker

from cdp_bgservices.browser.opening import Browser, open_browser
from cdp_bgservices.browser.pages import Page, open_page
from cdp_bgservices.browser.permissions import grant
from cdp_bgservices.events import Event
from cdp_bgservices.failures import judge
from cdp_bgservices.protocol.handlers import REJECTED_EDGE, UNSEEN
from cdp_bgservices.query import Query
from cdp_bgservices.recorder import Recorder, open_recorder
from cdp_bgservices.store import open_store
from cdp_bgservices.store.trio_store import Store
from cdp_bgservices.testing.scope import BrowserScope
from cdp_bgservices.testing.services import BackgroundServices
from cdp_bgservices.thrown import Thrown, threw
from tests.browser.throwing_site import serve_throwing

pytestmark = pytest.mark.browser

DEADLINE = 60
REGISTRATION = service_worker.RegistrationID("0")


@pytest.fixture(scope="module")
def throwing() -> Iterator[str]:
    with serve_throwing() as url:
        yield url


class Scene:
    def __init__(self, url: str, browser: Browser, page: Page, store: Store, recorder: Recorder) -> None:
        self.origin = url.rstrip("/")
        self.browser = browser
        self.page = page
        self.store = store
        self.recorder = recorder
        self.services = BackgroundServices(BrowserScope(recorder))

    async def push(self, text: str) -> None:
        """Dispatched when it returns, no more."""
        await self.call(service_worker.deliver_push_message(self.origin, REGISTRATION, text))

    async def sync(self, text: str) -> None:
        await self.call(service_worker.dispatch_sync_event(self.origin, REGISTRATION, text, False))

    async def call(self, command: object) -> None:
        assert self.recorder.observation is not None
        session = self.recorder.observation.observers[self.recorder.contexts[0]].session
        assert session is not None
        await session.call(command)  # type: ignore[arg-type]

    async def wait_thrown(self, count: int) -> list[Thrown]:
        while len(found := await self.store.thrown()) < count:
            await self.moved()
        return found

    async def moved(self) -> None:
        """A moment in which more may be stored."""
        await trio.sleep(0.02)

    async def wait_events(self, name: str, count: int) -> list[Event]:
        while len(found := [each async for each in self.store.events(Query(event_names=(name,)))]) < count:
            await self.moved()
        return found

    async def wait_event(self, wanted: Callable[[Event], bool]) -> Event:
        while True:
            async for event in self.store.events():
                if wanted(event):
                    return event
            await self.moved()


@asynccontextmanager
async def open_scene(url: str, path: Path) -> AsyncIterator[Scene]:
    with trio.fail_after(DEADLINE):
        async with open_browser() as browser, open_store(path) as store, open_recorder(browser, store) as recorder:
            await grant(browser, None)
            page = await open_page(browser, url)
            await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
            yield Scene(url, browser, page, store, recorder)


async def test_each_way_to_throw(throwing: str, tmp_path: Path) -> None:
    """Each is stored once; Chromium's ``Success`` of a handler that threw is a failure."""
    async with open_scene(throwing, tmp_path / "events.db") as scene:
        ways = [("throws", 0), ("rejects", 0), ("rejects", 300), ("leaves", 0), ("timer", 0), ("logs", 0), ("", 0)]
        for number, (how, after) in enumerate(ways):
            await scene.push(f"{number}:{how}:{after}:0")
            await scene.wait_events("Push event completed", number + 1)
            await scene.services.errors()
        errors = await scene.services.errors()
        assert [error.message.removeprefix("Uncaught ") for error in errors] == [
            "Error: 0",
            "(in promise) Error: 1",
            "(in promise) Error: 2",
            "(in promise) Error: 3",
            "Error: 4",
        ]
        assert {(error.scope, error.source_url) for error in errors} == {(throwing, f"{throwing}sw.js")}
        assert [error.column is None for error in errors] == [False, True, True, True, False]
        ends = await scene.wait_events("Push event completed", len(ways))
        assert [end.metadata["Status"] for end in ends[:4]] == [
            "Success",
            "waitUntil Rejected",
            "waitUntil Rejected",
            "Success",
        ]
        assert [judge(end).reason for end in ends[:3]] == [
            "Uncaught Error: 0",
            "waitUntil Rejected: Uncaught (in promise) Error: 1",
            "waitUntil Rejected: Uncaught (in promise) Error: 2",
        ]
        assert [judge(end).reason for end in ends[5:]] == ["", ""], "what is only logged is not thrown"


async def test_a_real_sync_and_a_fetch(throwing: str, tmp_path: Path) -> None:
    async with open_scene(throwing, tmp_path / "events.db") as scene:
        await scene.page.evaluate("navigator.serviceWorker.ready.then((it) => it.sync.register('a:throws'))")
        end = await scene.wait_event(lambda event: event.event_name == "Sync completed" and bool(event.details))
        assert (end.metadata["Status"], judge(end).reason) == ("succeeded", "Uncaught Error: a")
        await scene.services.errors()  # Some time passes, in which the handler might leave something behind.
        await scene.page.evaluate("fetch('/boom').catch(() => 0)")
        assert [(each.message, each.event_id) for each in (await scene.wait_thrown(2))[1:]] == [
            ("Uncaught (in promise) Error: fetch", None)
        ]


async def test_observing_again_replays_no_errors(throwing: str, tmp_path: Path) -> None:
    async with open_scene(throwing, tmp_path / "events.db") as scene:
        await scene.push("0:throws")
        await scene.wait_event(lambda event: bool(event.details))
        async with open_recorder(scene.browser, scene.store, source=scene.recorder.source) as second:
            await second.settle()
            assert len(await scene.store.thrown()) == 1
            # Two recorders see the same, and it is stored once.
            await scene.push("1:throws")
            await scene.wait_thrown(2)
            await second.settle()
            await scene.services.errors()
        assert [each.message for each in await scene.store.thrown()] == ["Uncaught Error: 0", "Uncaught Error: 1"]
        details = [len(threw(each)) async for each in scene.store.events() if each.event_name == "Push event completed"]
        assert details == [1, 1], "a replay of the event has not taken it away"


async def test_it_is_never_joined_to_another_handler(throwing: str, tmp_path: Path) -> None:
    """Handlers that overlap as it happens: what is joined says which handler it is from, and so does its event."""
    chance = random.Random(20261126)
    async with open_scene(throwing, tmp_path / "events.db") as scene:
        ways: dict[str, str] = {}
        for number in range(40):
            how = chance.choice(("throws", "rejects", "rejects", "leaves", "timer", "", ""))
            after, lasts = chance.choice((0, 0, 30, 200)), chance.choice((0, 0, 40, 150))
            kind, act = chance.choice((("push", scene.push), ("push", scene.push), ("sync", scene.sync)))
            ways[f"{kind}-{number}"] = how
            await act(f"{kind}-{number}:{how}:{after}:{lasts}")
            await trio.sleep(chance.choice((0, 0.005, 0.05, 0.15, 0.5)))
        await trio.sleep(UNSEEN + REJECTED_EDGE)
        ways["push-alone"] = "throws"
        await scene.push("push-alone:throws")
        await scene.services.errors()
        began: list[str] = []
        joined: list[str] = []
        async for event in scene.store.events():
            if event.event_name == "Push event dispatched":
                began.append(event.metadata["Payload"].partition(":")[0])
            for item in threw(event):
                name = str(item["message"]).rpartition(" ")[2]
                joined.append(name)
                if event.event_name == "Dispatched sync event":
                    assert event.instance_id.partition(":")[0] == name
                else:
                    assert name in began
                    status = "waitUntil Rejected" if ways[name] == "rejects" else "Success"
                    assert event.metadata.get("Status", status) == status
        assert "push-alone" in joined
        assert len(set(joined)) == len(joined)
