"""Capture with a verdict: what record does in a CI job."""

import shlex
import signal
import sys
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import msgspec
import pytest
import trio

from cdp_bgservices.browser.launch import Launch
from cdp_bgservices.browser.opening import open_browser
from cdp_bgservices.events import Event
from tests.acting import open_site
from tests.cli.running import Result, Running, open_command, run
from tests.cli.test_record import processes_of, wait_no_process

DEADLINE = 60
FAILED_SYNC = "backgroundSync:sync event failed"
COMPLETED = "backgroundSync:Sync completed"
CLICKED = "notifications:Notification clicked"

SUITE = """
import os, sys
from playwright.sync_api import sync_playwright

with sync_playwright() as playwright:
    browser = playwright.chromium.connect_over_cdp(os.environ["CDP_BGSERVICES_ENDPOINT"])
    page = browser.contexts[0].new_page()
    page.goto(sys.argv[1])
    page.evaluate("site.ready()")
    for tag in sys.argv[3:]:
        page.evaluate("tag => site.sync(tag)", tag)
    print("the suite is done at port", os.environ["CDP_BGSERVICES_PORT"], os.environ["CDP_BGSERVICES_STORE"])
    browser.close()
sys.exit(int(sys.argv[2]))
"""
"""An end-to-end suite: ADDRESS STATUS TAG…"""


def suite(folder: Path, site: str, status: int, *tags: str) -> str:
    script = folder / "suite.py"
    script.write_text(SUITE)
    return shlex.join([sys.executable, str(script), site, str(status), *tags])


def python(code: str) -> str:
    return shlex.join([sys.executable, "-c", code])


def on(site: str, calls: str) -> tuple[str, ...]:
    """A page that makes these calls, with all permissions."""
    return "record", "--url", f"{site}?{calls}", "--grant", site.rstrip("/"), "--for", "30s"


def read_lines(path: Path) -> list[Event]:
    return [msgspec.json.decode(line, type=Event) for line in path.read_bytes().splitlines()]


def names(events: list[Event]) -> list[str]:
    return [event.event_name for event in events]


def pictures(folder: Path) -> list[Path]:
    return list(folder.glob("*.svg"))


def cases(junit: Path) -> dict[str, str]:
    """What became of each test case."""
    suite = ElementTree.parse(junit).getroot()[0]
    return {str(case.get("name")): case[0].tag if len(case) else "passed" for case in suite.iter("testcase")}


async def record(tmp_path: Path, *arguments: str) -> Result:
    with trio.fail_after(DEADLINE):
        result = await run(tmp_path / "events.db", *arguments)
    assert "Traceback" not in result.err
    return result


# Verdicts ---------------------------------------------------------------------------------------------------


@pytest.mark.browser
async def test_what_is_forbidden_and_comes_is_status_1_and_said(site: str, tmp_path: Path) -> None:
    result = await record(
        tmp_path, *on(site, "sync=reject-me&sync=fine"), "--fail-on", FAILED_SYNC, "--until", COMPLETED
    )
    assert result.status == 1
    (said,) = [line for line in result.err.splitlines() if "'reject-me'" in line]
    assert "sync event failed" in said
    assert "Failure Reason=waitUntil rejected" in said
    assert f"failed: no {FAILED_SYNC}: occurred once" in result.err


@pytest.mark.browser
async def test_what_is_forbidden_and_does_not_come_is_status_0(site: str, tmp_path: Path) -> None:
    result = await record(tmp_path, *on(site, "sync=fine"), "--fail-on", FAILED_SYNC, "--until", COMPLETED)
    assert (result.status, "failed: " in result.err) == (0, False)
    assert "verdicts: 3 passed, 0 failed, 0 undecided, 0 not applicable" in result.err


@pytest.mark.browser
async def test_what_is_expected_and_comes_is_status_0(site: str, tmp_path: Path) -> None:
    expected = ("--expect", "backgroundSync:Registered sync", "--expect", COMPLETED)
    result = await record(tmp_path, *on(site, "sync=fine"), *expected, "--until", COMPLETED)
    assert result.status == 0, result.err


@pytest.mark.browser
async def test_what_is_expected_and_does_not_come_is_status_1_and_said(tmp_path: Path) -> None:
    result = await record(tmp_path, "record", "--for", "200ms", "--expect", CLICKED, "--expect", COMPLETED)
    assert result.status == 1
    assert f"failed: {CLICKED} occurs: did not occur" in result.err
    assert f"failed: {COMPLETED} occurs: did not occur" in result.err


