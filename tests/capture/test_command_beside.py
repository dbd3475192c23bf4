"""A command beside a capture, as ``record --run`` has it."""

import shlex
import signal
import sys
from pathlib import Path

import pytest
import trio

from cdp_bgservices.browser.launch import Launch
from cdp_bgservices.browser.opening import open_browser
from tests.acting import open_site
from tests.capture.judging import (
    COMPLETED,
    DEADLINE,
    FAILED_SYNC,
    cases,
    names,
    python,
    record,
    suite,
)
from tests.cli.running import Running, open_command, run
from tests.cli.test_record import processes_of, wait_no_process


@pytest.mark.browser
@pytest.mark.parametrize(
    ("status", "tag", "expected"), [(0, "fine", 0), (0, "reject-me", 1), (7, "fine", 7), (7, "reject-me", 7)]
)
async def test_the_status_is_the_worse_of_the_two(
    status: int, tag: str, expected: int, site: str, tmp_path: Path
) -> None:
    junit = tmp_path / "junit.xml"
    command = suite(tmp_path, site, status, tag)
    arguments = ("--grant", site.rstrip("/"), "--fail-on", FAILED_SYNC, "--junit", str(junit), "--run", command)
    result = await record(tmp_path, "record", *arguments)
    assert result.status == expected, result.err
    assert names(result.events)[0] == "Registered sync"
    assert len(result.events) == 3
    endpoint = result.err.partition("others can attach at port ")[2].partition("\n")[0]
    assert endpoint.isdigit()
    assert f"the suite is done at port {endpoint} {tmp_path / 'events.db'}" in result.err
    assert "the suite" not in result.out
    assert cases(junit)["the command of --run succeeds"] == ("failure" if status else "passed")


@pytest.mark.browser
async def test_a_command_beside_a_browser_that_was_attached_to(site: str, tmp_path: Path) -> None:
    profile = tmp_path / "profile"
    with trio.fail_after(DEADLINE):
        async with open_browser(launch=Launch(profile=profile, port=0)) as browser:
            await open_site(browser, site)
            command = suite(tmp_path, site, 0, "fine")
            result = await run(
                tmp_path / "events.db", "record", "--attach", str(profile), "--run", command, "--expect", COMPLETED
            )
            assert browser.endpoint is not None
            assert f"at port {browser.endpoint.split(':')[2].split('/')[0]} " in result.err
    assert result.status == 0, result.err


@pytest.mark.browser
async def test_a_command_that_is_not_found_is_said(idle: str, tmp_path: Path) -> None:
    result = await record(tmp_path, "record", "--attach", idle, "--run", "no-such-command --at-all")
    assert result.status == 127
    assert "failed: the command of --run succeeds: it ended with status 127: not found" in result.err


@pytest.mark.browser
async def test_a_command_that_a_signal_ends_has_its_number(idle: str, tmp_path: Path) -> None:
    result = await record(tmp_path, "record", "--attach", idle, "--run", "kill -9 $$")
    assert result.status == 128 + 9


@pytest.mark.browser
async def test_what_a_command_leaves_behind_is_gone(idle: str, tmp_path: Path) -> None:
    result = await record(tmp_path, "record", "--attach", idle, "--allow-idle", "--run", "sleep 98761 & exit 0")
    assert result.status == 0, result.err
    with trio.fail_after(DEADLINE):
        await wait_no_process("sleep\x0098761")  # It was killed; it ends when its turn comes.


@pytest.mark.browser
async def test_for_is_the_longest_that_a_command_may_take(idle: str, tmp_path: Path) -> None:
    result = await record(tmp_path, "record", "--attach", idle, "--for", "300ms", "--run", "exec sleep 98762")
    assert result.status == 1
    assert "it had not ended when --for was over" in result.err
    assert processes_of("sleep\x0098762") == []


@pytest.mark.browser
async def test_until_ends_the_command(site: str, tmp_path: Path) -> None:
    command = f"{suite(tmp_path, site, 0, 'fine')}; exec sleep 98763"
    result = await record(tmp_path, "record", "--grant", site.rstrip("/"), "--until", COMPLETED, "--run", command)
    assert result.status == 0, result.err
    assert processes_of("sleep\x0098763") == []


LISTENING = """
import signal, sys, time
def heard(number, frame):
    print("heard", signal.Signals(number).name)
    sys.exit(5)
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, heard)
print("listening", flush=True)
time.sleep(98764)
"""


@pytest.mark.browser
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_goes_to_the_command_too(number: signal.Signals, tmp_path: Path) -> None:
    junit = tmp_path / "junit.xml"
    arguments = ("--run", python(LISTENING), "--junit", str(junit))
    with trio.fail_after(DEADLINE):
        async with open_command(tmp_path / "events.db", "record", *arguments) as command:
            await command.wait_said("listening")
            result = await command.stop(number)
        await wait_no_process("98764")
    assert result.status == 130
    assert f"heard {number.name}" in result.err
    assert cases(junit)["the command of --run succeeds"] == "skipped"


