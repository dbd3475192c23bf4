"""What is read of the notifications of a real Chromium: one browser for all of it."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trio
from cdp import service_worker
from cdp import target as target_domain

from cdp_bgservices.browser import learning
from cdp_bgservices.browser.observer import Observer
from cdp_bgservices.browser.opening import Browser, open_browser
from cdp_bgservices.browser.pages import Page
from cdp_bgservices.browser.permissions import grant
from cdp_bgservices.events import Event
from cdp_bgservices.notification_details import LIMIT, notification
from cdp_bgservices.protocol import commands
from cdp_bgservices.protocol.notifications import CLOSED, NOT_CERTAIN, REPLACED
from cdp_bgservices.query import Query
from cdp_bgservices.recorder import Recorder, open_recorder
from cdp_bgservices.store import open_store
from cdp_bgservices.store.trio_store import Store
from tests.browser.worker_site import serve_worker

pytestmark = pytest.mark.browser

DEADLINE = 60
REGISTRATION = service_worker.RegistrationID("0")
WORKER = """
self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(clients.claim()));
self.addEventListener('push', (event) => event.waitUntil(eval(event.data.text())));
const show = (title, options) => globalThis.registration.showNotification(title, options);
const registration = null, Promise = { all: globalThis.Promise.all.bind(globalThis.Promise) };
"""
"""Its own names hide those that reading needs."""

ALL = """(() => {
    const data = {
        number: 1.5, yes: true, nothing: null, left: undefined, list: [1, , 'two'], text: '\\u0000é😀',
        when: new Date(0), never: new Date(NaN), map: new Map([['a', { b: 1 }]]), set: new Set([1]), big: 123n,
        buffer: new Uint8Array([1, 2, 255]).buffer, view: new Uint8Array([1, 2]), pattern: /a"b/i,
        error: new TypeError('no'), nan: NaN, endless: -Infinity, zero: -0, boxed: new Number(5),
    };
    data.self = data;
    data.list.push(data.list);
    return show('All of it', {
        data, tag: 'all', body: 'It is here', timestamp: 1234, dir: 'rtl', lang: 'de', icon: '/icon.png?for=1',
        badge: '/badge.png', image: '/image.png', requireInteraction: true, silent: false, renotify: true,
        vibrate: [1, 2, 3],
        actions: [{ action: 'open', title: 'Open' }, { action: 'say', title: 'Say', type: 'text', placeholder: 'it' }],
    });
})()"""


class Scene:
    """A page of a browser context, and its worker."""

    def __init__(self, url: str, recorder: Recorder, observer: Observer, page: Page) -> None:
        self.url = url
        self.recorder = recorder
        self.store: Store = recorder.store
        self.observer = observer
        self.page = page

    async def call(self, command: Any) -> None:
        assert self.observer.session is not None
        await self.observer.session.call(command)

    async def push(self, code: str) -> None:
        """The worker runs it in its push handler."""
        await self.call(service_worker.deliver_push_message(self.url.rstrip("/"), REGISTRATION, code))

    async def wait_displayed(self, count: int) -> list[Event]:
        """This context's, in the order in which they were displayed, once each has its details."""
        query = Query(event_names=("Notification displayed",), browser_contexts=(self.observer.context_id,))
        follower = self.store.follower(query, after=0)
        found = 0
        while found < count:
            found += len(await follower.next_page())
        await self.observer.learning.wait_read()
        await self.recorder.writer.wait_written()
        return [event async for event in self.store.events(query)]

    async def displayed(self, code: str, count: int = 1) -> list[dict[str, Any]]:
        """The details of the notifications that a push's code displays."""
        before = len(await self.wait_displayed(0))
        await self.push(code)
        return [notification(event) for event in (await self.wait_displayed(before + count))[before:]]

    async def shown(self) -> int:
        """How many the browser knows of, of those that stay: without a desktop, it closes others after 25 seconds."""
        read = "navigator.serviceWorker.ready.then((it) => it.getNotifications())"
        number = f"{read}.then((all) => all.filter((each) => each.requireInteraction).length)"
        return int(await self.page.evaluate(number))


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with serve_worker(WORKER) as url:
        yield url


