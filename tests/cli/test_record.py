"""The record command, as a user types it."""

import os
import signal
from pathlib import Path

import pytest
import trio

from cdp_bgservices.browser.launch import Launch
from cdp_bgservices.browser.opening import open_browser
from cdp_bgservices.events import Event
from cdp_bgservices.store import open_engine
from tests.acting import log_of, open_site
from tests.cli.running import open_command, run, run_here
from tests.scripted import Json, open_scripted_browser
from tests.waiting import look_again

DEADLINE = 100


def stored(store: Path) -> list[Event]:
    with open_engine(store) as database:
        return list(database.events())


def processes_of(text: str) -> list[int]:
    """Processes that have this on their command line, ours excepted."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and int(folder.name) != os.getpid():
            try:
                line = (folder / "cmdline").read_bytes()
            except OSError:
                continue
            if text.encode() in line and b"cdp_bgservices" not in line:
                found.append(int(folder.name))
    return found


async def wait_no_process(text: str) -> None:
    while processes_of(text):
        await look_again()


@pytest.mark.browser
async def test_a_ci_job_stops_at_the_event(site: str, tmp_path: Path) -> None:
    store = tmp_path / "events.db"
    page = f"{site}?sync=from-ci"
    with trio.fail_after(DEADLINE):
        result = await run(
            store,
            *("record", "--launch", "--url", page, "--grant", site.rstrip("/")),
            *("--for", "50s", "--until", "backgroundSync:Sync completed"),
        )
    assert result.status == 0, result.err
    assert [event.event_name for event in result.events] == [
        "Registered sync",
        "Dispatched sync event",
        "Sync completed",
    ]
    assert [event.id for event in result.events] == [event.id for event in stored(store)]
    assert "stored 3 events" in result.err


@pytest.mark.browser
async def test_until_that_does_not_come_is_status_1(tmp_path: Path) -> None:
    with trio.fail_after(DEADLINE):
        result = await run(
            tmp_path / "events.db", "record", "--for", "200ms", "--until", "notifications:Notification clicked"
        )
    assert result.status == 1
    assert "notifications:Notification clicked was not seen" in result.err
    assert result.out == ""


@pytest.mark.browser
async def test_for_alone_is_done_when_it_is_over(tmp_path: Path) -> None:
    with trio.fail_after(DEADLINE):
        result = await run(tmp_path / "events.db", "record", "--for", "200ms")
    assert result.status == 0
    assert "stored 0 events" in result.err


@pytest.mark.browser
@pytest.mark.parametrize(
    ("number", "transport"),
    [(signal.SIGINT, "pipe"), (signal.SIGTERM, "pipe"), (signal.SIGHUP, "port"), (signal.SIGINT, "port")],
)
async def test_a_signal_ends_it_with_everything_stored_and_no_process_left(
    number: int, transport: str, site: str, tmp_path: Path
) -> None:
    store, profile = tmp_path / "events.db", tmp_path / "profile"
    arguments = (
        "--profile",
        str(profile),
        "--over",
        transport,
        "--url",
        f"{site}?sync=tag",
        "--grant",
        site.rstrip("/"),
    )
    with trio.fail_after(DEADLINE):
        async with open_command(store, "record", *arguments) as command:
            await command.wait_said("Sync completed", "out")
            result = await command.stop(number)
        assert result.status == 0, result.err
        assert "stored 3 events" in result.err
        assert len(stored(store)) == 3
        await wait_no_process(str(profile))


async def test_a_signal_before_the_browser_has_its_permissions_ends_it_in_order(tmp_path: Path) -> None:
    """It records already."""
    asked, signalled = trio.Event(), trio.Event()

    async def answer_late(params: Json) -> Json:
        asked.set()
        await signalled.wait()
        return {}

    with trio.fail_after(DEADLINE):
        async with open_scripted_browser() as scripted:
            scripted.answers["Browser.setPermission"] = answer_late
            options = ("--attach", scripted.url, "--grant", "http://localhost:8000")
            async with open_command(tmp_path / "events.db", "record", *options) as command:
                await asked.wait()
                command.process.send_signal(signal.SIGINT)
                signalled.set()
                result = await command.wait()
    assert result.status == 0, result.err
    assert "stored 0 events" in result.err


@pytest.mark.browser
async def test_a_signal_before_what_was_asked_for_is_status_130(tmp_path: Path) -> None:
    with trio.fail_after(DEADLINE):
        async with open_command(tmp_path / "events.db", "record", "--for", "1h") as command:
            await command.wait_said("recording 1 browser context")
            assert (await command.stop(signal.SIGINT)).status == 130


@pytest.mark.browser
@pytest.mark.parametrize("transport", ["pipe", "port"])
async def test_killed_it_leaves_no_browser_behind(transport: str, tmp_path: Path) -> None:
    profile = tmp_path / "profile"
    arguments = ("--profile", str(profile), "--over", transport)
    with trio.fail_after(DEADLINE):
        async with open_command(tmp_path / "events.db", "record", *arguments) as command:
            await command.wait_said("recording 1 browser context")
            assert processes_of(str(profile))
            await command.stop(signal.SIGKILL)
            await wait_no_process(str(profile))


@pytest.mark.browser
async def test_killed_and_started_again_it_has_everything_once(site: str, tmp_path: Path) -> None:
    store, profile = tmp_path / "events.db", tmp_path / "profile"
    with trio.fail_after(DEADLINE):
        async with open_browser(launch=Launch(profile=profile, port=0)) as browser:
            page = await open_site(browser, site)
            async with open_command(store, "record", "--attach", str(profile)) as command:
                await command.wait_said("recording 1 browser context")
                await page.evaluate("Promise.all([1, 2, 3, 4, 5].map(n => site.sync(`first-${n}`)))")
                await command.stop(signal.SIGKILL)
            await page.evaluate("Promise.all([1, 2, 3, 4, 5].map(n => site.sync(`second-${n}`)))")
            while len(await log_of(browser)) < 30:  # A page hears of the end of a sync before it is kept.
                await look_again()
            result = await run(store, "record", "--attach", str(profile), "--for", "1ms")
            assert result.status == 0, result.err
            kept = {event.id: event for event in await log_of(browser)}
    assert len(kept) == 30
    assert sorted(event.id for event in stored(store)) == sorted(kept)
    assert "the browser goes on recording by itself until" in result.err


@pytest.mark.browser
async def test_a_browser_that_goes_away_is_status_3_with_everything_stored(site: str, tmp_path: Path) -> None:
    store, profile = tmp_path / "events.db", tmp_path / "profile"
    with trio.fail_after(DEADLINE):
        async with open_browser(launch=Launch(profile=profile, port=0)) as browser:
            page = await open_site(browser, site)
            async with open_command(store, "record", "--attach", str(profile), "--no-wait") as command:
                await command.wait_said("recording 1 browser context")
                await page.evaluate("site.sync('tag')")
                kept = await log_of(browser)
                assert browser.process is not None
                browser.process.process.kill()
                result = await command.wait()
    assert result.status == 3
    assert "went away" in result.err
    assert {event.id for event in stored(store)} >= {event.id for event in kept}


@pytest.mark.browser
async def test_a_launched_browser_that_crashes_is_status_3(tmp_path: Path) -> None:
    profile = tmp_path / "profile"
    with trio.fail_after(DEADLINE):
        async with open_command(tmp_path / "events.db", "record", "--profile", str(profile)) as command:
            await command.wait_said("recording 1 browser context")
            (leader,) = [pid for pid in processes_of(str(profile)) if is_leader(pid)]
            os.kill(leader, signal.SIGKILL)
            result = await command.wait()
    assert result.status == 3
    assert "the browser was killed by signal 9" in result.err


def is_leader(pid: int) -> bool:
    try:
        return os.getpgid(pid) == pid and b"--type=" not in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:  # It has just ended.
        return False


async def test_a_store_that_is_deleted_is_status_4(tmp_path: Path) -> None:
    """What is recorded then would be lost."""
    store = tmp_path / "events.db"
    with trio.fail_after(DEADLINE):
        async with (
            open_scripted_browser() as browser,
            open_command(store, "record", "--attach", browser.url) as command,
        ):
            await command.wait_said("recording 1 browser context")
            store.unlink()
            result = await command.stop(signal.SIGINT)
    assert result.status == 4
    assert f"error: The store {store} was deleted or moved\n" in result.err
    assert not store.exists()


@pytest.mark.browser
async def test_a_page_that_does_not_load_is_said_and_recording_goes_on(tmp_path: Path) -> None:
    with trio.fail_after(DEADLINE):
        async with open_command(
            tmp_path / "events.db", "record", "--url", "http://localhost:1/", "--url", "nonsense", "--for", "1h"
        ) as command:
            await command.wait_said("http://localhost:1/ did not load: net::ERR_")
            await command.wait_said("nonsense did not load")
            await command.wait_said("; a page's URL begins with its scheme: http://localhost:8000")
            assert command.process.returncode is None
            assert (await command.stop(signal.SIGINT)).status == 130


@pytest.mark.browser
async def test_a_port_for_others_is_opened_on_request(tmp_path: Path) -> None:
    profile, store = tmp_path / "profile", tmp_path / "events.db"
    with trio.fail_after(DEADLINE):
        async with open_command(store, "record", "--profile", str(profile), "--port", "0") as command:
            await command.wait_said("recording 1 browser context")
            result = await run(store, "workers", "--attach", str(profile), "--format", "json")
    assert (result.status, result.out) == (0, "[]\n"), result.err


@pytest.mark.browser
async def test_the_reader_may_go_away(site: str, tmp_path: Path) -> None:
    """As in ``record | head -1``."""
    with trio.fail_after(DEADLINE):
        async with open_command(
            tmp_path / "events.db", "record", "--url", f"{site}?sync=a&sync=b", "--grant", site.rstrip("/")
        ) as command:
            assert command.process.stdout is not None
            await command.process.stdout.aclose()
            assert await command.process.wait() == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--service", "backgroundDance"], "backgroundFetch, backgroundSync, "),
        (["--for", "soon"], "'soon' is not a duration"),
        (["--until", "Sync completed"], "is not SERVICE:EVENT_NAME"),
        (["--until", "backgroundDance:x"], "is not a background service"),
        (["--attach", "9222", "--launch"], "exclude each other"),
        (["--attach", "9222", "--headed"], "--headed is for a browser that is started"),
        (["--attach", "9222", "--over", "port"], "--over is for a browser that is started"),
        (["--over", "port", "--lab", "network"], "a browser in the lab's network is not driven over a port"),
        (["--attach", "9222", "--url", "http://localhost"], "--url is for a browser that is started"),
        (["--service", "notifications", "--until", "backgroundSync:Sync completed"], "leaves out"),
        (["--retention", "0s"], "retention"),
        (["--attach", "99999"], "99999 is not a valid port"),
        (["--attach", "no/such/folder"], "neither an endpoint nor a folder"),
        (["--attach", "ftp://localhost"], "is not a valid endpoint"),
        (["--grant", "localhost"], "is not an origin"),
        (["--profile", ""], "Invalid value for '--profile': It is empty"),
        (["--url", " "], "Invalid value for '--url': It is empty"),
        (["--chromium-arg=--user-data-dir=x"], "--user-data-dir cannot be given with --chromium-arg: give --profile"),
        (["--chromium-arg=--remote-debugging-port=1"], "cannot be given with --chromium-arg: give --port N"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_a_wrong_command_line_is_status_2(
    arguments: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = run_here(capsys, tmp_path / "events.db", "record", "--for", "1ms", *arguments)
    assert result.status == 2, result.err
    assert said in result.err
    assert "Traceback" not in result.err
    assert len(result.err.splitlines()) <= 3


async def test_no_chromium_is_status_3(tmp_path: Path) -> None:
    with trio.fail_after(DEADLINE):
        result = await run(tmp_path / "events.db", "record", "--chromium", "/no/such/program")
    assert result.status == 3
    assert "/no/such/program" in result.err


async def test_a_chromium_that_dies_while_starting_says_its_last_words(tmp_path: Path) -> None:
    program = tmp_path / "chromium"
    program.write_text("#!/bin/sh\necho 'cannot open shared object file' >&2\nexit 127\n")
    program.chmod(0o755)
    with trio.fail_after(DEADLINE):
        result = await run(tmp_path / "events.db", "record", "--chromium", str(program))
    assert result.status == 3
    assert "the browser ended with status 127" in result.err
    assert "cannot open shared object file" in result.err


async def test_a_store_in_a_folder_that_is_not_there_is_status_4(tmp_path: Path) -> None:
    with trio.fail_after(DEADLINE):
        result = await run(tmp_path / "nowhere" / "events.db", "record", "--for", "1ms")
    assert result.status == 4
    assert "nowhere" in result.err
