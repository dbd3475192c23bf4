"""Scenes on a real Chromium: what brings a reason about, and the question why."""

from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from json import dumps

import msgspec
from cdp import target as target_domain
from msgspec.structs import replace

from cdp_bgservices.browser.opening import Browser
from cdp_bgservices.browser.pages import Page, open_page
from cdp_bgservices.browser.permissions import override
from cdp_bgservices.errors import CommandError
from cdp_bgservices.explanation.chosen import Chosen
from cdp_bgservices.explanation.looking import look
from cdp_bgservices.explanation.stored import with_store
from cdp_bgservices.protocol import commands
from cdp_bgservices.query import Query
from cdp_bgservices.store.trio_store import Store
from cdp_bgservices.why.reasons import DECISIVE, reasons
from cdp_bgservices.why.values import Facts
from tests.acting import ACTIVE, stored
from tests.waiting import look_again

HANDLERS = (
    *("backgroundfetchsuccess", "canmakepayment", "notificationclick", "paymentrequest"),
    *("periodicsync", "push", "sync"),
)
ALL = "".join(f"self.addEventListener('{type_}', () => {{}});" for type_ in HANDLERS)
"""A worker that listens to everything, and does nothing."""
NEVER = "new Promise(() => {})"
ENDED = "new Promise((resolve) => { new BroadcastChannel('scene').onmessage = resolve; })"
"""A promise in the page that its worker has ended a handler."""
REGISTER = f"""(async () => {{
  const own = await navigator.serviceWorker.register('/worker.js?' + encodeURIComponent(%s));
  if (%s) await {ACTIVE};
  await (%s);
}})()"""


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """A site of its own, and the reason that is to be found there."""

    service: str
    key: str
    said: str = ""
    """A part of what it says."""
    act: str = "null"
    """What its page does, with its registration ``own`` if a worker is registered for it, in JavaScript."""
    worker: str | None = ALL
    """The worker's script; None: none is registered for it."""
    grants: tuple[str, ...] = ()
    """Permissions."""
    denies: tuple[str, ...] = ()
    tag: str | None = None
    is_ready: bool = True
    """Whether its worker becomes active."""
    host: str = "localhost"
    is_typed: bool = True
    """Whether its address is typed, as it were: that counts as engagement. Otherwise a script opens it."""

    @property
    def name(self) -> str:
        return f"{self.key}-{self.service}".lower()

    def origin(self, port: int) -> str:
        return f"http://{self.name}.{self.host}:{port}"


def handler(type_: str, outcome: str) -> str:
    """A worker whose handler has this outcome, a promise, and reports its end to the page."""
    ended = "new BroadcastChannel('scene').postMessage('')"
    return f"self.addEventListener('{type_}', (event) => event.waitUntil({outcome}.finally(() => {ended})));"


def awaited(act: str) -> str:
    """Act, and wait until the worker's handler has ended."""
    return f"Promise.all([{ENDED}, {act}])"


async def play(browser: Browser, scene: Scene, port: int, context: str | None = None) -> Page:
    """Bring the reason about."""
    url = f"{scene.origin(port)}/"
    for name in (*scene.grants, *scene.denies):
        await override(browser, url.rstrip("/"), name, "granted" if name in scene.grants else "denied", context)
    if context is not None:
        page = await open_in(browser, url, context)
    elif scene.is_typed:
        page = await open_page(browser, url)
    else:
        page = await open_page(browser, "about:blank")
        await page.evaluate(f"void setTimeout(() => {{ location.href = '{url}'; }})")
    await wait_at(page, url)
    await act(page, scene)
    return page


async def play_in_frames(browser: Browser, page: Page, scenes: Sequence[Scene], port: int) -> None:
    """Each in a frame of another site's page."""
    for scene in scenes:
        url = f"{scene.origin(port)}/"
        await page.evaluate(f"document.body.append(Object.assign(document.createElement('iframe'), {{src: '{url}'}}))")
        frame = await attach(browser, await target_at(browser, url))
        await wait_at(frame, url)
        await act(frame, scene)


async def act(page: Page, scene: Scene) -> None:
    if scene.worker is None:
        await page.evaluate(f"{scene.act}.then(() => null)" if scene.act != "null" else "null")
    else:
        await page.evaluate(REGISTER % (dumps(scene.worker), dumps(scene.is_ready), scene.act))


async def target_at(browser: Browser, url: str) -> str:
    """Of a frame, once it is there."""
    while True:
        for info in await browser.root.call(target_domain.get_targets()):
            if info.url == url:
                return str(info.target_id)
        await look_again()


async def open_in(browser: Browser, url: str, context: str) -> Page:
    created = await browser.root.call(commands.create_target(url, browser_context_id=context))
    return await attach(browser, str(created["targetId"]))


async def attach(browser: Browser, target: str) -> Page:
    return Page(await browser.attach(target_domain.TargetID(target)))


async def wait_at(page: Page, url: str) -> None:
    is_there = False
    while not is_there:
        with suppress(CommandError):  # It cannot answer while it navigates.
            is_there = await page.evaluate("location.href") == url
        await look_again()
    await page.wait_loaded()


async def seen(store: Store, scene: Scene, port: int, name: str) -> None:
    """Wait until an event is stored."""
    query = Query(origins=(scene.origin(port),), event_names=(name,))
    while not await stored(store, query):
        await look_again()


async def ask_why(browser: Browser, store: Store | None = None, scope: str | None = None) -> dict[str, Facts]:
    """The facts of every site that is open, or of one, by its origin."""
    looked = await look(browser, Chosen(scope=scope))
    found = looked.facts if store is None else await store.ask(partial(with_store, looked=looked))
    return {each.site.origin: each for each in found}


def check(scene: Scene, facts: Facts) -> None:
    """The reason is found; where it hinders the service, it is the decisive one."""
    found = reasons(replace(facts, service=scene.service, tag=scene.tag))
    reason = next((each for each in found if each.key == scene.key), None)
    assert reason is not None, "\n".join(["", *(f"{each.key}: {each.said}" for each in found)])
    assert scene.said in reason.said
    if reason.effect in DECISIVE:
        assert found[0] == reason
