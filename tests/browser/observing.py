"""A scripted browser that is being observed."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import trio

from cdp_bgservices.browser.calls import ANSWER_LIMIT
from cdp_bgservices.browser.contexts import Observation, open_observation
from cdp_bgservices.browser.observer import Observer
from cdp_bgservices.browser.opening import Browser, open_browser
from cdp_bgservices.browser.switching import Settings
from cdp_bgservices.events import Event
from tests.scripted import DEFAULT, Attached, ScriptedBrowser, open_scripted_browser

SYNC, PUSH = "backgroundSync", "pushMessaging"
DEADLINE = 30
AT_ONCE = ANSWER_LIMIT - 5
"""Seconds: not by an answer that does not come, on a machine that has other things to do."""


class Scene:
    """All that a test of observing looks at."""

    def __init__(self, scripted: ScriptedBrowser, browser: Browser, observation: Observation, kept: list[str]) -> None:
        self.scripted = scripted
        self.browser = browser
        self.observation = observation
        self.kept = kept
        """Instance ids of the events that were handed on, in order."""

    @property
    def observer(self) -> Observer:
        return self.observation.observers[DEFAULT]

    def session(self, context: str = DEFAULT) -> Attached:
        """The one that a context is observed from."""
        [session] = [each for each in self.scripted.sessions.values() if each.target.context == context]
        return session

    def switched(self) -> list[tuple[str, bool]]:
        """How recording was switched by us, in order."""
        received = self.scripted.received("BackgroundService.setRecording")
        return [(each.params["service"], each.params["shouldRecord"]) for each in received]


async def wait_until(condition: Callable[[], object]) -> None:
    while not condition():
        await trio.lowlevel.checkpoint()


@asynccontextmanager
async def open_scene(
    prepare: Callable[[ScriptedBrowser], object] = lambda _: None,
    *,
    services: tuple[str, ...] = (SYNC, PUSH),
    **settings: Any,
) -> AsyncIterator[Scene]:
    """Observed and armed when it begins; ``prepare`` changes the browser before that."""
    kept: list[str] = []

    async def keep(events: Sequence[Event]) -> None:
        kept.extend(event.instance_id for event in events)

    with trio.fail_after(DEADLINE):
        async with open_scripted_browser() as scripted, open_browser(scripted.url) as browser:
            prepare(scripted)
            wanted = Settings(source="test", services=services, **settings)
            async with open_observation(browser, wanted, keep) as observation:
                yield Scene(scripted, browser, observation, kept)
