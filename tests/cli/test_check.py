"""check: a verdict over what was recorded."""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import trio

from cdp_bgservices.cli.running import run as run_here
from cdp_bgservices.events import Event
from cdp_bgservices.export import export
from cdp_bgservices.export.columns import measure
from cdp_bgservices.export.styles import coloured, plain
from cdp_bgservices.export.verdict_text import FEW, verdicts_text
from cdp_bgservices.rules import Outcome, Verdict
from cdp_bgservices.rules.file import RECOMMENDED
from cdp_bgservices.store import open_engine
from tests.cli.command import COMMAND, environment, run
from tests.cli.running import run as run_async
from tests.cli.test_event_commands import recent
from tests.export.test_table import NASTY
from tests.export.test_terminal_table import COLOUR
from tests.making import ids

COMPLETED = "backgroundSync:Sync completed"
SEQUEL = f'[[rule]]\nafter = "backgroundSync:Registered sync"\nthen = "{COMPLETED}"\nwithin = "30s"\n'


def sync(number: int, event_name: str = "Registered sync", **fields: object) -> Event:
    """This many seconds after the first one."""
    return recent(number * 1_000_000, event_name=event_name, **{"instance_id": "tag", **fields})


class Recording:
    """Events as a store, and as JSON lines; and files with rules."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = folder / "events.db"
        self.lines = folder / "events.jsonl"

    def put(self, events: Sequence[Event]) -> None:
        with open_engine(self.store) as database:
            database.add(events)
        self.lines.write_text("".join(export(events, "jsonl")))

    def rules(self, text: str) -> Path:
        path = self.folder / "rules.toml"
        path.write_text(text)
        return path


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    made = Recording(tmp_path)
    made.put([sync(0), sync(1, "Sync completed"), sync(40)])
    return made


def outcomes(capsys: pytest.CaptureFixture[str], *arguments: object) -> list[str]:
    """Of a check that is understood; its status says whether one has failed."""
    status = run_here(["check", "--format", "json", *map(str, arguments)])
    out, err = capsys.readouterr()
    found = [verdict["outcome"] for verdict in json.loads(out)]
    assert status == (1 if "failed" in found else 0), err
    return found


def check_stdin(rules: object, *before: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """Whatever the store of the environment is."""
    return subprocess.run(
        [*before, *COMMAND, "check", "-", "--rules", str(rules)],
        env=environment(CDP_BGSERVICES_STORE="/nowhere"),
        capture_output=True,
        encoding="utf-8",
        check=False,
        **options,
    )


def test_a_file_a_store_and_a_pipe_are_detected_by_their_content(recording: Recording) -> None:
    rules = recording.rules(SEQUEL)
    store = recording.store.rename(recording.folder / "a.jsonl")
    lines = recording.lines.rename(recording.folder / "b.db")
    results = [run("check", location, "--rules", rules) for location in (store, f"sqlite:///{store}", lines)]
    results.append(run("check", "--rules", rules, CDP_BGSERVICES_STORE=str(store)))
    results.append(run("check", "--rules", rules, "--store", store))
    piped = lines.read_text()
    with lines.open() as stdin:
        results += [check_stdin(rules, stdin=stdin), check_stdin(rules, input=piped)]
    assert {(result.returncode, result.stdout, result.stderr) for result in results} == {
        (0, results[0].stdout, "0 passed, 0 failed, 1 undecided, 0 not applicable\n")
    }


def test_what_is_printed(recording: Recording) -> None:
    first, completed, last = [sync(0), sync(1, "Sync completed"), sync(40)]
    rules = recording.rules(f'{SEQUEL}[[rule]]\nnever = "{COMPLETED}"\n[[rule]]\nname = "ü"\nexpect = "{COMPLETED}"')
    result = run("check", recording.lines, "--rules", rules)
    lines = result.stdout.splitlines()
    assert [line[:16].strip() for line in lines] == ["undecided", "", "", "failed", "", "", "passed"]
    assert lines[0][16:].startswith("every backgroundSync:Registered sync is followed by")
    assert lines[1].strip() == "1 of 2 still within the deadline when the recording ended"
    assert lines[2].split()[0] == last.id[:8]
    assert lines[3].split(maxsplit=1)[1] == f"no {COMPLETED}"
    assert lines[4].strip() == "occurred once"
    assert lines[5].split()[0] == completed.id[:8]
    assert lines[6].split() == ["passed", "ü"]
    assert (result.returncode, result.stderr) == (1, "1 passed, 1 failed, 1 undecided, 0 not applicable\n")
    answer = json.loads(run("check", recording.lines, "--rules", rules, "--format", "json").stdout)
    assert [list(verdict) for verdict in answer] == [["rule", "outcome", "kind", "message", "events"]] * 3
    assert [verdict["events"] for verdict in answer] == [[last.id], [completed.id], []]
    assert first.id not in result.stdout


def test_when_it_ended_and_which_events(recording: Recording, capsys: pytest.CaptureFixture[str]) -> None:
    other = sync(100, source="other", browser_context="OTHER")
    recording.put([sync(0), sync(1, "Sync completed"), sync(40), other])
    rules = recording.rules(SEQUEL)
    for location in (recording.store, recording.lines):
        for arguments, wanted in (
            ([], "failed"),
            (["--source", "test"], "undecided"),
            (["--source", "test", "--ended", "2099-01-01"], "failed"),
            (["--source", "test", "--ended", "2h"], "undecided"),
            (["--source", "test", "--before", sync(40).timestamp], "passed"),
            (["--before", sync(1).timestamp], "undecided"),
            (["--since", sync(1).timestamp, "--before", sync(40).timestamp], "not applicable"),
            (["--since", sync(100).timestamp], "undecided"),
        ):
            assert outcomes(capsys, location, "--rules", rules, *arguments) == [wanted], arguments
        assert outcomes(capsys, location, "--rules", rules, "--source", "absent") == ["not applicable", "failed"]


def test_services_choose_rules(recording: Recording, capsys: pytest.CaptureFixture[str]) -> None:
    push = '[[rule]]\nafter = "pushMessaging:Push event dispatched"\nthen = "notifications:Notification displayed"\n'
    rules = recording.rules(SEQUEL + push)
    assert outcomes(capsys, recording.store, "--rules", rules, "--service", "backgroundsync") == ["undecided"]
    both = ["--service", "pushMessaging", "--service", "notifications"]
    assert outcomes(capsys, recording.store, "--rules", rules, *both) == ["not applicable"]
    assert run_here(["check", str(recording.store), "--rules", str(rules), "--service", "notifications"]) == 2
    assert "No rule is about notifications alone" in capsys.readouterr().err


def test_rules_of_several_files(recording: Recording, capsys: pytest.CaptureFixture[str]) -> None:
    rules = recording.rules(SEQUEL)
    found = outcomes(capsys, recording.lines, "--rules", rules, "--rules", "recommended", "--rules", rules)
    assert len(found) == 12
    assert found[0] == found[-1] == "undecided"


def test_the_recommended_rules_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_here(["check", "--show-recommended"]) == 0
    assert capsys.readouterr().out == RECOMMENDED.read_text()


def test_a_name_that_is_not_known_is_warned_of(recording: Recording, capsys: pytest.CaptureFixture[str]) -> None:
    rules = recording.rules('[[rule]]\nnever = "backgroundSync:Sync event failed"')
    assert run_here(["check", str(recording.lines), "--rules", str(rules)]) == 0
    assert "warning: backgroundSync has no event 'Sync event failed'" in (err := capsys.readouterr().err)
    assert "did you mean 'sync event failed'?" in err


def test_nothing_to_judge_is_not_green(recording: Recording, capsys: pytest.CaptureFixture[str]) -> None:
    empty = recording.folder / "empty.jsonl"
    empty.touch()
    with open_engine(recording.folder / "empty.db"):
        pass
    for location, filters, reason in (
        (empty, [], "empty.jsonl has no event"),
        (recording.folder / "empty.db", [], "empty.db has no event"),
        (recording.lines, ["--source", "absent"], "--source leaves none of the 3 events of"),
        (recording.store, ["--source", "absent", "--since", "1h"], "--source and --since leave none of the 3 events"),
        (recording.lines, ["--before", "2001-01-01"], "--before leaves none of the 3 events of"),
    ):
        line = ["check", str(location), "--rules", "recommended", *filters]
        assert run_here(line) == 1
        out, err = capsys.readouterr()
        assert out.splitlines()[-2].split(maxsplit=1) == ["failed", "there are events to judge"]
        assert reason in out.splitlines()[-1]
        assert "--allow-idle" in out.splitlines()[-1]
        assert err == "0 passed, 1 failed, 0 undecided, 10 not applicable\n"
        assert run_here([*line, "--allow-idle"]) == 0
        assert capsys.readouterr().err == "0 passed, 0 failed, 0 undecided, 10 not applicable\n"


def test_what_nothing_came_about_is_not_applicable(recording: Recording, capsys: pytest.CaptureFixture[str]) -> None:
    line = ["check", str(recording.lines), "--rules", str(recording.rules('[[rule]]\nnever = "notifications:x"'))]
    assert run_here(line) == 0
    out, err = capsys.readouterr()
    assert out == "not applicable  no notifications:x (no event of notifications occurred)\n"
    assert "warning: no event matches any rule" in err
    recording.rules(f'{SEQUEL}[[rule]]\nnever = "notifications:Notification closed"')
    assert run_here(line) == 0
    out, err = capsys.readouterr()
    assert err == "0 passed, 0 failed, 1 undecided, 1 not applicable\n"


def test_what_is_warned_of_is_refused_if_strict(recording: Recording, capsys: pytest.CaptureFixture[str]) -> None:
    misspelt = (
        '[[rule]]\nnever = "backgroundFetch:Background Fetch completed"\nwhere = {"Failure reason" = "BAD_STATUS"}'
    )
    line = ["check", str(recording.lines), "--rules", str(recording.rules(misspelt))]
    assert run_here(line) == 0
    assert "did you mean 'Failure Reason'?" in capsys.readouterr().err
    assert run_here([*line, "--strict"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: backgroundFetch:Background Fetch completed has no metadata 'Failure reason'")
    recording.rules('[[rule]]\nnever = "notifications:Notification closed"')
    assert run_here([*line, "--strict"]) == 1
    out, err = capsys.readouterr()
    assert out.splitlines()[-2].split(maxsplit=1) == ["failed", "a rule is applicable"]
    recording.rules(f'[[rule]]\nnever = "{COMPLETED}"\nwhere = {{ Status = "failed" }}')
    assert run_here([*line, "--strict"]) == 0


def test_what_devtools_saved_is_judged_like_any_other(recording: Recording, capsys: pytest.CaptureFixture[str]) -> None:
    saved = recording.folder / "saved.json"
    saved.write_text("".join(export([sync(40), sync(0), sync(1, "Sync completed")], "devtools")))
    rules = recording.rules(SEQUEL)
    assert outcomes(capsys, saved, "--rules", rules) == ["undecided"]
    assert outcomes(capsys, saved, "--rules", rules, "--source", "saved.json") == ["undecided"]
    with saved.open() as stdin:
        assert "undecided" in check_stdin(rules, stdin=stdin).stdout
    assert "undecided" in check_stdin(rules, input=saved.read_text()).stdout
    saved.write_text('[{"timestamp": 1}]')
    assert run_here(["check", str(saved), "--rules", str(rules)]) == 2
    assert "saved.json: line 1 is not an event" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["{lines}"], 2, "--rules"),
        (["{lines}", "--rules", "{folder}/none.toml"], 2, "none.toml cannot be read"),
        (["{lines}", "--rules", "{lines}"], 2, "is not valid TOML"),
        (["{lines}", "--rules", "{wrong}"], 2, "wrong.toml: rule 1: object contains unknown field 'nver'"),
        (["{folder}/none.jsonl", "--rules", "recommended"], 2, "none.jsonl cannot be read (No such file"),
        (["{folder}", "--rules", "recommended"], 2, "cannot be read (Is a directory"),
        (["{wrong}", "--rules", "recommended"], 2, "wrong.toml: line 1 is not an event"),
        (["{half}", "--rules", "recommended"], 2, "half.jsonl: line 3 is not an event"),
        (["{lines}", "--rules", "recommended", "--since", "yesterday"], 2, "'yesterday' is not a time"),
        (["{lines}", "--rules", "recommended", "--service", "syncing"], 2, "not a background service"),
        (["{lines}", "--rules", "recommended", "--format", "xml"], 2, "json"),
        (["{lines}", "--rules", "recommended", "--store", "{store}"], 2, "exclude each other"),
        (["sqlite:///{folder}/none.db", "--rules", "recommended"], 4, "No store at"),
        (["{foreign}", "--rules", "recommended"], 4, "is not a database"),
        (["--rules", "recommended", "--store", "{folder}/none.db"], 4, "No store at"),
    ],
)
def test_what_is_wrong(
    recording: Recording, arguments: list[str], status: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = {"folder": recording.folder, "lines": recording.lines, "store": recording.store}
    for name in ("wrong.toml", "half.jsonl", "foreign.db"):
        paths[name.partition(".")[0]] = recording.folder / name
    paths["wrong"].write_text('[[rule]]\nnver = "x"')
    paths["half"].write_bytes(recording.lines.read_bytes()[:-200])
    paths["foreign"].write_bytes(b"SQLite format 3\0 and no more")
    assert run_here(["check", *(argument.format(**paths) for argument in arguments)]) == status
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert len([line for line in err.splitlines() if not line.startswith("warning: ")]) <= 2


def test_standard_input_that_is_a_store_or_closed(recording: Recording) -> None:
    with recording.store.open("rb") as stdin:
        result = check_stdin("recommended", stdin=stdin)
    assert (result.returncode, result.stdout) == (2, "")
    assert "A store cannot come through standard input" in result.stderr
    closed = check_stdin("recommended", "sh", "-c", 'exec "$@" <&-', "sh")
    assert (closed.returncode, closed.stdout) == (2, "")
    assert "standard input is closed" in closed.stderr


@pytest.mark.parametrize(("width", "wrapped"), [(None, 0), (80, 4), (200, 0)])
def test_a_terminal_obeys_nothing_that_a_page_has_made(width: int | None, wrapped: int) -> None:
    events = tuple(recent(number, instance_id=NASTY, metadata={NASTY: NASTY}) for number in range(FEW + 1))
    text = verdicts_text(
        [
            Verdict(rule=NASTY, outcome=Outcome.FAILED, message=NASTY, events=events),
            Verdict(rule=NASTY, outcome=Outcome.PASSED, message=NASTY),
        ],
        width,
        plain if width is None else coloured,
    )
    lines = text.removesuffix("\n").split("\n")
    assert len(lines) == 2 + FEW + 2 + wrapped
    assert all(COLOUR.sub("", line).isprintable() for line in lines)
    assert "…" in [line.strip() for line in lines]
    assert width is None or max(measure(COLOUR.sub("", line)) for line in lines) <= width
    assert bool(COLOUR.search(text)) is (width is not None)


def test_json_is_escaped_too(recording: Recording) -> None:
    rules = recording.rules('[[rule]]\nname = "\\u009b31m"\nnever = "backgroundSync:x"')
    out = run("check", recording.lines, "--rules", rules, "--format", "json").stdout
    assert "\x9b" not in out
    assert json.loads(out)[0]["rule"] == "\x9b31m"


@pytest.mark.browser
async def test_the_recommended_rules_on_a_real_chromium(tmp_path: Path) -> None:
    """The demo has failures on purpose: a fetch of what is missing, a push and a sync that reject."""
    store = tmp_path / "events.db"
    with trio.fail_after(90):
        assert (await run_async(store, "demo")).status == 0
        reported = await run_async(store, "check", "--rules", "recommended", "--format", "json")
        later = await run_async(store, "check", "--rules", "recommended", "--format", "json", "--ended", "2099-01-01")
        events = (await run_async(store, "events", "--format", "jsonl")).events
    verdicts = {verdict["rule"]: verdict for verdict in json.loads(reported.out)}
    found: dict[str, list[str]] = {}
    for name, verdict in verdicts.items():
        found.setdefault(verdict["outcome"], []).append(name)
    assert found["failed"] == ["no background fetch ends with a failure", "every push event ends with success"]
    assert found["undecided"] == [
        "every sync that is registered completes within 30 minutes",
        "every push event is followed by a notification within 2 minutes",
    ]
    assert len(found["passed"]) == 6
    assert "not applicable" not in found
    assert reported.status == later.status == 1
    assert [verdict["outcome"] for verdict in json.loads(later.out)].count("failed") == 4
    by_rule = {name: [event for event in events if event.id in verdict["events"]] for name, verdict in verdicts.items()}
    assert [event.metadata["Failure Reason"] for event in by_rule[found["failed"][0]]] == ["BAD_STATUS"]
    assert [event.metadata["Status"] for event in by_rule[found["failed"][1]]] == ["waitUntil Rejected"]
    assert [event.instance_id for event in by_rule[found["undecided"][0]]] == ["reject-message"]
    assert [event.metadata["Payload"] for event in by_rule[found["undecided"][1]]] == ["throw"]
    assert len(ids(events)) > 30
