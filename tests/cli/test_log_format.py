"""--log-format json: every notice is a line of JSON on standard error, and nothing else is."""

import ast
import json
import re
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trio

from cdp_bgservices.notices import KINDS, Notice
from tests.browser.peers import free_port
from tests.cli.command import run as run_command
from tests.cli.command import run_on_terminal
from tests.cli.running import open_command
from tests.scripted import open_scripted_browser, wire_event
from tests.test_architecture import PACKAGE

DEADLINE = 100
JSON = ("--log-format", "json")


def notices(err: str) -> list[dict[str, Any]]:
    """Each line is one."""
    found = [json.loads(line) for line in err.splitlines()]
    for each in found:
        assert list(each)[:4] == ["time", "level", "event", "message"]
        assert datetime.fromisoformat(each["time"]).utcoffset() == timedelta()
        assert each["event"] in KINDS
        assert each["level"] in ("debug", "info", "warning", "error")
    return found


async def test_a_recording_says_the_same_as_to_a_person(tmp_path: Path) -> None:
    texts: list[str] = []
    for form in (JSON, ()):
        store = tmp_path / f"{len(texts)}.db"
        with trio.fail_after(DEADLINE):
            async with open_scripted_browser() as scripted:
                arguments = ("record", "--attach", scripted.url, "--source", "kiosk", *form)
                async with open_command(store, *arguments) as command:
                    await command.wait_said("recording 1 browser context")
                    session = scripted.observers("DEFAULT", "backgroundSync")[0]
                    event = wire_event(timestamp=datetime.now(UTC).timestamp())
                    await scripted.tell_event(event, session.session_id)
                    await command.wait_said(event["instanceId"], "out")
                    await scripted.notify("BackgroundService.backgroundServiceEventReceived", {}, session.session_id)
                    await command.wait_said("was not understood")
                    result = await command.stop(signal.SIGTERM)
        assert result.status == 0
        assert [each.instance_id for each in result.events] == [event["instanceId"]]
        # The two may be recorded in different minutes.
        text, ends = re.subn(r"until 20\d\d-\d\d-\d\d \d\d:\d\d UTC", "until then", result.err)
        assert ends == 1
        texts.append(text.replace(str(store), "STORE").replace(scripted.url, "URL"))
    said = notices(texts[0])
    assert [each["event"] for each in said] == ["recording", "log", "stored"]
    recording, log, stored = said
    assert recording.items() >= {"level": "info", "source": "kiosk", "contexts": 1, "store": "STORE"}.items()
    assert log["level"] == "warning"
    assert log["logger"].startswith("cdp_bgservices.browser.")
    assert stored.items() >= {"stored": 1, "not_understood": 1}.items()
    heads = {"info": "", "warning": "warning: "}
    assert "\n".join(heads[each["level"]] + each["message"] for each in said) + "\n" == texts[1]


async def test_a_browser_that_is_waited_for(tmp_path: Path) -> None:
    port = str(free_port())
    with trio.fail_after(DEADLINE):
        async with open_command(tmp_path / "events.db", "record", "--wait", "--attach", port, *JSON) as command:
            await command.wait_said("\n")
            result = await command.stop(signal.SIGTERM)
    (waiting,) = notices(result.err)
    assert waiting.items() >= {"event": "waiting", "place": port}.items()


@pytest.mark.parametrize(
    ("line", "status", "message"),
    [
        ("record --log-format json --no-such-option", 2, "No such option '--no-such-option'"),
        ("record --log-format=json --attach 1 --launch", 2, "--attach and --launch exclude each other."),
        ("record --log-format json --run true", 2, "the output of --run would be between the notices"),
        ("record --log-format json --attach 1", 3, "nothing listens at 1"),
        ("ship none.db --log-format json --store also-none.db", 4, "No store at "),
        ("view --log-format json --port 70000", 2, "70000 is not in the range"),
        ("serve --log-format json --attach 1", 3, "nothing listens at 1"),
    ],
)
def test_an_error_is_one_too(
    line: str, status: int, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    result = run_command(*line.split())
    assert result.returncode == status
    (error,) = notices(result.stderr)
    assert error.items() >= {"level": "error", "event": "error", "status": status}.items()
    assert message in error["message"]
    assert error["remedy"]


def test_debugging_is_json_too(tmp_path: Path) -> None:
    result = run_command("--debug", "record", "--attach", "1", "--store", tmp_path / "events.db", *JSON)
    *before, last = notices(result.stderr)
    assert {each["event"] for each in before} <= {"log"}
    assert last["traceback"].startswith("Traceback (most recent call last)")


def test_a_terminal_changes_nothing(tmp_path: Path) -> None:
    lines = run_on_terminal("record", "--attach", "1", "--store", tmp_path / "events.db", *JSON, columns=40)
    (error,) = notices("".join(lines))
    assert error["status"] == 3


def test_a_notice_is_text() -> None:
    """For a function that takes text."""
    notice = Notice("waiting", "it is away", level="warning", remedy="Start it.", place="9222", source=None)
    assert notice == "warning: it is away\nStart it."
    assert notice.fields == {"place": "9222"}


def test_each_kind_is_used_and_explained() -> None:
    called = [
        node.args[0].value
        for file in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Notice"
        if isinstance(node.args[0], ast.Constant)
    ]
    assert {*called, "sharedStoreAway"} == {*KINDS}