@pytest.mark.browser
async def test_what_chromium_fires_later_is_explained(site: str, tmp_path: Path) -> None:
    """A periodic sync of a day, as apps have it."""
    result = await record(
        tmp_path,
        *on(site, "periodicSync=news"),
        *("--lab", "clock", "--until", "periodicBackgroundSync:Registered periodicsync"),
        *("--expect", "periodicBackgroundSync:Dispatched periodicsync event"),
    )
    assert result.status == 1
    assert "Dispatched periodicsync event occurs: did not occur" in result.err
    assert "Chromium fires the periodic sync 'news' after 1d: its minInterval" in result.err


@pytest.mark.browser
async def test_stopped_by_a_signal_it_judges_what_came(site: str, tmp_path: Path) -> None:
    """As a job does that starts it in the background."""
    page = ("--url", f"{site}?sync=fine", "--grant", site.rstrip("/"))
    for expected, status in ((COMPLETED, 0), (CLICKED, 1)):
        with trio.fail_after(DEADLINE):
            async with open_command(tmp_path / "events.db", "record", *page, "--expect", expected) as command:
                await command.wait_said("Sync completed", "out")
                assert (await command.stop(signal.SIGTERM)).status == status


@pytest.mark.browser
async def test_what_came_before_does_not_count(site: str, tmp_path: Path) -> None:
    """The browser replays it, and it is stored and printed; but this recording has not seen it happen."""
    profile = ("--profile", str(tmp_path / "profile"))
    first = await record(tmp_path, *on(site, "sync=reject-me&sync=fine"), *profile, "--until", COMPLETED)
    assert "sync event failed" in names(first.events)
    output, summary = tmp_path / "events.jsonl", tmp_path / "summary.md"
    with trio.fail_after(DEADLINE):
        again = await run(
            tmp_path / "another.db",
            *("record", *profile, "--for", "200ms", "--fail-on", FAILED_SYNC, "--expect", COMPLETED),
            *("--output", str(output), "--summary", str(summary)),
        )
    assert again.status == 1
    assert f"failed: {COMPLETED} occurs: did not occur" in again.err
    assert f"no {FAILED_SYNC}: occurred" not in again.err
    assert "sync event failed" in names(again.events)
    assert read_lines(output) == again.events
    assert "No events." in summary.read_text()


@pytest.mark.browser
async def test_rules_of_a_file_and_those_that_are_built_in(site: str, tmp_path: Path) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text(f'[[rule]]\nname = "syncs succeed"\nnever = "{FAILED_SYNC}"\n')
    junit = tmp_path / "junit.xml"
    arguments = ("--rules", str(rules), "--rules", "recommended", "--until", COMPLETED, "--junit", str(junit))
    result = await record(tmp_path, *on(site, "sync=reject-me&sync=fine"), *arguments)
    assert result.status == 1
    assert "failed: syncs succeed: occurred once" in result.err
    assert cases(junit)["syncs succeed"] == "failure"
    assert len(cases(junit)) > 6


@pytest.mark.browser
async def test_a_name_that_chromium_does_not_have_is_warned_of(tmp_path: Path) -> None:
    misspelt = ("record", "--for", "1ms", "--fail-on", "backgroundSync:Sync event failed")
    result = await record(tmp_path, *misspelt, "--allow-idle")
    assert result.status == 0
    assert "warning: backgroundSync has no event 'Sync event failed'" in result.err
    assert "did you mean 'sync event failed'" in result.err
    for arguments in (misspelt, ("record", "--for", "1ms", "--until", "backgroundSync:Sync complete")):
        result = await record(tmp_path, *arguments, "--strict")
        assert result.status == 2
        assert result.err.startswith("error: backgroundSync has no event")


# Files ------------------------------------------------------------------------------------------------------


@pytest.mark.browser
async def test_the_files_of_a_failed_job(site: str, tmp_path: Path) -> None:
    summary, junit, output = tmp_path / "summary.md", tmp_path / "junit.xml", tmp_path / "events.jsonl"
    summary.write_text("what was there before\n")
    result = await record(
        tmp_path,
        *on(site, "sync=reject-|<b>&sync=fine"),
        *("--fail-on", FAILED_SYNC, "--expect", CLICKED, "--until", COMPLETED),
        *("--summary", str(summary), "--junit", str(junit), "--output", str(output)),
    )
    assert result.status == 1
    assert len(result.events) == 6
    written = [msgspec.json.decode(line, type=Event) for line in output.read_text().splitlines()]
    assert list(map(bare, written)) == list(map(bare, result.events))
    text = summary.read_text()
    assert text.startswith("## Background services: ❌ 2 of 4 rules failed\n")
    assert "<code>reject-&#124;&#60;b&#62;</code>" in text
    assert "![Timeline of 6 events](summary.svg)" in text
    picture = ElementTree.parse(tmp_path / "summary.svg").getroot()
    assert "6 events · 1 failure" in str(picture[0].text)
    assert cases(junit) == {
        "the recording succeeds": "passed",
        f"no {FAILED_SYNC}": "failure",
        f"{CLICKED} occurs": "failure",
        "--until sees its event": "passed",
        "the browser that is recorded is used": "passed",
    }
    (failure,) = [element for element in ElementTree.parse(junit).iter("failure") if "reject" in str(element.text)]
    assert "'reject-|<b>'  Failure Reason=waitUntil rejected" in str(failure.text)


