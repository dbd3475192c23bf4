"""A browser that is recorded for a viewer, on a real Chromium, and another client on it."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import trio

from cdp_bgservices.browser.context_list import list_contexts
from cdp_bgservices.browser.launch import Launch
from cdp_bgservices.browser.opening import Browser, open_browser
from cdp_bgservices.browser.targets import open_target
from cdp_bgservices.events import Service
from cdp_bgservices.protocol import commands
from cdp_bgservices.recorder import Recorder, open_recorder
from cdp_bgservices.store import open_store
from cdp_bgservices.store.trio_store import Store
from cdp_bgservices.tasks import open_tasks
from cdp_bgservices.web.attached import Attached

DEADLINE = 60
SYNC, PUSH = "backgroundSync", "pushMessaging"
ALL_ON: dict[str, bool] = dict.fromkeys(Service, True)


async def wait_reported(attached: Attached, condition: Callable[[], object]) -> None:
    """As the viewer's live stream does: it looks again after each change, and never in between."""
    while True:
        changed = attached.changed
        if condition():
            return
        await changed.wait()


class Scene:
    """A browser that is recorded for a viewer, and another client on it."""

    def __init__(self, browser: Browser, store: Store, recorder: Recorder, attached: Attached, other: Browser) -> None:
        self.browser = browser
        self.store = store
        self.recorder = recorder
        self.attached = attached
        self.other = other

    @property
    def recording(self) -> dict[str, bool | None]:
        found: dict[str, bool | None] = self.attached.state()["recording"]
        return found

    async def wait(self, condition: Callable[[], object]) -> None:
        await wait_reported(self.attached, condition)


@asynccontextmanager
async def open_scene(folder: Path) -> AsyncIterator[Scene]:
    launch = Launch(profile=folder / "profile", port=0)
    with trio.fail_after(DEADLINE):
        async with (
            open_store(folder / "events.db") as store,
            open_browser(launch=launch) as browser,
            open_browser(str(launch.profile)) as other,
        ):
            attached = Attached("it has not been started yet")
            async with (
                open_recorder(browser, store, rearm=False, left_off=attached.left_off) as recorder,
                open_tasks() as tasks,
            ):
                tasks.start_soon(attached.show, recorder)
                scene = Scene(browser, store, recorder, attached, other)
                await scene.wait(lambda: attached.recorder)
                yield scene


async def switch(other: Browser, service: str, *, on: bool) -> None:
    """As a click in DevTools does: another client's session, on another target."""
    [default, *_] = await list_contexts(other)
    async with open_target(other, default) as session:
        await session.call(commands.set_recording(service, should_record=on))


async def open_blank(browser: Browser, context: str) -> None:
    await browser.root.call(commands.create_target("about:blank", browser_context_id=context))
