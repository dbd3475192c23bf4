"""Each reason, brought about on a real Chromium, and asked for: it is found, and what hinders is the first one.

One browser plays nearly all scenes, each on a site of its own.
"""

from collections.abc import Mapping
from contextlib import suppress
from json import dumps
from pathlib import Path

import pytest
import trio

from cdp_bgservices.browser.each_context import clear_log
from cdp_bgservices.browser.launch import Launch
from cdp_bgservices.browser.opening import Browser, open_browser
from cdp_bgservices.browser.permissions import set_permission
from cdp_bgservices.browser.site.saved_settings import SavedSettings
from cdp_bgservices.events import Service
from cdp_bgservices.recorder import open_recorder
from cdp_bgservices.store import open_store
from cdp_bgservices.store.trio_store import Store
from cdp_bgservices.why.values import Facts, Unknown
from tests.acting import open_made_context
from tests.debian import ensure_program
from tests.waiting import look_again
from tests.why.scene_site import serve_scenes
from tests.why.scenes import ALL, NEVER, Scene, ask_why, awaited, check, handler, play, play_in_frames, seen

DEADLINE = 240
"""For all scenes of a browser: it takes half a minute, and longer on a busy machine."""
pytestmark = [pytest.mark.browser, pytest.mark.timeout(DEADLINE + 10)]

FETCH, SYNC, SHOWN = Service.BACKGROUND_FETCH, Service.BACKGROUND_SYNC, Service.NOTIFICATIONS
PAYMENT, PERIODIC, PUSH = Service.PAYMENT_HANDLER, Service.PERIODIC_BACKGROUND_SYNC, Service.PUSH_MESSAGING

NOTIFICATIONS, PERIODIC_SYNC = ("notifications",), ("periodic-background-sync",)
SWITCHES = ("--host-resolver-rules=MAP *.test 127.0.0.1",)
SYNCED = "own.sync.register('mail')"
NEWS = "own.periodicSync.register('news', {minInterval: 1000})"
FETCHED = """own.backgroundFetch.fetch('song', ['%s']).then((fetch) => fetch.result || new Promise((resolve) => {
  fetch.onprogress = () => fetch.result && resolve();
}))"""
UPDATED = """navigator.serviceWorker.register('/worker.js?').then((own) => own.waiting || new Promise((resolve) => {
  own.onupdatefound = resolve; }))"""
REFUSED = f"{FETCHED % '/song'}.then(() => own.backgroundFetch.fetch('more', ['/song'])).catch(() => null)"
LETTER = "own.showNotification('A letter', {tag: 'letter', requireInteraction: true})"
"""It stays: without a desktop, Chromium closes any other after 25 seconds, and all scenes may take longer."""
CLOSE = "() => own.getNotifications()).then((shown) => shown.forEach((each) => each.close())"
BROKEN = """new Promise((resolve) => {
  addEventListener('unhandledrejection', resolve);
  navigator.serviceWorker.register("/worker.js?throw%20new%20Error('at%20once')");
})"""
TURN = "new Promise((resolve) => setTimeout(resolve))"
THROWS = f"{ALL} setTimeout(() => {{ throw new Error('late'); }});"

