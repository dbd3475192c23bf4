"""Each reason, brought about on a real Chromium, and asked for: it is found, and what hinders is the first one.

One browser plays nearly all scenes, each on a site of its own.
"""

from collections.abc import Mapping
from pathlib import Path

import pytest
import trio

from cdp_bgservices.browser.launch import Launch
from cdp_bgservices.browser.opening import Browser, open_browser
from cdp_bgservices.browser.permissions import set_permission
from cdp_bgservices.browser.saved_settings import SavedSettings
from cdp_bgservices.events import Service
from cdp_bgservices.recorder import open_recorder
from cdp_bgservices.store import open_store
from cdp_bgservices.why.values import Facts
from tests.acting import open_made_context
from tests.debian import ensure_program
from tests.waiting import look_again
from tests.why.scene_site import serve_scenes
from tests.why.scenes import ALL, NEVER, Scene, ask_why, awaited, check, handler, play, play_in_frames

pytestmark = pytest.mark.browser

DEADLINE = 120
FETCH, SYNC, SHOWN = Service.BACKGROUND_FETCH, Service.BACKGROUND_SYNC, Service.NOTIFICATIONS
PAYMENT, PERIODIC, PUSH = Service.PAYMENT_HANDLER, Service.PERIODIC_BACKGROUND_SYNC, Service.PUSH_MESSAGING

NOTIFICATIONS, PERIODIC_SYNC = ("notifications",), ("periodic-background-sync",)
SWITCHES = ("--disable-background-networking", "--host-resolver-rules=MAP *.test 127.0.0.1")
SYNCED = "own.sync.register('mail')"
NEWS = "own.periodicSync.register('news', {minInterval: 1000})"
FETCHED = """own.backgroundFetch.fetch('song', ['%s']).then((fetch) => fetch.result || new Promise((resolve) => {
  fetch.onprogress = () => fetch.result && resolve();
}))"""
UPDATED = """navigator.serviceWorker.register('/worker.js?').then((own) => own.waiting || new Promise((resolve) => {
  own.onupdatefound = resolve; }))"""
REFUSED = f"{FETCHED % '/song'}.then(() => own.backgroundFetch.fetch('more', ['/song'])).catch(() => null)"
TURN = "new Promise((resolve) => setTimeout(resolve))"
THROWS = f"{ALL} setTimeout(() => {{ throw new Error('late'); }});"

TABS = (
    Scene(service=SYNC, key="not-secure", worker=None, host="test"),
    Scene(service=SYNC, key="no-worker", worker=None),
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
    Scene(service=PUSH, key="background-networking-off", grants=NOTIFICATIONS),
    Scene(
        service=PUSH, key="update-waits", worker="onactivate = (event) => event.waitUntil(clients.claim())", act=UPDATED
    ),
    Scene(service=PUSH, key="worker-threw", worker=THROWS),
    Scene(service=SHOWN, key="permission-denied", denies=NOTIFICATIONS),
    Scene(service=SHOWN, key="permission-blocked", act="Notification.requestPermission()"),
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
MADE = (
    Scene(service=PUSH, key="off-the-record", grants=NOTIFICATIONS),
    Scene(service=PERIODIC, key="off-the-record"),
    Scene(service=PAYMENT, key="canmakepayment-skipped"),
)
"""In a context that is made over the protocol."""
UNARMED = Scene(service=SHOWN, key="not-recorded", grants=NOTIFICATIONS)
LEFT = Scene(service=SHOWN, key="no-recorder", grants=NOTIFICATIONS)
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
SCENES = (*TABS, BLOCKED, *MADE, UNARMED, LEFT, *FRAMED, HOLDS, HELD_UP)


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

            await play(browser, UNARMED, port)
            await ask(UNARMED)
            async with open_recorder(browser, store), open_made_context(browser) as context:
                await set_permission(browser, BLOCKED.origin(port), "background-sync", "denied", real=True)
                for scene in (LEFT, BLOCKED, *TABS):
                    await play(browser, scene, port)
                for scene in MADE:
                    await play(browser, scene, port, context)
                await play_in_frames(browser, await play(browser, HELD_UP, port), FRAMED, port)
                await wait_saved(browser, BLOCKED.origin(port))
                await ask(BLOCKED, *TABS, *MADE, *FRAMED)
            await ask(LEFT)
            await play(browser, HOLDS, port)  # The last one: no sync is dispatched any more.
            await ask(HOLDS)
            await ask(HELD_UP)
    return found


async def wait_saved(browser: Browser, blocked: str) -> None:
    """Until the profile has saved the user's setting: Chromium takes ten seconds."""
    assert browser.profile is not None
    while SavedSettings(browser.profile / "Default").setting("background-sync", blocked) != "block":
        await look_again()


@pytest.fixture(scope="module")
def played(chromium: Path, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Facts]:
    with serve_scenes() as port:
        return trio.run(play_all, port, tmp_path_factory.mktemp("scenes"))


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_the_reason_is_found(scene: Scene, played: Mapping[str, Facts]) -> None:
    check(scene, played[scene.name])


IN_SHELL = tuple(Scene(service=service, key="headless-shell") for service in (FETCH, SYNC, SHOWN, PERIODIC, PUSH))


async def play_in_shell(shell: Path, port: int) -> dict[str, Facts]:
    with trio.fail_after(DEADLINE):
        async with open_browser(launch=Launch(chromium=str(shell))) as browser:
            await play(browser, IN_SHELL[0], port)
            return await ask_why(browser)


def test_the_headless_shell_is_the_reason() -> None:
    shell = ensure_program("chromium-headless-shell", "chromium-headless-shell")
    with serve_scenes() as port:
        facts = trio.run(play_in_shell, shell, port)[IN_SHELL[0].origin(port)]
    for scene in IN_SHELL:
        check(scene, facts)
