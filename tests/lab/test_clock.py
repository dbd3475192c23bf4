"""The sync clock: what it makes of its numbers, and what a real Chromium makes of those."""

from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
import trio

from cdp_bgservices.browser.launch import Launch
from cdp_bgservices.browser.opening import Browser, open_browser
from cdp_bgservices.errors import ExpectationError, InvalidInputError
from cdp_bgservices.events import Event
from cdp_bgservices.lab.clock import sync_clock
from cdp_bgservices.lab.start import Start
from cdp_bgservices.protocol import commands
from cdp_bgservices.query import Query
from cdp_bgservices.recorder import open_recorder
from cdp_bgservices.store import open_store
from cdp_bgservices.testing.services import open_background_services
from tests.acting import open_site
from tests.lab.notifications.lab import open_chromium

SECOND = timedelta(seconds=1)
AGAIN = """navigator.serviceWorker.ready
  .then(({ periodicSync }) => periodicSync.register("news", { minInterval: 1000 }))"""


async def command_line(browser: Browser) -> str:
    return str((await browser.root.call(commands.get_system_info()))["commandLine"])


def delays(events: list[Event]) -> list[float]:
    """Seconds from each to the next."""
    return [(later.timestamp - earlier.timestamp) / SECOND for earlier, later in pairwise(events)]


@pytest.mark.browser
async def test_a_whole_ladder_of_retries(site: str, tmp_path: Path) -> None:
    clock = sync_clock(first_retry=SECOND, factor=5, attempts=3)
    with trio.fail_after(60):
        async with (
            open_store(str(tmp_path / "events.db")) as store,
            open_browser(launch=Launch(arguments=clock.start.arguments)) as browser,
            open_recorder(browser, store) as recorder,
        ):
            line = await command_line(browser)
            assert all(argument in line for argument in clock.start.arguments)
            page = await open_site(browser, site)
            await page.evaluate("site.registerSync('reject-mail')")
            events = []
            async for event in recorder.events(Query(instance_ids=("reject-mail",))):
                events.append(event)
                if event.event_name == "Sync completed":
                    break
    assert [(event.event_name, event.metadata) for event in events] == [
        ("Registered sync", {}),
        ("Dispatched sync event", {"Last Chance": "No"}),
        ("sync event failed", {"Failure Reason": "waitUntil rejected", "Next Attempt Delay (ms)": "1000"}),
        ("Dispatched sync event", {"Last Chance": "No"}),
        ("sync event failed", {"Failure Reason": "waitUntil rejected", "Next Attempt Delay (ms)": "5000"}),
        ("Dispatched sync event", {"Last Chance": "Yes"}),
        ("Sync completed", {"Status": "waitUntil rejected"}),
    ]
    first, second = delays([event for event in events if event.event_name == "Dispatched sync event"])
    assert first >= 1
    assert second >= 5
    assert second / first > 1.5, "a busy machine may be two seconds late with the first"


@pytest.mark.browser
async def test_the_browser_fires_periodic_syncs_by_itself(site: str, tmp_path: Path) -> None:
    clock = sync_clock()
    wanted = 3
    with trio.fail_after(60):
        async with (
            open_store(str(tmp_path / "events.db")) as store,
            open_browser(launch=Launch(arguments=clock.start.arguments)) as browser,
            open_recorder(browser, store) as recorder,
        ):
            page = await open_site(browser, site)
            await page.evaluate("site.periodicSync('news', 1000)")
            events = []
            async for event in recorder.events(Query(instance_ids=("news",))):
                events.append(event)
                if [each.event_name for each in events].count("periodicsync event completed") == wanted:
                    break
    names = [event.event_name for event in events]
    assert names[:2] == ["Got next event delay", "Registered periodicsync"]
    assert names[2:] == ["Dispatched periodicsync event", "periodicsync event completed"] * wanted
    assert min(delays([event for event in events if event.event_name == "Dispatched periodicsync event"])) >= 1