TABS = (
    Scene(service=SYNC, key="not-secure", worker=None, host="test"),
    Scene(service=SYNC, key="no-worker", worker=None),
    Scene(
        service=PUSH,
        key="no-worker",
        worker=None,
        act=BROKEN,
        said="script threw last: Uncaught Error: at once. The page",
    ),
    Scene(
        service=SYNC, key="worker-installing", worker=f"oninstall = (event) => event.waitUntil({NEVER})", is_ready=False
    ),
    Scene(service=SYNC, key="no-handler", worker="", act=SYNCED),
    Scene(service=SYNC, key="not-registered", tag="mail"),
    Scene(service=SYNC, key="succeeded", worker=handler("sync", "Promise.resolve()"), act=awaited(SYNCED)),
    Scene(service=SYNC, key="next-attempt", worker=handler("sync", "Promise.reject()"), act=awaited(SYNCED)),
    Scene(service=SYNC, key="running", worker=f"onsync = (event) => event.waitUntil({NEVER})", act=SYNCED),
    Scene(service=PERIODIC, key="not-installed"),
    Scene(service=PERIODIC, key="not-registered", grants=PERIODIC_SYNC),
    Scene(service=PERIODIC, key="suspended", grants=PERIODIC_SYNC, act=NEWS, is_typed=False),
    Scene(service=PERIODIC, key="next-attempt", grants=PERIODIC_SYNC, act=NEWS),
    Scene(
        service=PERIODIC,
        key="unregistered",
        grants=PERIODIC_SYNC,
        act=f"{NEWS}.then(() => own.periodicSync.unregister('news'))",
    ),
    Scene(service=PUSH, key="permission-not-asked"),
    Scene(service=PUSH, key="not-subscribed", grants=NOTIFICATIONS),
    Scene(
        service=PUSH, key="update-waits", worker="onactivate = (event) => event.waitUntil(clients.claim())", act=UPDATED
    ),
    Scene(service=PUSH, key="worker-threw", worker=THROWS),
    Scene(service=SHOWN, key="permission-denied", denies=NOTIFICATIONS),
    Scene(service=SHOWN, key="none-displayed", grants=NOTIFICATIONS),
    Scene(service=SHOWN, key="no-click-handler", grants=NOTIFICATIONS, worker=""),
    Scene(service=SHOWN, key="not-on-screen", grants=NOTIFICATIONS),
    Scene(service=FETCH, key="not-registered"),
    Scene(service=FETCH, key="in-progress", act="own.backgroundFetch.fetch('song', ['/held'])"),
    Scene(service=FETCH, key="needs-click", act=FETCHED % "/song"),
    Scene(service=FETCH, key="downloads-refused", act=REFUSED),
    Scene(service=FETCH, key="succeeded", act=FETCHED % "/song", tag="song"),
    Scene(service=FETCH, key="failed", act=FETCHED % "/missing", tag="song"),
    Scene(service=FETCH, key="no-success-handler", worker=""),
    Scene(service=PAYMENT, key="no-handler", worker=""),
    Scene(service=PAYMENT, key="no-request"),
    Scene(service=PAYMENT, key="no-canmakepayment-handler", worker="onpaymentrequest = () => {}"),
)
BLOCKED = Scene(service=SYNC, key="permission-blocked")
"""By the user, in the browser's settings."""
DISMISSED = Scene(service=SHOWN, key="permission-blocked", act="Notification.requestPermission()")
"""By headless Chromium itself."""
MADE = (
    Scene(service=PUSH, key="off-the-record", grants=NOTIFICATIONS),
    Scene(service=PERIODIC, key="off-the-record"),
    Scene(service=PAYMENT, key="canmakepayment-skipped"),
)
"""In a context that is made over the protocol."""
UNARMED = Scene(service=SHOWN, key="not-recorded", grants=NOTIFICATIONS)
EARLY = Scene(service=PERIODIC, key="next-not-announced", grants=PERIODIC_SYNC, act=NEWS)
"""Registered before it is recorded."""
PAY = """(() => {
  window.request = () => new PaymentRequest(
    [{supportedMethods: new URL('/pay?' + encodeURIComponent(%s), location).href}],
    {total: {label: 'all', amount: {currency: 'EUR', value: '1'}}},
  );
  document.querySelector('button').onclick = async () => (await request().show()).complete();
  return Promise.resolve();
})()"""
PAYS = (
    "onpaymentrequest = (event) => event.respondWith({methodName: event.methodData[0].supportedMethods, details: {}});"
)
REFUSED_PAYMENT = Scene(
    service=PAYMENT,
    key="cannot-pay",
    worker=None,
    act=PAY % dumps(f"{PAYS} oncanmakepayment = (event) => event.respondWith(false);"),
)
UNANSWERED = Scene(
    service=PAYMENT,
    key="unanswered",
    worker=None,
    act=PAY % dumps(f"{ALL} onpaymentrequest = (event) => event.respondWith({NEVER})"),
)
"""The last one that is paid: its window stays, and Chromium shows one at a time."""
LETTERS = (
    Scene(service=SHOWN, key="displayed-already", grants=NOTIFICATIONS, act=LETTER),
    Scene(service=SHOWN, key="closed", grants=NOTIFICATIONS, act=f"{LETTER}.then({CLOSE})"),
)
"""Which notifications are displayed is read ten seconds after the last one was."""
LEFT = Scene(service=SHOWN, key="no-recorder", grants=NOTIFICATIONS)
CLEARED = Scene(service=SHOWN, key="recording-gap", grants=NOTIFICATIONS)
"""Between two recorders, the browser's log is cleared."""
FRAMED = (
    Scene(service=SYNC, key="third-party-frame"),
    Scene(service=FETCH, key="paused", act="own.backgroundFetch.fetch('song', ['/song'])"),
)
"""In frames of another site's page."""
HOLDS = Scene(
    service=SYNC,
    key="worker-activating",
    worker=f"onactivate = (event) => event.waitUntil({NEVER})",
    act=f"(async () => {{ while (!own.active) await {TURN}; await {SYNCED}; }})()",
    is_ready=False,
)
HELD_UP = Scene(service=SYNC, key="syncs-held-up")
SCENES = (
    *TABS,
    BLOCKED,
    DISMISSED,
    *MADE,
    UNARMED,
    EARLY,
    *LETTERS,
    REFUSED_PAYMENT,
    UNANSWERED,
    LEFT,
    CLEARED,
    *FRAMED,
    HOLDS,
    HELD_UP,
)


