"""An app on Qt WebEngine: it has no default context and lets no target be made; what has a page is observed from it."""

from collections.abc import Callable
from pathlib import Path

import pytest
import trio
from cdp import target as target_domain

from cdp_bgservices.browser.each_context import clear_log, list_workers, read_recordings
from cdp_bgservices.browser.firing import fire
from cdp_bgservices.browser.opening import Browser, open_browser
from cdp_bgservices.browser.pages import Page, open_page
from cdp_bgservices.browser.permissions import grant
from cdp_bgservices.browser.triggers import push, sync
from cdp_bgservices.coverage.values import OTHER
from cdp_bgservices.errors import BrowserError
from cdp_bgservices.events import Service
from cdp_bgservices.protocol import commands
from cdp_bgservices.query import Query
from cdp_bgservices.recorder import Recorder, open_recorder
from cdp_bgservices.store import open_store
from cdp_bgservices.vocabulary.permissions import NEEDED
from tests.browser.peers import free_port
from tests.browser.qt import App, ensure_qt, open_app
from tests.browser.windows import find_page
from tests.cli.running import run
from tests.scripted import DEFAULT, Json, Refusal, open_scripted_browser
from tests.waiting import look_again

DEADLINE = 120
pytestmark = pytest.mark.timeout(600)  # Qt WebEngine may have to be fetched first.


@pytest.fixture(scope="module")
def qt() -> Path:
    return ensure_qt()


async def wait_until(condition: Callable[[], object]) -> None:
    while not condition():
        await look_again()


def observed_from(recorder: Recorder) -> list[str]:
    return [observer.session.target_id for observer in recorder.observers if observer.session is not None]


async def check_recorded(recorder: Recorder, browser: Browser, site: str, tag: str) -> None:
    """A push and a sync that are triggered are stored."""
    assert (await fire(browser, push(tag), scope=site)).event_name == "Push event completed"
    assert (await fire(browser, sync(tag), scope=site)).event_name == "Dispatched sync event"
    await recorder.settle()
    stored = [event async for event in recorder.store.events(Query(text=tag))]
    assert {(event.service, event.source) for event in stored} == {
        (service, recorder.source) for service in (Service.PUSH_MESSAGING, Service.BACKGROUND_SYNC)
    }


async def test_what_has_a_page_is_recorded_from_it(qt: Path, site: str, tmp_path: Path) -> None:
    one, two = f"{site}?page=one", f"{site}?page=two"
    with trio.fail_after(DEADLINE):
        async with (
            open_app(qt, free_port(), one, two) as app,
            open_browser(str(app.port)) as browser,
            open_store(tmp_path / "events.db") as store,
        ):
            pages = {url: await find_page(browser, url) for url in (one, two)}
            assert [worker.scope for worker in await list_workers(browser)] == [site]
            async with open_recorder(browser, store) as recorder:
                [observer] = recorder.observers
                assert (observer.kind, observer.session is not None) == (OTHER, True)
                [reported] = (await read_recordings(browser)).contexts
                assert all(state.recording for state in reported.services.values())
                await check_recorded(recorder, browser, site, "at first")
                await check_it_goes_elsewhere(recorder, browser, pages, site)
                await check_it_goes_away(recorder, browser, app, pages, site)
            await check_refusals(browser, site)


async def check_it_goes_elsewhere(recorder: Recorder, browser: Browser, pages: dict[str, Page], site: str) -> None:
    """The page that is observed from goes to another process."""
    page = next(page for page in pages.values() if page.session.target_id in observed_from(recorder))
    await page.session.call(commands.navigate(site.replace("localhost", "127.0.0.1")))
    await page.wait_loaded()
    await check_recorded(recorder, browser, site, "elsewhere")


async def check_it_goes_away(recorder: Recorder, browser: Browser, app: App, pages: dict[str, Page], site: str) -> None:
    """It is replaced by another of the same context; without any, nothing can be looked into, and that is said."""
    [before] = observed_from(recorder)
    number = [page.session.target_id for page in pages.values()].index(before)
    await app.tell(f"close {number}")
    await wait_until(lambda: observed_from(recorder) not in ([], [before]))
    await check_recorded(recorder, browser, site, "replaced")
    await app.tell(f"close {1 - number}")
    await wait_until(lambda: not recorder.contexts)
    for ask in (list_workers, read_recordings):
        with pytest.raises(BrowserError, match="no page and no window"):
            await ask(browser)
    with pytest.raises(BrowserError, match="no page and no window"):
        await clear_log(browser, tuple(Service))
    assert not browser.connection.lost.is_set()
    await app.tell(f"open {site}")
    await find_page(browser, site)
    await wait_until(lambda: recorder.contexts)
    await check_recorded(recorder, browser, site, "again")


async def check_refusals(browser: Browser, site: str) -> None:
    """What cannot be done in such an app is said in a sentence, with what to do instead."""
    with pytest.raises(BrowserError, match="does not let a client open pages") as opened:
        await open_page(browser, site)
    assert "by hand" in opened.value.remedy
    with pytest.raises(BrowserError, match="permissions cannot be granted") as granted:
        await grant(browser, site.rstrip("/"))
    assert granted.value.remedy


async def test_no_command_says_that_there_is_nothing_where_it_could_not_look(qt: Path, tmp_path: Path) -> None:
    store = tmp_path / "events.db"
    with trio.fail_after(DEADLINE):
        async with open_app(qt, free_port(), "data:text/html,") as app:
            async with open_browser(str(app.port)) as browser:
                await app.tell("close 0")
                while await browser.root.call(target_domain.get_targets()):
                    await look_again()
            for command in (["workers"], ["push", "x"], ["sync", "x"], ["status"], ["record", "--for", "1s"]):
                done = await run(store, *command, "--attach", str(app.port))
                assert (done.status, done.out) == (3, ""), command
                assert "no page and no window from which its background services can be observed" in done.err
                assert "Open a page" in done.err


async def test_a_default_context_that_the_browser_does_not_name_is_granted_permissions() -> None:
    """As CEF 131 answers, and a Chromium before 2025."""
    with trio.fail_after(DEADLINE):
        async with open_scripted_browser() as scripted, open_browser(scripted.url) as browser:

            async def set_permission(params: Json) -> Json:
                if context_id := params.get("browserContextId"):
                    raise Refusal(-32000, f"Failed to find browser context for id {context_id}")
                return {}

            scripted.answers["Target.getBrowserContexts"] = {"browserContextIds": []}
            scripted.answers["Browser.setPermission"] = set_permission
            await grant(browser, "http://localhost:8000", DEFAULT)
            granted = [command.params for command in scripted.received("Browser.setPermission")]
            assert [each["permission"]["name"] for each in granted if "browserContextId" not in each] == list(NEEDED)
            await scripted.announce(scripted.add_target("incognito"))
            with pytest.raises(BrowserError, match="permissions cannot be granted in context DEFAULT"):
                await grant(browser, "http://localhost:8000", DEFAULT)
