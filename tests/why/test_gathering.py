"""The facts of a site, from a real Chromium: of its page, its worker, its profile, and what they cannot say."""

from pathlib import Path
from urllib.request import urlopen

import pytest
import trio
from cdp import service_worker
from cdp import target as target_domain

from cdp_bgservices import InvalidInputError, Launch, explain, open_browser
from cdp_bgservices.browser.connection import Session
from cdp_bgservices.browser.each_context import list_workers
from cdp_bgservices.browser.opening import Browser
from cdp_bgservices.browser.pages import open_page
from cdp_bgservices.browser.permissions import set_permission
from cdp_bgservices.browser.site import answers as site_answers
from cdp_bgservices.browser.site import asking as site_asking
from cdp_bgservices.explanation.chosen import Chosen
from cdp_bgservices.explanation.looking import look
from cdp_bgservices.protocol import commands
from cdp_bgservices.protocol.commands import command
from cdp_bgservices.why.values import Engagement, Facts, Fetch, Unknown
from tests.acting import ACTIVE, open_site
from tests.browser.worker_site import serve_worker
from tests.waiting import look_again

pytestmark = pytest.mark.browser

DEADLINE = 60
REGISTER = """navigator.serviceWorker.ready.then((own) => Promise.all([
  own.periodicSync.register('news', {minInterval: 1000}), own.backgroundFetch.fetch('film', ['/hold/facts'])]))
  .then(() => 'done')"""


async def facts_of(browser: Browser, chosen: Chosen = Chosen(), **options: bool) -> Facts:  # noqa: B008 it is frozen
    (found,) = (await look(browser, chosen, **options)).facts
    return found


async def tabs_of(browser: Browser) -> set[str]:
    return {each.target_id for each in await browser.root.call(target_domain.get_targets()) if each.type_ == "page"}


async def test_an_open_page_says_what_is_registered_and_allowed(site: str) -> None:
    with trio.fail_after(DEADLINE):
        async with open_browser(launch=Launch()) as browser:
            page = await open_site(browser, site)
            await page.session.call(command("PWA.install", manifestId=site))
            await page.evaluate(REGISTER)
            before = await tabs_of(browser)
            facts = await facts_of(browser)

            assert facts.browser.product == browser.product
            assert facts.browser.is_off_the_record is False
            assert facts.browser.switches
            assert (facts.site.scope, facts.site.page, facts.site.pages, facts.site.missing) == (site, site, 1, None)
            assert (facts.site.is_secure, facts.site.is_online, facts.site.is_third_party) == (True, True, False)
            assert facts.site.is_installed is True
            assert facts.registered.periodic_tags == ("news",)
            assert facts.registered.sync_tags == ()
            assert facts.registered.subscriptions == ()
            assert facts.registered.fetches == (Fetch(id="film", downloaded=0, total=0, result="", failure_reason=""),)
            assert facts.registered.has_payment_manager is True
            assert isinstance(facts.registered.notifications, Unknown), "they are not recorded"
            assert facts.permission("notifications").page == "granted"
            assert facts.permission("background-fetch").page == "granted"
            assert facts.worker.active is not None
            assert not facts.worker.was_started
            assert not isinstance(facts.worker.handlers, Unknown)
            assert {"sync", "periodicsync", "push", "notificationclick", "paymentrequest"} <= {*facts.worker.handlers}
            assert facts.worker.errors == ()
            assert {each.is_on for each in facts.recordings.values()} == {False}
            assert len(facts.recordings) == 6
            again = await facts_of(browser)
            assert (again.recordings, again.registered, again.events) == (facts.recordings, facts.registered, ())
            assert await tabs_of(browser) == before


async def test_without_a_page_the_worker_is_started_and_the_profile_has_what_was_set(site: str, tmp_path: Path) -> None:
    origin = site.rstrip("/")
    with trio.fail_after(DEADLINE):
        async with open_browser(launch=Launch(profile=tmp_path)) as browser:
            await open_site(browser, site)
            await set_permission(browser, origin, "notifications", "denied", real=True)
        async with open_browser(launch=Launch(profile=tmp_path)) as browser:  # Nothing of it runs yet.
            stopped = await facts_of(browser, start_worker=False)
            running = [each.running_status for each in await list_workers(browser)]
            started = await facts_of(browser)

    assert running == ["stopped"]
    assert not stopped.worker.was_started
    assert stopped.worker.handlers == Unknown("its worker is not running")
    assert stopped.registered.sync_tags == Unknown("its worker is not running")
    assert stopped.permission("notifications").page == Unknown("its worker is not running")
    assert stopped.site.page is None
    assert started.worker.was_started
    assert not isinstance(started.worker.handlers, Unknown)
    assert "push" in started.worker.handlers
    assert started.registered.sync_tags == ()
    for facts in (stopped, started):
        assert facts.permission("push").profile == "block"
        assert facts.permission("background-sync").profile is None
        assert isinstance(facts.site.engagement, Engagement)
        assert facts.site.engagement.score > 0
    assert started.permission("notifications").page == "denied"


async def stop_worker(browser: Browser, session: Session) -> None:
    """The only one."""
    (worker,) = await list_workers(browser)
    await session.call(service_worker.enable())
    await session.call(service_worker.stop_worker(worker.version_id))
    while [each.running_status for each in await list_workers(browser)] != ["stopped"]:
        await look_again()