@pytest.mark.browser
async def test_a_second_signal_ends_a_command_that_does_not_listen(idle: str, tmp_path: Path) -> None:
    junit = tmp_path / "junit.xml"
    deaf = "trap 'echo deaf' INT; echo listening; while :; do sleep 0.98765; done"
    with trio.fail_after(DEADLINE):
        arguments = ("--attach", idle, "--run", deaf, "--junit", str(junit))
        async with open_command(tmp_path / "events.db", "record", *arguments) as command:
            await command.wait_said("listening")
            command.process.send_signal(signal.SIGINT)
            await command.wait_said("deaf")
            result = await command.stop(signal.SIGINT)
        await wait_no_process("0.98765")
    assert result.status == 130
    assert cases(junit)["the recording succeeds"] == "error"


@pytest.mark.browser
async def test_the_end_of_the_browser_ends_the_command(tmp_path: Path) -> None:
    junit, profile = tmp_path / "junit.xml", tmp_path / "profile"
    with trio.fail_after(DEADLINE):
        async with open_browser(launch=Launch(profile=profile, port=0)) as browser:
            arguments = ("--attach", str(profile), "--run", "echo running; exec sleep 98766", "--junit", str(junit))
            async with open_command(tmp_path / "events.db", "record", *arguments) as command:
                await command.wait_said("running")
                assert browser.process is not None
                browser.process.process.kill()
                result = await command.wait()
    assert result.status == 3
    assert "went away" in result.err
    assert cases(junit) == {
        "the recording succeeds": "error",
        "the command of --run succeeds": "failure",
        "the browser that is recorded is used": "skipped",
    }
    assert processes_of("sleep\x0098766") == []


CLOSING = """
import os, trio
from cdp import browser as domain
from cdp_bgservices.browser.opening import open_browser

async def main():
    async with open_browser(os.environ["CDP_BGSERVICES_ENDPOINT"]) as browser:
        await browser.root.call(domain.close())
        await browser.wait_lost()

trio.run(main)
"""


@pytest.mark.browser
async def test_a_command_may_close_the_browser_when_it_is_done(tmp_path: Path) -> None:
    """As ``browser.close()`` of Puppeteer does."""
    junit = tmp_path / "junit.xml"
    result = await record(tmp_path, "record", "--for", "1m", "--run", python(CLOSING), "--junit", str(junit))
    assert result.status == 0, result.err
    assert set(cases(junit).values()) == {"passed"}


@pytest.mark.browser
async def test_a_command_may_not_close_the_browser_and_go_on(tmp_path: Path) -> None:
    result = await record(tmp_path, "record", "--run", f"{python(CLOSING)}; exec sleep 98767")
    assert result.status == 3
    assert "the browser was closed before the command ended\nLet the command close it, or better" in result.err
    assert processes_of("sleep\x0098767") == []


ALLOWED = """
import os, sys, time
from cdp_bgservices.store import open_engine
from playwright.sync_api import sync_playwright

with sync_playwright() as playwright:
    browser = playwright.chromium.connect_over_cdp(os.environ["CDP_BGSERVICES_ENDPOINT"])
    page = browser.new_context().new_page()
    page.goto(sys.argv[1])
    page.evaluate(
        '''async () => {
          const status = await navigator.permissions.query({ name: "notifications" });
          if (status.state !== "granted") await new Promise((resolve) => (status.onchange = resolve));
          await site.notify("in a context of the suite's own");
        }'''
    )
    # What the context has not reported by its end is gone with it.
    with open_engine(os.environ["CDP_BGSERVICES_STORE"], create=False) as store:
        while not list(store.events()):
            time.sleep(0.01)
"""


@pytest.mark.browser
async def test_grants_are_for_contexts_that_the_command_makes_too(site: str, tmp_path: Path) -> None:
    script = tmp_path / "suite.py"
    script.write_text(ALLOWED)
    command = shlex.join([sys.executable, str(script), site])
    shown = "notifications:Notification displayed"
    result = await record(tmp_path, "record", "--grant", site.rstrip("/"), "--run", command, "--expect", shown)
    assert result.status == 0, result.err


@pytest.mark.browser
async def test_a_missing_reader_does_not_end_a_command(site: str, tmp_path: Path) -> None:
    """As in ``record --run … | head -1``."""

    async def wait_end(command: Running) -> None:
        assert await command.process.wait() == 0

    gate = tmp_path / "gate"
    waiting = f"until [ -e {gate} ]; do sleep 0.01; done; {suite(tmp_path, site, 0, 'fine')}; echo finished"
    with trio.fail_after(DEADLINE):
        async with open_command(
            tmp_path / "events.db", "record", "--grant", site.rstrip("/"), "--run", waiting, "--expect", COMPLETED
        ) as command:
            assert command.process.stdout is not None
            await command.process.stdout.aclose()
            gate.touch()
            await command.wait_said("finished")
            await wait_end(command)