def bare(event: Event) -> Event:
    """Without what may be learned of it only after one of its readers has seen it."""
    return msgspec.structs.replace(event, details=None)


@pytest.mark.browser
async def test_the_summary_of_github_is_appended_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    summary = tmp_path / "step_summary"
    summary.write_text("before")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    result = await record(tmp_path, "record", "--for", "1ms", "--summary", str(summary))
    assert result.status == 0, result.err
    assert summary.read_text().startswith("before\n## Background services: recorded\n")
    assert pictures(tmp_path) == []


@pytest.mark.browser
async def test_killed_it_leaves_whole_lines(site: str, tmp_path: Path) -> None:
    """All that it has recorded: none of it waits in a buffer. What a kill can cut is the line that is being written."""
    output, profile = tmp_path / "events.jsonl", tmp_path / "profile"
    page = on(site, "&".join(f"sync=tag-{number}" for number in range(20)))
    with trio.fail_after(DEADLINE):
        async with open_command(
            tmp_path / "events.db", *page, "--profile", str(profile), "--output", str(output)
        ) as command:
            while not (output.exists() and output.read_bytes().count(b"}\n") == 60):
                await trio.lowlevel.checkpoint()
            await command.stop(signal.SIGKILL)
        await wait_no_process(str(profile))
    assert output.read_bytes().endswith(b"}\n")
    written = names(read_lines(output))
    assert written[:3] == ["Registered sync", "Dispatched sync event", "Sync completed"]
    assert Counter(written) == dict.fromkeys(written[:3], 20)


@pytest.mark.browser
async def test_a_browser_that_goes_away_is_reported_too(site: str, tmp_path: Path) -> None:
    summary, junit, profile = tmp_path / "summary.md", tmp_path / "junit.xml", tmp_path / "profile"
    reports = ("--summary", str(summary), "--junit", str(junit), "--expect", COMPLETED, "--no-wait")
    with trio.fail_after(DEADLINE):
        async with open_browser(launch=Launch(profile=profile, port=0)) as browser:
            page = await open_site(browser, site)
            async with open_command(tmp_path / "events.db", "record", "--attach", str(profile), *reports) as command:
                await command.wait_said("recording 1 browser context")
                await page.evaluate("site.sync('fine')")
                await command.wait_said("Sync completed", "out")
                assert browser.process is not None
                browser.process.process.kill()
                result = await command.wait()
    assert result.status == 3
    assert "went away" in summary.read_text()
    assert cases(junit) == {
        "the recording succeeds": "error",
        f"{COMPLETED} occurs": "passed",
        "the browser that is recorded is used": "passed",
    }


@pytest.mark.browser
async def test_a_store_that_fails_is_reported_too(site: str, tmp_path: Path) -> None:
    summary, junit = tmp_path / "summary.md", tmp_path / "junit.xml"
    drop = python(
        "import os, sqlite3; sqlite3.connect(os.environ['CDP_BGSERVICES_STORE']).execute('DROP TABLE events')"
    )
    command = f"{drop} && {suite(tmp_path, site, 0, 'tag')}; sleep 9876"
    result = await record(tmp_path, "record", "--run", command, "--summary", str(summary), "--junit", str(junit))
    assert result.status == 4
    assert "the recording failed" in summary.read_text()
    assert cases(junit)["the recording succeeds"] == "error"
    await wait_no_process("sleep\09876")


# A command beside it ------------------------------------------------------------------------------------------


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
    endpoint = result.err.partition("ws://127.0.0.1:")[2].partition("/")[0]
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
async def test_a_command_that_is_not_found_is_said(tmp_path: Path) -> None:
    result = await record(tmp_path, "record", "--run", "no-such-command --at-all")
    assert result.status == 127
    assert "failed: the command of --run succeeds: it ended with status 127: not found" in result.err