async def test_a_worker_that_throws_when_it_starts_has_no_handlers_and_says_what_it_threw() -> None:
    """Chromium takes it for started."""
    script = "if (self.registration.active) throw new Error('at the second start'); self.onpush = () => {};"
    with trio.fail_after(DEADLINE), serve_worker(script) as address:
        async with open_browser(launch=Launch()) as browser:
            page = await open_page(browser, address)
            await page.evaluate(ACTIVE)
            first = await facts_of(browser)
            await stop_worker(browser, page.session)
            second = await facts_of(browser)

    assert (first.worker.handlers, first.worker.errors, first.worker.was_started) == (("push",), (), False)
    assert (second.worker.handlers, second.worker.was_started) == ((), True)
    assert second.worker.errors == ("Uncaught Error: at the second start",)


async def test_a_worker_that_does_not_start_makes_its_own_facts_unknown(
    site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site_answers, "STARTING", 0.5)
    with trio.fail_after(DEADLINE):
        async with open_browser(launch=Launch()) as browser:
            page = await open_site(browser, site)
            await stop_worker(browser, page.session)
            await browser.root.call(commands.attach_to_all(["service_worker"]))  # It waits for a debugger.
            facts = await facts_of(browser)

    assert not facts.worker.was_started
    assert facts.worker.handlers == Unknown("its worker did not start within 0.5 s")
    assert facts.registered.sync_tags == (), "the page has answered"


async def test_a_page_that_hangs_makes_its_own_facts_unknown_and_no_others(
    site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site_asking, "PATIENCE", 1.5)
    with trio.fail_after(DEADLINE):
        async with open_browser(launch=Launch()) as browser:
            page = await open_site(browser, site)
            async with trio.open_nursery() as nursery:
                nursery.start_soon(page.evaluate, synchronously("/hold/hanging"))
                await trio.to_thread.run_sync(urlopen, f"{site}arrived/hanging")
                facts = await facts_of(browser)
                nursery.cancel_scope.cancel()

    assert facts.site.page_errors == Unknown("it did not answer within 1.5 s")
    assert facts.site.is_third_party == Unknown("it did not answer within 1.5 s")
    assert facts.registered.sync_tags == ()
    assert facts.permission("notifications").page == "granted"


def synchronously(path: str) -> str:
    """A request for which the page waits, and does nothing else."""
    return f"(() => {{ const r = new XMLHttpRequest(); r.open('GET', {path!r}, false); r.send(); return 1; }})()"


async def test_a_page_without_a_worker_says_what_it_threw(site: str) -> None:
    with trio.fail_after(DEADLINE):
        async with open_browser(launch=Launch()) as browser:
            page = await open_page(browser, f"{site}icon.png?token=secret")
            await page.evaluate(
                """new Promise((resolve) => {
                  addEventListener('unhandledrejection', () => resolve(1));
                  void navigator.serviceWorker.register('/none.js');
                })"""
            )
            facts = await facts_of(browser)

    assert (facts.site.scope, facts.site.page) == (None, f"{site}icon.png")
    assert facts.site.missing == f"{site}icon.png is open, but has registered none"
    assert facts.worker.versions == ()
    assert facts.registered.sync_tags == ()
    assert not isinstance(facts.site.page_errors, Unknown)
    assert "404" in facts.site.page_errors[-1]


async def test_a_worker_of_a_frame_belongs_to_a_third_party(site: str) -> None:
    with trio.fail_after(DEADLINE):
        async with open_browser(launch=Launch()) as browser:
            outer = site.replace("localhost", "127.0.0.1")
            page = await open_page(browser, f"{outer}icon.png")
            await page.evaluate(
                f"""new Promise((resolve) => {{
                  const frame = document.body.appendChild(document.createElement('iframe'));
                  frame.onload = () => resolve(1);
                  frame.src = {site!r};
                }})"""
            )
            while not await list_workers(browser):
                await look_again()
            facts = await facts_of(browser, Chosen(origin=site.rstrip("/")))
            outside = await facts_of(browser, Chosen(origin=outer.rstrip("/")))

    assert facts.site.is_third_party is True
    assert (facts.site.page, facts.site.pages) == (site, 0)
    assert facts.permission("notifications").page == "denied"
    assert (outside.site.scope, outside.site.is_third_party) == (None, False)


async def test_no_site_no_such_context_and_several_sites_are_said(site: str) -> None:
    with trio.fail_after(DEADLINE):
        async with open_browser(launch=Launch()) as browser:
            with pytest.raises(InvalidInputError, match="no browser context has the id NONE"):
                await explain(browser, "backgroundSync", browser_context="NONE")
            with pytest.raises(InvalidInputError, match="no open page and no service worker"):
                await explain(browser, "backgroundSync")
            await open_site(browser, site)
            context = await browser.root.call(commands.create_browser_context(dispose_on_detach=True))
            await open_site(browser, site, context)
            both = (await look(browser, Chosen())).facts
            made = await facts_of(browser, Chosen(browser_context=context))
            nowhere = await facts_of(browser, Chosen(scope=f"{site}none/", browser_context=context))
            with pytest.raises(InvalidInputError, match="there are several sites"):
                await explain(browser, "backgroundSync")
            chosen = await explain(browser, "backgroundSync", browser_context=context)

    assert [each.browser.is_off_the_record for each in both] == [False, True]
    assert made.site.scope == site
    assert isinstance(made.site.engagement, Unknown)
    assert (nowhere.site.scope, nowhere.site.other_scopes) == (None, (site,))
    assert nowhere.site.missing == f"none has the scope {site}none/"
    assert chosen
