"""The facts of a browser that is recorded, asked while it acts."""

from datetime import timedelta
from pathlib import Path

import pytest
import trio

from cdp_bgservices.browser.launch import Launch
from cdp_bgservices.browser.opening import open_browser
from cdp_bgservices.browser.site import answers as site_answers
from cdp_bgservices.explanation.chosen import Chosen
from cdp_bgservices.explanation.looking import look
from cdp_bgservices.explanation.recorded import look_recorded
from cdp_bgservices.query import Query
from cdp_bgservices.recorder import open_recorder
from cdp_bgservices.store import open_store
from cdp_bgservices.why.values import Unknown
from tests.acting import open_site

DEADLINE = 60
SHOW = """navigator.serviceWorker.ready.then((own) => own.showNotification('A letter', {tag: 'letter'}))"""


@pytest.mark.browser
async def test_notifications_are_not_read_soon_after_one_was_displayed(
    site: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That could remove it: Chromium forgets one that is not on the screen yet."""
    monkeypatch.setattr(site_answers, "SETTLED", timedelta(hours=1))  # The machine may be busy.
    with trio.fail_after(DEADLINE):
        async with (
            open_browser(launch=Launch()) as browser,
            open_store(tmp_path / "events.db") as store,
            open_recorder(browser, store) as recorder,
        ):
            page = await open_site(browser, site)
            (before,) = await look_recorded(recorder, Chosen())
            await page.evaluate(SHOW)
            await recorder.wait_event(Query(event_names=("Notification displayed",)))
            (recorded,) = await look_recorded(recorder, Chosen())
            (asked,) = (await look(browser, Chosen())).facts

    assert before.registered.notifications == ()
    assert isinstance(recorded.registered.notifications, Unknown)
    assert isinstance(asked.registered.notifications, Unknown)
