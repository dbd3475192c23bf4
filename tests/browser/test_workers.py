"""The workers of a browser, asked of each of its contexts."""

import trio

from cdp_bgservices.browser.each_context import list_workers
from cdp_bgservices.browser.opening import open_browser
from tests.scripted import DEFAULT, open_scripted_browser

SCOPE = "http://localhost:8000/"


async def test_workers_of_every_context_are_listed_by_scope() -> None:
    with trio.fail_after(30):
        async with open_scripted_browser() as scripted, open_browser(scripted.url) as browser:
            scripted.registrations = {"1": f"{SCOPE}b/", "0": f"{SCOPE}a/"}
            scripted.contexts.append("MADE")
            listed = await list_workers(browser)
            assert [(each.scope, each.browser_context) for each in listed] == [
                (f"{SCOPE}a/", DEFAULT),
                (f"{SCOPE}a/", "MADE"),
                (f"{SCOPE}b/", DEFAULT),
                (f"{SCOPE}b/", "MADE"),
            ]
            assert {target.type for target in scripted.targets.values()} == {"page"}, "a target of ours stayed"