@pytest.mark.browser
async def test_a_command_that_a_signal_ends_has_its_number(tmp_path: Path) -> None:
    result = await record(tmp_path, "record", "--run", "kill -9 $$")
    assert result.status == 128 + 9


@pytest.mark.browser
async def test_what_a_command_leaves_behind_is_gone(tmp_path: Path) -> None:
    result = await record(tmp_path, "record", "--allow-idle", "--run", "sleep 98761 & exit 0")
    assert result.status == 0, result.err
    assert processes_of("sleep\x0098761") == []


@pytest.mark.browser
async def test_for_is_the_longest_that_a_command_may_take(tmp_path: Path) -> None:
    result = await record(tmp_path, "record", "--for", "300ms", "--run", "exec sleep 98762")
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
async def test_a_second_signal_ends_a_command_that_does_not_listen(tmp_path: Path) -> None:
    junit = tmp_path / "junit.xml"
    deaf = "trap 'echo deaf' INT; echo listening; while :; do sleep 0.98765; done"
    with trio.fail_after(DEADLINE):
        async with open_command(tmp_path / "events.db", "record", "--run", deaf, "--junit", str(junit)) as command:
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
import os, sys
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


# Nothing could come -------------------------------------------------------------------------------------------

USED = "the browser that is recorded is used"
ELSEWHERE = """
import sys
from playwright.sync_api import sync_playwright

with sync_playwright() as playwright:
    browser = playwright.chromium.launch(executable_path=sys.argv[1], args=["--no-sandbox"])
    page = browser.new_page()
    page.goto(sys.argv[2])
    page.evaluate("site.ready()")
    page.evaluate("site.sync('fine')")
    browser.close()
"""


@pytest.mark.browser
async def test_a_suite_that_uses_another_browser_is_not_green(site: str, chromium: Path, tmp_path: Path) -> None:
    junit, summary = tmp_path / "junit.xml", tmp_path / "summary.md"
    command = shlex.join([sys.executable, "-c", ELSEWHERE, str(chromium), site])
    judged = ("--rules", "recommended", "--fail-on", FAILED_SYNC, "--junit", str(junit), "--summary", str(summary))
    result = await record(tmp_path, "record", "--run", command, *judged)
    assert result.status == 1
    assert f"failed: {USED}: no client connected to this browser and no page was opened in it" in result.err
    assert "does the suite use $CDP_BGSERVICES_ENDPOINT?" in result.err
    outcomes = cases(junit)
    assert outcomes.pop("the recording succeeds") == outcomes.pop("the command of --run succeeds") == "passed"
    assert outcomes.pop(USED) == "failure"
    assert set(outcomes.values()) == {"skipped"}
    text = summary.read_text()
    assert text.startswith("## Background services: ❌ 1 of 13 rules failed\n")
    assert f"❌ failed | {USED} |" in text


@pytest.mark.browser
async def test_a_browser_that_is_meant_to_be_idle(tmp_path: Path) -> None:
    junit = tmp_path / "junit.xml"
    judged = ("--rules", "recommended", "--junit", str(junit), "--allow-idle")
    for strict in ((), ("--strict",)):
        result = await record(tmp_path, "record", "--run", "true", *judged, *strict)
        assert result.status == 0, result.err
        assert "verdicts: 1 passed, 0 failed, 0 undecided, 10 not applicable" in result.err
        assert USED not in cases(junit)


@pytest.mark.browser
async def test_a_page_of_ours_is_a_use_if_it_loads(site: str, tmp_path: Path) -> None:
    """As in ``record --url … --run 'sleep 5'``."""
    loaded = await record(tmp_path, "record", "--url", site, "--run", "sleep 2", "--rules", "recommended")
    assert loaded.status == 0, loaded.err
    assert "warning: no event matches any rule" in loaded.err
    strict = await record(tmp_path, "record", "--url", site, "--for", "2s", "--rules", "recommended", "--strict")
    assert strict.status == 1
    assert "failed: a rule is applicable: no event matches" in strict.err
    missing = await record(tmp_path, "record", "--url", "http://localhost:9/", "--run", "sleep 2")
    assert missing.status == 1
    assert f"failed: {USED}" in missing.err


@pytest.mark.browser
async def test_without_a_command_silence_proves_nothing_either(tmp_path: Path) -> None:
    """As where a job starts it in the background, and its suite goes elsewhere."""
    with trio.fail_after(DEADLINE):
        async with open_command(tmp_path / "events.db", "record", "--port", "0", "--fail-on", FAILED_SYNC) as command:
            await command.wait_said("others can attach")
            result = await command.stop(signal.SIGTERM)
    assert result.status == 1
    assert f"failed: {USED}: no page was open in it" in result.err


