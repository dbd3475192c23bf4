"""A browser that goes away in the middle of a recording, and comes back; or does not."""

import os
import signal
from itertools import islice
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import trio

from cdp_bgservices.browser.launch import Launch
from cdp_bgservices.browser.opening import Browser, open_browser
from cdp_bgservices.browser.profile import armed_until
from cdp_bgservices.capture.reconnect import LONGEST
from cdp_bgservices.tasks import SHORTEST, pauses
from tests.acting import log_of, open_site, wait_logged
from tests.browser.peers import free_port
from tests.cli.running import Running, open_command, run
from tests.cli.test_record import is_leader, processes_of, stored
from tests.marks import slow_among
from tests.scripted import Json, open_scripted_browser
from tests.waiting import look_again

DEADLINE = 60
RECORDING = "recording 1 browser context of"
WENT_AWAY = "went away: waiting for it to come back"
AGAIN = "recording 1 browser context again of"


async def kill(browser: Browser) -> None:
    assert browser.process is not None
    browser.process.process.kill()
    await browser.process.process.wait()
    await browser.wait_lost()


async def act(browser: Browser, site: str, tag: str) -> None:
    page = await open_site(browser, site)
    await page.evaluate(f"site.sync({tag!r})")


async def wait_printed(command: Running, tag: str) -> None:
    """Until the end of that sync was stored, and so printed."""
    while not any(tag in line and "Sync completed" in line for line in command.out.decode().splitlines()):
        await command.changed.wait()


async def log_at_rest(browser: Browser) -> set[str]:
    """What it has kept, once each sync that it has dispatched has ended there.

    Chromium, killed, may have forgotten that a sync completed, and dispatches it once more.
    """
    while True:
        log = await log_of(browser)
        names = [event.event_name for event in log]
        if names.count("Dispatched sync event") == names.count("Sync completed"):
            return {event.id for event in log}
        await look_again()


@pytest.mark.browser
@pytest.mark.parametrize("place", slow_among(["profile", "port", "http", "websocket"], ["http", "websocket"]))
async def test_it_is_recorded_again_wherever_it_was_found(site: str, tmp_path: Path, place: str) -> None:
    store, port = tmp_path / "events.db", free_port()
    launch = Launch(profile=tmp_path / "profile", port=port)
    with trio.fail_after(DEADLINE):
        async with open_browser(launch=launch) as browser:
            endpoints = {"profile": str(launch.profile), "port": str(port), "http": f"http://127.0.0.1:{port}"}
            endpoint = endpoints.get(place) or str(browser.endpoint)
            async with open_command(store, "record", "--attach", endpoint) as command:
                await command.wait_said(RECORDING)
                await act(browser, site, "before")
                await wait_printed(command, "before")
                await wait_logged(browser, "before")
                await kill(browser)
                await command.wait_said(WENT_AWAY)
                async with open_browser(launch=launch) as back:
                    await command.wait_said(AGAIN)
                    await act(back, site, "after")
                    await wait_printed(command, "after")
                    await wait_logged(back, "after")
                    kept = await log_at_rest(back)
                    result = await command.stop(signal.SIGINT)
    assert result.status == 0, result.err
    assert {event.id for event in stored(store)} == kept
    assert list(dict.fromkeys(event.instance_id for event in result.events)) == ["before", "after"]
    assert result.err.count(WENT_AWAY) == 1


@pytest.mark.browser
async def test_another_browser_that_is_in_its_place_is_not_stored_under_its_name(site: str, tmp_path: Path) -> None:
    store, port = tmp_path / "events.db", free_port()
    first, second = (Launch(profile=tmp_path / name, port=port) for name in ("first", "second"))
    with trio.fail_after(DEADLINE):
        async with (
            open_browser(launch=first) as browser,
            open_command(store, "record", "--attach", str(port), "--source", "mine") as command,
        ):
            await command.wait_said(RECORDING)
            await act(browser, site, "before")
            await wait_printed(command, "before")
            await kill(browser)
            await command.wait_said(WENT_AWAY)
            async with open_browser(launch=second) as other:
                await command.wait_said(AGAIN)
                await act(other, site, "after")
                await wait_printed(command, "after")
                result = await command.stop(signal.SIGINT)
    assert result.status == 0, result.err
    sources = {(event.instance_id, event.source) for event in result.events}
    assert sources == {("before", "mine"), ("after", str(second.profile))}
    assert f"another browser is at {port} now: its events are stored as those of {second.profile}\n" in result.err