@pytest.mark.browser
async def test_a_periodic_sync_of_a_day(site: str, tmp_path: Path) -> None:
    """As apps register it: not shortened, explained, and fired where it is registered again."""
    dispatched = ("periodicBackgroundSync", "Dispatched periodicsync event")
    with trio.fail_after(60):
        async with (
            open_store(str(tmp_path / "events.db")) as store,
            open_browser(launch=Launch(arguments=sync_clock().start.arguments)) as browser,
            open_background_services(browser, store) as services,
        ):
            page = await open_site(browser, site)
            await page.evaluate("site.periodicSync('news')")
            registered = await services.wait_for(event="Registered periodicsync")
            assert registered.metadata["minInterval"] == str(timedelta(days=1) // timedelta(milliseconds=1))
            with pytest.raises(ExpectationError) as caught:
                await services.wait_for(*dispatched, instance_id="news", timeout=0.1)
            assert "Chromium fires the periodic sync 'news' after 1d: its minInterval, which the lab's clock" in str(
                caught.value
            )
            with pytest.raises(ExpectationError) as caught:
                await services.wait_for(*dispatched, instance_id="weather", timeout=0.1)
            assert "Chromium fires" not in str(caught.value)
            await page.evaluate(AGAIN)
            await services.wait_for("periodicBackgroundSync", "periodicsync event completed", instance_id="news")


@pytest.mark.browser
async def test_a_handler_that_takes_too_long_has_failed(tmp_path: Path) -> None:
    clock = sync_clock(attempts=1, event_limit=SECOND)
    with trio.fail_after(60):
        async with open_chromium(clock.start, tmp_path / "events.db") as lab:
            await lab.page.evaluate("navigator.serviceWorker.ready.then(({sync}) => sync.register('hang'))")
            assert (await lab.event("Dispatched sync event")).metadata == {"Last Chance": "Yes"}
            assert (await lab.event("Sync completed")).metadata == {"Status": "timeout"}


def test_what_it_is_started_with() -> None:
    clock = sync_clock(
        first_retry=2 * SECOND, factor=4, attempts=5, event_limit=6 * SECOND, periodic_interval=7 * SECOND
    )
    assert clock.start == Start(
        arguments=(
            "--force-fieldtrials=BackgroundSync/Lab",
            "--force-fieldtrial-params=BackgroundSync.Lab:initial_retry_delay_sec/2/retry_delay_factor/4/"
            "max_sync_attempts/5/max_sync_attempts_with_notification_permission/5/max_sync_event_duration_sec/6/"
            "min_periodic_sync_events_interval_sec/7",
        )
    )


def test_without_values_there_is_no_clock() -> None:
    clock = sync_clock(first_retry=None, factor=None, attempts=None, periodic_interval=None)
    assert clock.start == Start()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"first_retry": timedelta(milliseconds=1500)}, "first retry: 1.5s is not a whole number of seconds"),
        ({"first_retry": timedelta(0)}, "first retry: less than a second"),
        ({"periodic_interval": timedelta(seconds=-1)}, "periodic interval: less than a second"),
        ({"event_limit": timedelta(milliseconds=500)}, "event limit: 500ms is not a whole number of seconds"),
        ({"periodic_interval": timedelta(days=100_000)}, "periodic interval: more than Chromium can count"),
        ({"attempts": 0}, "attempts: 0 is less than 1"),
        ({"factor": -2}, "factor: -2 is less than 1"),
        ({"factor": 1.5}, "factor: 1.5 is not a whole number"),
        ({"attempts": True}, "attempts: True is not a whole number"),
        ({"attempts": 2**40}, "attempts: more than Chromium can count"),
    ],
)
def test_wrong_numbers(given: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        sync_clock(**given)  # type: ignore[arg-type]
    assert str(caught.value) == message
    assert caught.value.remedy