@asynccontextmanager
async def open_scene(url: str, browser: Browser, recorder: Recorder) -> AsyncIterator[Scene]:
    """In a browser context of its own."""
    made = await browser.root.call(commands.create_browser_context(dispose_on_detach=True))
    await grant(browser, None, made)
    created = await browser.root.call(commands.create_target("about:blank", browser_context_id=made))
    session = await browser.attach(created["targetId"])
    page = Page(session)
    await session.call(commands.navigate(url))
    await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    assert recorder.observation is not None
    while made not in recorder.observation.observers:
        await recorder.observation.added.wait()
    observer = recorder.observation.observers[made]
    await observer.replayed.wait()
    yield Scene(url, recorder, observer, page)
    await browser.root.call(target_domain.dispose_browser_context(target_domain.BrowserContextID(made)))


async def test_what_is_read_of_notifications(
    site: str, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learning, "LIMIT", float(DEADLINE))  # The machine may be busy.
    with trio.fail_after(DEADLINE):
        async with open_browser() as browser, open_store(tmp_path / "events.db") as store:
            async with open_recorder(browser, store) as recorder:
                async with open_scene(site, browser, recorder) as scene:
                    await all_options(scene)
                    await long_data(scene)
                    await gone(scene)
                    await without_a_tag(scene)
                    await several(scene)
                    await two_contexts(scene, browser)
                    await its_own_functions(scene)
                    await no_answer(scene, monkeypatch)
                    await stopped_and_started(scene)
                await at_the_end(site, browser, recorder)
            await without_content(site, browser, store)


async def all_options(scene: Scene) -> None:
    (found,) = await scene.displayed(ALL)
    url = scene.url
    data = found.pop("data")
    assert found == {
        "tag": "all",
        "timestamp": 1234,
        "dir": "rtl",
        "lang": "de",
        "renotify": True,
        "requireInteraction": True,
        "silent": False,
        "vibrate": [1, 2, 3],
        "icon": f"{url}icon.png?for=1",
        "badge": f"{url}badge.png",
        "image": f"{url}image.png",
        "actions": [
            {"action": "open", "title": "Open", "icon": "", "type": "button"},
            {"action": "say", "title": "Say", "icon": "", "type": "text", "placeholder": "it"},
        ],
    }
    assert data == {
        "number": 1.5,
        "yes": True,
        "nothing": None,
        "list": [1, None, "two", {"$Cycle": "data.list"}],
        "text": "\0é😀",
        "when": {"$Date": "1970-01-01T00:00:00.000Z"},
        "never": {"$Date": None},
        "map": {"$Map": [["a", {"b": 1}]]},
        "set": {"$Set": [1]},
        "big": {"$BigInt": "123"},
        "buffer": {"$ArrayBuffer": "AQL/"},
        "view": {"$Uint8Array": "AQI="},
        "pattern": {"$RegExp": '/a"b/i'},
        "error": {"$Error": "TypeError: no"},
        "nan": {"$Number": "NaN"},
        "endless": {"$Number": "-Infinity"},
        "zero": {"$Number": "-0"},
        "boxed": 5,
        "self": {"$Cycle": "data"},
    }
    (plain,) = await scene.displayed("show('Nothing else')")
    assert (plain["data"], plain["actions"], plain["requireInteraction"], plain["tag"]) == (None, [], False, "")


async def long_data(scene: Scene) -> None:
    found = await scene.displayed(
        """show('Long', { tag: 'long', data: { text: 'x'.repeat(5e5) }, lang: 'e'.repeat(20000) })
        .then(() => show('Deep', { tag: 'deep', data: Array(200).fill(0).reduce((inner) => [inner], 'in') }))""",
        2,
    )
    long, deep = found
    assert long["cut"] == ["lang", "data"]
    assert (len(long["data"]), long["data"][:12], long["data"][-2:]) == (LIMIT, '{"text":"xxx', "x…")
    assert (len(long["lang"]), long["lang"][-2:]) == (LIMIT, "e…")
    assert (deep["cut"], deep["data"]) == (["data"], "[" * 50 + "…")


async def gone(scene: Scene) -> None:
    close = "globalThis.registration.getNotifications({ tag: 'gone' }).then((all) => all[0].close())"
    assert await scene.displayed(f"show('Gone', {{ tag: 'gone' }}).then(() => {close})") == [{"missing": CLOSED}]
    twice = "Promise.all([1, 2].map((data) => show('Twice', { tag: 'twice', data })))"
    first, second = await scene.displayed(twice, 2)
    assert (first, second["data"]) == ({"missing": REPLACED}, 2)


async def without_a_tag(scene: Scene) -> None:
    (first,) = await scene.displayed("show('Saved', { data: 1 })")
    (second,) = await scene.displayed("show('Saved', { data: 2 })")
    assert (first["data"], second["data"]) == (1, 2)
    twice = "Promise.all([1, 2].map((data) => show('Same time', { data, timestamp: 1234 })))"
    assert await scene.displayed(twice, 2) == [{"missing": NOT_CERTAIN}] * 2


