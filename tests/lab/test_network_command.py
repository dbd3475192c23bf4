"""``record --lab network`` in one terminal, ``network offline|online`` in another."""

import signal
from pathlib import Path

import pytest
import trio

from cdp_bgservices.browser.opening import open_browser
from cdp_bgservices.browser.pages import open_page
from tests.cli.running import open_command, run

pytestmark = pytest.mark.browser

pytestmark = pytest.mark.usefixtures("namespaces")

DEADLINE = 90
OPEN = "from another terminal: --lab "


async def test_a_sync_that_is_registered_offline_is_fired_when_the_network_is_back(site: str, tmp_path: Path) -> None:
    store, profile = tmp_path / "events.db", tmp_path / "profile"
    options = ("--profile", str(profile), "--port", "0", "--url", site, "--grant", site.rstrip("/"))
    with trio.fail_after(DEADLINE):
        async with open_command(store, "record", "--lab", "network", *options) as command:
            await command.wait_said("recording 1 browser context of")
            (told,) = [line for line in command.err.decode().splitlines() if OPEN in line]
            lab = ("--lab", told.partition(OPEN)[2])
            async with open_browser(str(profile)) as browser:  # By the port that is published.
                page = await open_page(browser, site)
                await page.wait_loaded()
                await page.evaluate("site.ready()")
                offline = await run(store, "network", "offline", *lab)
                assert await page.evaluate("navigator.onLine") is False
                state = await run(store, "network", "status", *lab)
                await page.evaluate(
                    "navigator.serviceWorker.ready.then(worker => worker.sync.register('letter')).then(() => true)"
                )
                while b"Registered sync" not in command.out:
                    await command.changed.wait()
                assert b"Dispatched sync event" not in command.out
                online = await run(store, "network", "online", *lab)
                while b"Sync completed" not in command.out:
                    await command.changed.wait()
            result = await command.stop(signal.SIGINT)
    assert result.status == 0, result.err
    assert (offline.status, state.out, online.status) == (0, "offline\n", 0)
    names = [event.event_name for event in result.events]
    assert names == ["Registered sync", "Dispatched sync event", "Sync completed"]