@pytest.mark.browser
async def test_a_profile_folder_that_is_not_there_for_a_while_is_waited_for(site: str, tmp_path: Path) -> None:
    """As for a browser that was started again with a temporary profile: it is not a wrong command line."""
    store, launch, elsewhere = tmp_path / "events.db", Launch(profile=tmp_path / "profile", port=0), tmp_path / "gone"
    assert launch.profile is not None
    with trio.fail_after(DEADLINE):
        async with (
            open_browser(launch=launch) as browser,
            open_command(store, "record", "--attach", str(launch.profile)) as command,
        ):
            await command.wait_said(RECORDING)
            launch.profile.rename(elsewhere)
            await kill(browser)
            await command.wait_said(WENT_AWAY)
            async with open_browser(launch=Launch(profile=elsewhere)):
                pass  # As long as that takes, the folder is looked for in vain.
            async with open_browser(launch=launch) as back:
                await command.wait_said(AGAIN)
                await act(back, site, "after")
                await wait_printed(command, "after")
                result = await command.stop(signal.SIGINT)
    assert result.status == 0, result.err


@pytest.mark.browser
async def test_what_happened_unattended_is_replayed(site: str, tmp_path: Path) -> None:
    """The browser records by itself, also when it was killed, once it has written down that it does."""
    store, profile = tmp_path / "events.db", tmp_path / "profile"
    reachable, unreachable = Launch(profile=profile, port=0), Launch(profile=profile)
    with trio.fail_after(DEADLINE):
        async with (
            open_browser(launch=reachable) as browser,
            open_command(store, "record", "--attach", str(profile)) as command,
        ):
            await command.wait_said(RECORDING)
            await wait_written_down(profile)
            await kill(browser)
            await command.wait_said(WENT_AWAY)
            async with open_browser(launch=unreachable) as between:
                await act(between, site, "between")
                await wait_logged(between, "between")
            async with open_browser(launch=reachable) as back:
                await wait_printed(command, "between")
                kept = {event.id for event in await log_of(back)}
                result = await command.stop(signal.SIGINT)
    assert result.status == 0, result.err
    assert {event.id for event in stored(store)} == kept
    assert [event.instance_id for event in result.events] == ["between"] * 3


async def wait_written_down(profile: Path) -> None:
    """Chromium writes its preferences some ten seconds after they were changed."""
    while len(armed_until(profile)) < 6:  # noqa: ASYNC110 files notify no one
        await trio.sleep(0.1)


async def test_one_that_comes_only_to_go_away_again_is_waited_for_still(tmp_path: Path) -> None:
    """A browser that crashes while it is being armed, three times over."""
    profile = tmp_path / "profile"
    profile.mkdir()
    with trio.fail_after(DEADLINE):
        async with open_scripted_browser() as browser:
            parts = urlsplit(browser.url)
            (profile / "DevToolsActivePort").write_text(f"{parts.port}\n{parts.path}\n")
            crashes = 0

            async def crash(_: Json) -> Json:
                nonlocal crashes
                crashes += 1
                if crashes == 3:
                    del browser.answers["BackgroundService.setRecording"]
                await browser.close()
                return {}

            async with open_command(tmp_path / "events.db", "record", "--attach", str(profile)) as command:
                await command.wait_said("recording 1 browser context of")
                browser.answers["BackgroundService.setRecording"] = crash
                await browser.close()
                await command.wait_said("recording 1 browser context again of")
                result = await command.stop(signal.SIGINT)
    assert result.status == 0, result.err
    assert crashes == 3
    assert result.err.count(WENT_AWAY) == 1
    assert "1 re-attachment" in result.err


@pytest.mark.browser
async def test_another_profile_at_the_same_port_is_another_source(site: str, tmp_path: Path) -> None:
    store, port = tmp_path / "events.db", free_port()
    profiles = [tmp_path / "one", tmp_path / "two"]
    with trio.fail_after(DEADLINE):
        async with (
            open_browser(launch=Launch(profile=profiles[0], port=port)) as browser,
            open_command(store, "record", "--attach", str(port)) as command,
        ):
            await command.wait_said(RECORDING)
            await act(browser, site, "one")
            await wait_printed(command, "one")
            await kill(browser)
            async with open_browser(launch=Launch(profile=profiles[1], port=port)) as other:
                await command.wait_said(AGAIN)
                await act(other, site, "two")
                await wait_printed(command, "two")
                result = await command.stop(signal.SIGTERM)
    assert result.status == 0, result.err
    assert {(event.instance_id, event.source) for event in result.events} == {
        ("one", str(profiles[0])),
        ("two", str(profiles[1])),
    }


