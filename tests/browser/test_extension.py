"""The service worker of an extension: as docs/embedders.md says."""

import json
from pathlib import Path

import pytest
import trio

from cdp_bgservices.browser.each_context import list_workers
from cdp_bgservices.browser.firing import fire
from cdp_bgservices.browser.launch import Launch
from cdp_bgservices.browser.opening import open_browser
from cdp_bgservices.browser.triggers import push, sync
from cdp_bgservices.recorder import open_recorder
from cdp_bgservices.store import open_store
from tests.waiting import look_again

DEADLINE = 60
MANIFEST = {
    "manifest_version": 3,
    "name": "An extension",
    "version": "1",
    "permissions": ["notifications"],
    "background": {"service_worker": "worker.js"},
}
WORKER = """
self.addEventListener("push", event => event.waitUntil(registration.showNotification(event.data.text())));
self.addEventListener("sync", event => event.waitUntil(Promise.resolve()));
"""


@pytest.mark.browser
async def test_its_events_are_recorded_with_its_own_origin(tmp_path: Path) -> None:
    extension = tmp_path / "extension"
    extension.mkdir()
    (extension / "manifest.json").write_text(json.dumps(MANIFEST))
    (extension / "worker.js").write_text(WORKER)
    # Chrome itself ignores the first argument without the second.
    arguments = (f"--load-extension={extension}", "--disable-features=DisableLoadExtensionCommandLineSwitch")
    with trio.fail_after(DEADLINE):
        async with (
            open_browser(launch=Launch(arguments=arguments)) as browser,
            open_store(tmp_path / "events.db") as store,
            open_recorder(browser, store) as recorder,
        ):
            while not (workers := await list_workers(browser)):
                await look_again()
            (scope,) = {worker.scope for worker in workers}
            assert scope.startswith("chrome-extension://")
            await fire(browser, push("hello"), scope=scope)
            await fire(browser, sync("tag"), scope=scope)
            await recorder.settle()
            events = [event async for event in store.events()]
    assert {event.origin for event in events} == {event.scope for event in events} == {scope}
    assert {"Notification displayed", "Push event completed", "Dispatched sync event"} <= {
        event.event_name for event in events
    }
