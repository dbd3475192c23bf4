"""The reasons that need the lab: a push service, a network that goes away, and a clock for the last attempt."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import trio
from msgspec.structs import replace

from cdp_bgservices.browser.pages import Page
from cdp_bgservices.browser.permissions import override
from cdp_bgservices.capture.opening import Capture, open_capture
from cdp_bgservices.capture.options import CaptureOptions
from cdp_bgservices.events import Service
from cdp_bgservices.lab.push import PushService
from cdp_bgservices.why.values import Facts
from tests.lab.push.acting import Key
from tests.why.scene_site import serve_scenes
from tests.why.scenes import ALL, Scene, act, ask_why, check, handler, play, seen, wait_at

DEADLINE = 240
pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("namespaces"), pytest.mark.timeout(DEADLINE + 10)]

FETCH, SYNC, PUSH = Service.BACKGROUND_FETCH, Service.BACKGROUND_SYNC, Service.PUSH_MESSAGING
NOTIFICATIONS = ("notifications",)
RECEIVED, COMPLETED, LOST = "Push message received", "Push event completed", "Unsubscribed due to error"
SUBSCRIBE = f"own.pushManager.subscribe({{userVisibleOnly: true, applicationServerKey: '{Key().public}'}})"
SUBSCRIPTION = (
    "navigator.serviceWorker.ready.then((own) => own.pushManager.getSubscription()).then((each) => each.toJSON())"
)


def subscribed(key: str, worker: str = ALL) -> Scene:
    return Scene(service=PUSH, key=key, grants=NOTIFICATIONS, act=SUBSCRIBE, worker=worker)


SILENT = subscribed("no-message")
ENDED = subscribed("subscription-lost")
GARBLED = subscribed("not-decrypted")
REJECTED = subscribed("handler-failed", handler("push", "Promise.reject()"))
GENERIC = subscribed("generic-notification")
GIVEN_UP = Scene(
    service=SYNC, key="given-up", act="own.sync.register('mail')", worker=handler("sync", "Promise.reject()")
)
CUT_OFF = (
    Scene(service=SYNC, key="offline", act="own.sync.register('mail')"),
    Scene(service=FETCH, key="offline", act="own.backgroundFetch.fetch('song', ['/song'])"),
    subscribed("offline"),
)
"""Their pages are loaded before the network goes; then they act."""
ONLINE = (SILENT, ENDED, GARBLED, REJECTED, GENERIC, GIVEN_UP)
SCENES = (*ONLINE, *CUT_OFF)


async def play_all(port: int, folder: Path) -> dict[str, Facts]:
    """The facts, by scene."""
    options = CaptureOptions(store=folder / "events.db", lab=("push", "network", "clock"), forward=(port,))
    with trio.fail_after(DEADLINE):
        async with open_capture(options) as capture:
            pages = {scene.name: await play(capture.browser, scene, port) for scene in ONLINE}
            await push(capture, pages[REJECTED.name], "one")
            await push(capture, pages[GARBLED.name], "one", with_keys_of=pages[SILENT.name])
            await push_without_tab(capture, pages[GENERIC.name])
            await override(capture.browser, ENDED.origin(port), "notifications", "denied")
            await push(capture, pages[ENDED.name], "one")
            await seen(capture.store, ENDED, port, LOST)
            await override(capture.browser, ENDED.origin(port), "notifications", "granted")
            for scene, name in ((REJECTED, COMPLETED), (GARBLED, RECEIVED), (GIVEN_UP, "Sync completed")):
                await seen(capture.store, scene, port, name)
            await seen(capture.store, GENERIC, port, "Generic notification shown")
            found = await ask_why(capture.browser, capture.store)
            return {scene.name: found[scene.origin(port)] for scene in ONLINE} | await play_offline(capture, port)


async def play_offline(capture: Capture, port: int) -> dict[str, Facts]:
    """The pages are loaded, and the one subscribes, before the network goes."""
    assert capture.lab is not None
    assert capture.lab.network is not None
    pages = [
        await play(capture.browser, replace(scene, act=SUBSCRIBE if scene.service == PUSH else "null"), port)
        for scene in CUT_OFF
    ]
    await capture.lab.network.offline()
    for scene, page in zip(CUT_OFF, pages, strict=True):
        await act(page, replace(scene, act=scene.act if scene.service != PUSH else "null"))
    found = await ask_why(capture.browser, capture.store)
    return {scene.name: found[scene.origin(port)] for scene in CUT_OFF}


def push_service(capture: Capture) -> PushService:
    assert capture.lab is not None
    assert capture.lab.push_service is not None
    return capture.lab.push_service


async def push(capture: Capture, page: Page, data: str, *, with_keys_of: Page | None = None) -> None:
    """Post a message as the site's server does; with the keys of another page's subscription it is garbage."""
    subscription: dict[str, Any] = await page.evaluate(SUBSCRIPTION)
    if with_keys_of is not None:
        subscription["keys"] = (await with_keys_of.evaluate(SUBSCRIPTION))["keys"]
    await push_service(capture).send(subscription, data)


async def push_without_tab(capture: Capture, page: Page) -> None:
    """Only where no tab of the site can be seen, Chromium shows a notification of its own."""
    subscription = await page.evaluate(SUBSCRIPTION)
    await page.evaluate("void setTimeout(() => { location.href = 'about:blank'; })")
    await wait_at(page, "about:blank")
    await push_service(capture).send(subscription, "one")


@pytest.fixture(scope="module")
def played(namespaces: None, chromium: Path, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Facts]:
    with serve_scenes() as port:
        return trio.run(play_all, port, tmp_path_factory.mktemp("scenes"))


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_the_reason_is_found(scene: Scene, played: Mapping[str, Facts]) -> None:
    check(scene, played[scene.name])
