"""What a handler did, where the worker is awkward to ask."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trio

from cdp_bgservices.browser.each_context import list_workers
from cdp_bgservices.browser.firing import dispatch
from cdp_bgservices.browser.launch import Launch
from cdp_bgservices.browser.opening import Browser, open_browser
from cdp_bgservices.browser.triggers import Trigger, push, sync
from tests.browser.test_firing import stop_worker
from tests.known.stages import WORKERS, open_ready, serve_workers

AWKWARD = {
    "late": "onsync = event => event.waitUntil(new Promise((_, no) => setTimeout(() => no(new Error('late')), 2000)));",
    "busy": "onsync = () => { const end = Date.now() + 3000; while (Date.now() < end); };",
    "talks": """for (let i = 0; i < 1000; i++) console.log('x'.repeat(10000) + i);
      onpush = () => { throw new Error('after all that'); };""",
    "throws at the start": """Promise.reject(new Error('at the start')); onsync = () => {};""",
    "throws text": "onsync = () => { throw 'a text'; };",
    "throws nothing": "onsync = () => { throw undefined; };",
    "has no timers": "self.setTimeout = () => 0; onsync = () => { throw new Error('without timers'); };",
    "hides its handlers": "self.getEventListeners = () => 'none of your business'; onsync = () => {};",
}


@pytest.fixture
async def site(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    with monkeypatch.context() as patch, serve_workers() as url:
        for name, source in AWKWARD.items():
            patch.setitem(WORKERS, name.replace(" ", "-"), source)
        yield url


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncIterator[Browser]:
    with trio.fail_after(100):
        async with open_browser(launch=Launch(profile=tmp_path / "profile")) as opened:
            yield opened


@pytest.mark.slow
async def test_what_is_awkward_to_ask(browser: Browser, site: str) -> None:
    """Each once by its running worker, and once by one that the event has started."""

    async def ask(name: str, trigger: Trigger | None = None, linger: float = 0.0) -> tuple[bool | None, str]:
        scope = f"{site}{name.replace(' ', '-')}/"
        outcome = await dispatch(browser, trigger or sync("tag"), scope=scope, linger=linger)
        return outcome.handling.has_handler, outcome.threw.partition("  (")[0]

    for name in AWKWARD:
        await open_ready(browser, f"{site}{name.replace(' ', '-')}/")
    for is_stopped in (False, True):
        assert await ask("late") == (True, ""), "it takes longer than it is waited for"
        assert await ask("late", linger=10) == (True, "Uncaught (in promise) Error: late")
        assert await ask("talks", push("data")) == (True, "Uncaught Error: after all that")
        assert await ask("throws text") == (True, "Uncaught a text")
        assert await ask("throws nothing") == (True, "Uncaught undefined")
        assert await ask("has no timers") == (True, "Uncaught Error: without timers")
        assert await ask("hides its handlers") == (None, "")
        threw = "Uncaught (in promise) Error: at the start" if is_stopped else ""
        assert await ask("throws at the start") == (True, threw)
        started = trio.current_time()
        assert await ask("busy") == (None, ""), "what could not be asked is not said to be missing"
        assert trio.current_time() - started < 3
        await stop_worker(browser)
        assert {worker.running_status for worker in await list_workers(browser)} == {"stopped"}
