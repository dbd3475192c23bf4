"""Each act of the lab's story on the real Chromium: what is stored of it, in order; and what is said where it fails."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio

from cdp_bgservices.browser.launch import Launch
from cdp_bgservices.browser.opening import open_browser
from cdp_bgservices.demo.lab_story import ACTS, LETTER, Stage, application_server_key, tell_story, usable_parts
from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.lab.opening import PARTS, open_lab
from cdp_bgservices.protocol import commands
from cdp_bgservices.recorder import open_recorder
from cdp_bgservices.store import open_store
from tests.acting import open_site, stored

pytestmark = pytest.mark.usefixtures("lab_programs")

DEADLINE = 90

PUSHED = ["Push event dispatched", "Notification displayed", "Push event completed"]
CLICKED = ["Notification clicked", "Notification closed"]
FAILED = ["Dispatched sync event", "sync event failed"]
EVENTS = {
    "sync": ["Registered sync", "Dispatched sync event", "Sync completed"],
    "push": ["Push message received", *PUSHED],
    "click": [*PUSHED, *CLICKED],  # Without a push service the push is emulated: nothing was received.
    "retries": ["Registered sync", *FAILED, *FAILED, "Dispatched sync event", "Sync completed"],
    "periodic sync": [
        "Got next event delay",
        "Registered periodicsync",
        "Dispatched periodicsync event",
        "periodicsync event completed",
        "Unregistered periodicsync",
    ],
}


@asynccontextmanager
async def open_stage(parts: Iterable[str], site: str, folder: Path) -> AsyncIterator[Stage]:
    async with open_lab(tuple(parts), sites=(site,)) as lab, open_store(folder / "events.db") as store:
        start = lab.start
        launch = Launch(arguments=start.arguments, environment=start.environment, prefix=start.prefix)
        async with open_browser(launch=launch) as browser, open_recorder(browser, store) as recorder:
            yield Stage(lab, browser, recorder, await open_site(browser, site))


async def names(stage: Stage) -> list[str]:
    """Of everything that is stored, oldest first."""
    await stage.recorder.settle()
    return [event.event_name for event in await stored(stage.recorder.store)]


@pytest.mark.browser
@pytest.mark.parametrize("part", sorted({act.part for act in ACTS}))
async def test_the_events_of_the_acts_of_a_part(part: str, site: str, tmp_path: Path) -> None:
    """In a lab that has only this part."""
    played = [act.title for act in ACTS if act.part == part]
    with trio.fail_after(DEADLINE):
        async with open_stage([part.removesuffix("_service")], site, tmp_path) as stage:
            reported: list[str] = []
            assert await tell_story(stage, reported.append), reported
            recorded = await names(stage)
    assert [line.partition(":")[0] for line in reported] == played
    assert recorded == [name for title in played for name in EVENTS[title]]


@pytest.mark.browser
async def test_an_act_that_fails_is_said_in_one_line_and_the_others_go_on(site: str, tmp_path: Path) -> None:
    """The site may not subscribe to push."""
    with trio.fail_after(DEADLINE):
        async with open_stage(["push", "clock"], site, tmp_path) as stage:
            await stage.browser.root.call(
                commands.set_permission("notifications", "denied", origin=site.rstrip("/"), browser_context_id=None)
            )
            reported: list[str] = []
            assert not await tell_story(stage, reported.append)
            recorded = await names(stage)
    push, *others = reported
    assert push.startswith("push: the page threw: NotAllowedError: ")
    assert "\n" not in push
    assert [line.partition(":")[0] for line in others] == ["retries", "periodic sync"]
    assert recorded == EVENTS["retries"] + EVENTS["periodic sync"]


@pytest.mark.browser
async def test_the_site_ends_its_subscription(site: str, tmp_path: Path) -> None:
    with trio.fail_after(DEADLINE):
        async with open_stage(["push"], site, tmp_path) as stage:
            service = stage.lab.push_service
            assert service is not None
            subscription = await stage.page.evaluate(f"site.subscribe({application_server_key()!r})")
            assert service.knows(subscription)
            assert await stage.page.evaluate("site.unsubscribe()") == {"unsubscribed": True}
            while service.knows(subscription):
                await service.changed.wait()
            with pytest.raises(InvalidInputError, match="was ended, by its page, by"):
                await service.send(subscription, LETTER)
            assert await stage.page.evaluate("site.unsubscribe()") == {"unsubscribed": False}


async def test_what_the_system_lacks_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    assert await usable_parts(said.append) == PARTS
    assert said == []
    monkeypatch.setenv("PATH", str(tmp_path))
    assert await usable_parts(said.append) == ("push", "clock")
    notifications, network = said
    assert notifications.startswith("skipped, notifications: ")
    assert "dbus" in notifications
    assert network == "skipped, network: the network switch needs the program unshare. Install the package util-linux."