@pytest.mark.browser
async def test_it_is_waited_for_at_the_start(site: str, tmp_path: Path) -> None:
    port = free_port()
    arguments = ("record", "--attach", str(port), "--wait", "--until", "backgroundSync:Sync completed")
    with trio.fail_after(DEADLINE):
        async with open_command(tmp_path / "events.db", *arguments) as command:
            await command.wait_said(f"nothing listens at {port}")
            await command.wait_said("waiting for it")
            async with open_browser(launch=Launch(profile=tmp_path / "profile", port=port)) as browser:
                await command.wait_said(RECORDING)
                await act(browser, site, "tag")
                result = await command.wait()
    assert result.status == 0, result.err
    assert result.err.count("waiting") == 1


async def test_without_wait_it_must_be_there_at_the_start(tmp_path: Path) -> None:
    result = await run(tmp_path / "events.db", "record", "--attach", str(free_port()))
    assert result.status == 3


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["--for", "3s"], 3, "went away and did not come back"),
        (["--until", "backgroundSync:Sync completed"], 130, "--until sees its event: "),
        (["--expect", "backgroundSync:Sync completed"], 1, "Sync completed occurs: did not occur"),
        ([], 0, "stored 0 events"),
    ],
)
async def test_it_does_not_come_back(tmp_path: Path, arguments: list[str], status: int, said: str) -> None:
    profile = tmp_path / "profile"
    with trio.fail_after(DEADLINE):
        async with (
            open_browser(launch=Launch(profile=profile, port=0)) as browser,
            open_command(tmp_path / "events.db", "record", "--attach", str(profile), *arguments) as command,
        ):
            await command.wait_said(RECORDING)
            await kill(browser)
            await command.wait_said(WENT_AWAY)
            result = await (command.wait() if "--for" in arguments else command.stop(signal.SIGINT))
    assert result.status == status, result.err
    assert said in result.err


@pytest.mark.browser
@pytest.mark.parametrize("transport", ["pipe", "port"])
async def test_a_launched_browser_that_crashes_is_started_again(transport: str, site: str, tmp_path: Path) -> None:
    """In the same profile, though that is a temporary one, and with the same pages."""
    arguments = ("record", "--restart", "--over", transport, "--url", f"{site}?sync=tag", "--grant", site.rstrip("/"))
    with trio.fail_after(DEADLINE):
        async with open_command(tmp_path / "events.db", *arguments) as command:
            await command.wait_said(RECORDING)
            await wait_printed(command, "tag")
            marker = "cdp-bgservices-profile-"
            leaders = [pid for pid in processes_of(marker) if is_leader(pid) and child_of(pid, command.process.pid)]
            (leader,) = leaders
            os.kill(leader, signal.SIGKILL)
            await command.wait_said("the browser was killed by signal 9")
            await command.wait_said(AGAIN)
            while command.out.count(b"Sync completed") < 2:
                await command.changed.wait()
            result = await command.stop(signal.SIGINT)
    assert result.status == 0, result.err
    assert len({event.source for event in result.events}) == 1
    assert len({event.id for event in result.events}) == len(result.events)


def child_of(pid: int, parent: int) -> bool:
    try:
        return f"\nPPid:\t{parent}\n" in Path(f"/proc/{pid}/status").read_text()
    except OSError:  # It has just ended: another test's browser is found, too.
        return False


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--wait"], "--wait and --no-wait are for the browser of --attach"),
        (["--no-wait"], "--wait and --no-wait are for the browser of --attach"),
        (["--attach", "9222", "--restart"], "--restart is for a browser that is started"),
    ],
)
async def test_what_does_not_go_together(tmp_path: Path, arguments: list[str], said: str) -> None:
    result = await run(tmp_path / "events.db", "record", *arguments)
    assert result.status == 2
    assert said in result.err


def test_the_pauses_grow_and_are_bounded() -> None:
    found = list(islice(pauses(LONGEST), 50))
    assert SHORTEST / 2 <= found[0] <= SHORTEST
    assert max(found) <= LONGEST
    assert min(found[20:]) >= LONGEST / 2
    assert len(set(found[20:])) == 30, "jittered"
