"""A browser over a port, recorded by another client: what macOS and Windows do as Linux does."""

from pathlib import Path

import pytest
import trio

from cdp_bgservices.browser.launch import Launch
from cdp_bgservices.browser.opening import open_browser
from cdp_bgservices.query import Query
from cdp_bgservices.recorder import open_recorder
from cdp_bgservices.store import open_store
from tests.acting import open_site

pytestmark = [pytest.mark.browser, pytest.mark.everywhere]

DEADLINE = 60
COMPLETED = Query(event_names=("Sync completed",))


@pytest.mark.parametrize("way", ["its address", "its port", "its profile folder"])
async def test_a_browser_is_launched_over_a_port_and_attached_to(way: str, site: str, tmp_path: Path) -> None:
    with trio.fail_after(DEADLINE):
        async with (
            open_store(tmp_path / "events.db") as store,
            open_browser(launch=Launch(transport="port")) as browser,
        ):
            assert browser.process is not None
            assert browser.endpoint is not None
            places = {
                "its address": browser.endpoint,
                "its port": browser.endpoint.rpartition(":")[2].partition("/")[0],
                "its profile folder": str(browser.profile),
            }
            async with open_browser(places[way]) as attached, open_recorder(attached, store) as recorder:
                assert attached.identity == browser.identity
                page = await open_site(browser, site)
                await page.evaluate("site.sync('one')")
                event = await recorder.wait_event(COMPLETED)
        assert event.instance_id == "one"
        assert browser.process.process.returncode == 0, "it was asked to exit"
        assert browser.profile is not None
        assert not browser.profile.exists()
