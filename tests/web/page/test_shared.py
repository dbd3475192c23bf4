"""The page over a shared store: what comes late, and a store that does not answer for a while."""

from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from cdp_bgservices.store import utc_now
from tests.store.engines import PostgresHome
from tests.web.page.viewing import event, names, open_page, open_view
from tests.web.test_shared import closed

pytestmark = pytest.mark.browser


def test_a_store_that_does_not_answer_and_comes_back(page: Page, tmp_path: Path) -> None:
    home = PostgresHome(tmp_path)
    with home.open(utc_now) as engine:
        engine.add([event(1, event_name="First")])
        with open_view(home.shared.url) as address:
            open_page(page, address)
            expect(page.get_by_role("link", name="All services 1 event")).to_be_visible()
            trouble = page.get_by_role("alert").filter(has_text=home.shared.name)
            with closed(home.shared):
                expect(trouble).to_be_visible()
            expect(trouble).to_have_count(0)
            engine.add([event(2, event_name="Second"), event(3, age=timedelta(hours=30), event_name="Late")])
            expect(page.get_by_role("link", name="All services 3 events")).to_be_visible()
            expect(names(page)).to_have_text(["Late", "First", "Second"])