@pytest.mark.browser
async def test_an_earlier_page_does_not_count_as_use_by_the_command(site: str, tmp_path: Path) -> None:
    """But its worker may act: without a command its silence is one."""
    profile = tmp_path / "profile"
    with trio.fail_after(DEADLINE):
        async with open_browser(launch=Launch(profile=profile, port=0)) as browser:
            await open_site(browser, site)
            judged = ("record", "--attach", str(profile), "--fail-on", FAILED_SYNC)
            untouched = await run(tmp_path / "events.db", *judged, "--run", "true")
            touched = await run(tmp_path / "events.db", *judged, "--run", suite(tmp_path, site, 0, "fine"))
            watched = await run(tmp_path / "events.db", *judged, "--for", "100ms")
    assert (untouched.status, f"failed: {USED}" in untouched.err) == (1, True)
    assert touched.status == 0, touched.err
    assert watched.status == 0, watched.err
    assert "verdicts: 1 passed, 0 failed, 0 undecided, 1 not applicable" in watched.err


SWITCHING_OFF = """
import os, sys, trio
from cdp_bgservices.protocol import commands
from cdp_bgservices.browser.opening import open_browser
from cdp_bgservices.browser.pages import open_page

async def main():
    async with open_browser(os.environ["CDP_BGSERVICES_ENDPOINT"]) as browser:
        page = await open_page(browser, sys.argv[1])
        await page.session.call(commands.set_recording(sys.argv[2], should_record=False))

trio.run(main)
"""


@pytest.mark.browser
@pytest.mark.parametrize(
    ("service", "options", "status", "outcome"),
    [
        ("backgroundSync", (), 0, "skipped"),
        ("backgroundSync", ("--strict", "--allow-idle"), 1, "failure"),
        ("notifications", (), 0, None),
    ],
)
async def test_a_gap_proves_nothing(
    service: str, options: tuple[str, ...], status: int, outcome: str | None, site: str, tmp_path: Path
) -> None:
    """A suite, or a person with DevTools, switches recording off: the silence since then says nothing."""
    junit = tmp_path / "junit.xml"
    command = shlex.join([sys.executable, "-c", SWITCHING_OFF, site, service])
    judged = ("--no-rearm", "--fail-on", FAILED_SYNC, "--junit", str(junit), *options)
    result = await record(tmp_path, "record", "--run", command, *judged)
    assert result.status == status, result.err
    assert cases(junit).get("everything was recorded that the rules are about") == outcome
    reason = f"{service}: recording was switched off"
    assert (reason in result.err) is (outcome is not None)


# Wrong input --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--fail-on", "Sync completed"], "is not SERVICE:EVENT_NAME"),
        (["--expect", "backgroundDance:x"], "is not a background service"),
        (["--service", "notifications", "--expect", COMPLETED], "leaves out"),
        (["--service", "notifications", "--fail-on", COMPLETED], "leaves out"),
        (["--rules", "no-such-rules.toml"], "no-such-rules.toml cannot be read"),
        (["--output", "no/such/folder/events.jsonl"], "no folder no/such/folder"),
        (["--summary", "no/such/folder/summary.md"], "no folder no/such/folder"),
        (["--junit", "."], "is a folder"),
        (["--junit", "/dev/null/x"], "no folder /dev/null"),
        (["--junit", "same", "--output", "same"], "are the same file: same"),
        (["--summary", "report.svg"], "are the same file: report.svg"),
        (["--run", "  "], "--run needs a command line"),
        (["--attach", "9222", "--run", "true", "--port", "0"], "--port is for a browser that is started"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
async def test_a_wrong_command_line_is_status_2(
    arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = await record(tmp_path, "record", "--for", "1ms", *arguments)
    assert result.status == 2, result.err
    assert said in result.err
    assert len(result.err.splitlines()) <= 3
    assert pictures(tmp_path) == []


async def test_the_store_is_not_written_over(tmp_path: Path) -> None:
    store = tmp_path / "events.db"
    result = await record(tmp_path, "record", "--for", "1ms", "--output", str(store))
    assert result.status == 2
    assert f"--output and the store are the same file: {store}" in result.err


@pytest.mark.slow
@pytest.mark.parametrize("option", ["--junit", "--output"])
async def test_a_full_disk_is_status_4(option: str, site: str, tmp_path: Path) -> None:
    result = await record(tmp_path, *on(site, "sync=fine"), "--until", COMPLETED, option, "/dev/full")
    assert result.status == 4
    assert "/dev/full cannot be written: No space left on device" in result.err