async def several(scene: Scene) -> None:
    """None of them is lost to the browser because it is asked for them."""
    before = await scene.shown()
    count = 40
    stay = "requireInteraction: true"
    one = f"show(`It is ${{data}}`, {{ tag: `it-${{data}}`, data, {stay} }})"
    many = f"Array.from({{ length: {count} }}, (_, data) => {one})"
    found = await scene.displayed(f"Promise.all({many})", count)
    assert [each["data"] for each in found] == list(range(count))
    one = f"show('One', {{ tag: `one-${{i}}`, {stay} }})"
    slowly = f"(async () => {{ for (let i = 0; i < {count}; i += 1) await {one}; }})()"
    await scene.displayed(slowly, count)
    assert await scene.shown() == before + 2 * count


async def two_contexts(scene: Scene, browser: Browser) -> None:
    async with open_scene(scene.url, browser, scene.recorder) as other:
        before = len(await scene.wait_displayed(0))
        await scene.push("show('Mine', { tag: 'same', data: 'here' })")
        assert [each["data"] for each in await other.displayed("show('Mine', { tag: 'same', data: 'there' })")] == [
            "there"
        ]
        assert notification((await scene.wait_displayed(before + 1))[-1])["data"] == "here"


async def its_own_functions(scene: Scene) -> None:
    prototype = "ServiceWorkerRegistration.prototype"
    replace = (
        f"globalThis.asked = 0; {prototype}.getNotifications = async () => {{ globalThis.asked += 1; return []; }};"
    )
    assert await scene.displayed(f"{replace} show('Mine', {{ tag: 'mine' }})") == [{"missing": learning.CHANGED}]
    (asked,) = await scene.displayed("show('Asked', { tag: 'asked', body: String(globalThis.asked) })")
    assert asked == {"missing": learning.CHANGED}
    assert (await scene.wait_displayed(1))[-1].metadata["Body"] == "0"


async def no_answer(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    busy = "for (const from = Date.now(); Date.now() < from + 1000;);"
    with monkeypatch.context() as patched:
        patched.setattr(learning, "LIMIT", 0.2)
        assert await scene.displayed(f"show('Busy', {{ tag: 'busy' }}).then(() => {{ {busy} }})") == [
            {"missing": learning.SILENT}
        ]


async def stopped_and_started(scene: Scene) -> None:
    """A worker that does not run is not started for it."""
    versions = scene.observer.registrations.versions
    await scene.call(service_worker.stop_all_workers())
    while any(version.running_status != "stopped" for version in versions.values()):
        await scene.observer.reception.progress.wait()
    await scene.page.evaluate("navigator.serviceWorker.ready.then((it) => it.showNotification('By the page'))")
    assert notification((await scene.wait_displayed(1))[-1]) == {"missing": learning.NOT_RUNNING}
    assert all(version.running_status == "stopped" for version in versions.values())
    (woken,) = await scene.displayed("show('By the worker', { tag: 'woken', data: 1 })")
    assert woken["data"] == 1


async def at_the_end(site: str, browser: Browser, recorder: Recorder) -> None:
    """What was displayed when the context ends is not left without a word."""
    async with open_scene(site, browser, recorder) as scene:
        await scene.push("show('Last', { tag: 'last' })")
        query = Query(instance_ids=("last",))
        assert (await recorder.wait_event(query)).event_name == "Notification displayed"
    await scene.observer.over.wait()
    await recorder.writer.wait_written()
    (event,) = [event async for event in scene.store.events(query) if event.event_name == "Notification displayed"]
    assert notification(event)


async def without_content(site: str, browser: Browser, store: Store) -> None:
    """In a recording that comes later, which replays what was displayed, and reads nothing of that."""
    await store.set_redaction(True)
    before = [event.details async for event in store.events()]
    async with open_recorder(browser, store) as recorder, open_scene(site, browser, recorder) as scene:
        options = "{ tag: 'secret', data: '4711', lang: 'de', actions: [{ action: 'a', title: '4711' }] }"
        (found,) = await scene.displayed(f"show('Secret', {options})")
        assert found["data"].startswith("redacted: 4 bytes")
        assert (found["actions"][0]["action"], found["lang"]) == ("a", "de")
        assert found["actions"][0]["title"].startswith("redacted: 4 bytes")
        assert [event.details async for event in store.events()][: len(before)] == before