async def play_all(port: int, folder: Path) -> dict[str, Facts]:
    """The facts, by scene."""
    found = {}
    with trio.fail_after(DEADLINE):
        launch = Launch(arguments=SWITCHES)
        async with open_store(folder / "events.db") as store, open_browser(launch=launch) as browser:

            async def ask(*scenes: Scene) -> None:
                scope = f"{scenes[0].origin(port)}/" if len(scenes) == 1 else None
                seen = await ask_why(browser, store, scope)
                found.update({scene.name: seen[scene.origin(port)] for scene in scenes})

            for scene in (UNARMED, EARLY):
                await play(browser, scene, port)
            await ask(UNARMED)
            async with open_recorder(browser, store), open_made_context(browser) as context:
                await set_permission(browser, BLOCKED.origin(port), "background-sync", "denied", real=True)
                for scene in (*LETTERS, LEFT, BLOCKED, DISMISSED, *TABS):
                    await play(browser, scene, port)
                for scene in MADE:
                    await play(browser, scene, port, context)
                await play_payments(browser, store, port)
                await play_in_frames(browser, await play(browser, HELD_UP, port), FRAMED, port)
                await wait_saved(browser, "background-sync", BLOCKED.origin(port))
                await wait_saved(browser, "notifications", DISMISSED.origin(port))
                await ask(EARLY, REFUSED_PAYMENT, UNANSWERED, BLOCKED, DISMISSED, *TABS, *MADE, *FRAMED)
                for scene in LETTERS:
                    while scene.name not in found or isinstance(found[scene.name].registered.notifications, Unknown):
                        await ask(scene)
            await ask(LEFT)
            await clear_log(browser, [SHOWN])
            async with open_recorder(browser, store):
                await play(browser, CLEARED, port)
                await ask(CLEARED)
            await play(browser, HOLDS, port)  # The last one: no sync is dispatched any more.
            await ask(HOLDS)
            await ask(HELD_UP)
    return found


async def play_payments(browser: Browser, store: Store, port: int) -> None:
    """The handler is installed at the first payment, and asked whether it can pay at the second one."""
    page = await play(browser, REFUSED_PAYMENT, port)
    await page.click("button")
    await seen(store, REFUSED_PAYMENT, port, "Payment response")
    await page.evaluate("request().canMakePayment()")
    await seen(store, REFUSED_PAYMENT, port, "Can make payment response")
    page = await play(browser, UNANSWERED, port)
    await page.click("button")
    await seen(store, UNANSWERED, port, "Payment request")


async def wait_saved(browser: Browser, permission: str, origin: str) -> None:
    """Until the profile has saved that it is blocked: Chromium takes ten seconds."""
    assert browser.profile is not None
    is_saved = False
    while not is_saved:
        await look_again()
        with suppress(FileNotFoundError):  # A new profile has nothing saved at first.
            is_saved = SavedSettings(browser.profile / "Default").setting(permission, origin) == "block"


@pytest.fixture(scope="module")
def played(chromium: Path, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Facts]:
    with serve_scenes() as port:
        return trio.run(play_all, port, tmp_path_factory.mktemp("scenes"))


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_the_reason_is_found(scene: Scene, played: Mapping[str, Facts]) -> None:
    check(scene, played[scene.name])


IN_SHELL = tuple(Scene(service=service, key="headless-shell") for service in (FETCH, SYNC, SHOWN, PERIODIC, PUSH))
LIMITED = (
    Scene(service=SYNC, key="permission-blocked-for-all"),
    Scene(service=SHOWN, key="notifications-off"),
    Scene(service=PUSH, key="notifications-off"),
    Scene(service=FETCH, key="no-api"),
)
"""In a browser that lacks something for every site."""
LIMITS = ("--disable-notifications", "--disable-blink-features=BackgroundFetch")
NO_SYNCS = {"profile": {"default_content_setting_values": {"background_sync": 2}}}


async def play_one(scene: Scene, launch: Launch, port: int) -> Facts:
    with trio.fail_after(DEADLINE):
        async with open_browser(launch=launch) as browser:
            await play(browser, scene, port)
            return (await ask_why(browser))[scene.origin(port)]


def test_the_headless_shell_is_the_reason() -> None:
    shell = ensure_program("chromium-headless-shell", "chromium-headless-shell")
    with serve_scenes() as port:
        facts = trio.run(play_one, IN_SHELL[0], Launch(chromium=str(shell)), port)
    for scene in IN_SHELL:
        check(scene, facts)


def test_what_the_browser_lacks_is_the_reason(tmp_path: Path) -> None:
    preferences = tmp_path / "Default" / "Preferences"
    preferences.parent.mkdir()
    preferences.write_text(dumps(NO_SYNCS))
    with serve_scenes() as port:
        facts = trio.run(play_one, LIMITED[0], Launch(profile=tmp_path, arguments=LIMITS), port)
    for scene in LIMITED:
        check(scene, facts)
