"""A reader that goes away changes nothing in what comes of a command."""

import io
import os
import pty
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from cdp_bgservices.cli.streams import open_streams
from cdp_bgservices.export import export
from cdp_bgservices.store import open_engine
from tests.capture.judging import cases
from tests.cli.command import COMMAND, environment
from tests.cli.test_event_commands import recent
from tests.cli.test_export import read_all

BROKEN = '[[rule]]\nexpect = "backgroundSync:Sync completed"\n'
"""A rule that fails on what is recorded here."""


@pytest.fixture
def unread() -> Iterator[int]:
    """A pipe whose reader is gone."""
    reading, writing = os.pipe()
    os.close(reading)
    yield writing
    os.close(writing)


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    """A folder with events in a store and as JSON lines, and with a rule."""
    events = [recent(number, event_name="Registered sync") for number in range(3000)]
    with open_engine(tmp_path / "events.db") as database:
        database.add(events)
    (tmp_path / "events.jsonl").write_text("".join(export(events, "jsonl")))
    (tmp_path / "rules.toml").write_text(BROKEN)
    (tmp_path / "many.toml").write_text(BROKEN * 1000)
    return tmp_path


def status(folder: Path, line: str, *, stdout: int = subprocess.DEVNULL, stderr: int = subprocess.DEVNULL) -> int:
    return subprocess.run(
        [*COMMAND, *shlex.split(line)],
        cwd=folder,
        env=environment(CDP_BGSERVICES_STORE=str(folder / "events.db")),
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        timeout=100,
        check=False,
    ).returncode


@pytest.mark.parametrize("encoding", ["cp1252", "cp437"])
def test_what_a_console_cannot_show_is_written_out(encoding: str, tmp_path: Path) -> None:
    """Windows' consoles have such encodings; a pipe is UTF-8."""
    with open_engine(tmp_path / "events.db") as database:
        database.add([recent(1, instance_id="→ 通知")])
    command = [*COMMAND, "events", "--store", str(tmp_path / "events.db")]
    variables = environment(PYTHONIOENCODING=encoding, COLUMNS="300")
    ours, theirs = pty.openpty()
    done = subprocess.run(command, env=variables, stdout=theirs, stderr=subprocess.PIPE, timeout=100, check=False)
    os.close(theirs)
    shown = "".join(read_all(ours))
    os.close(ours)
    assert (done.returncode, done.stderr) == (0, b"")
    assert r"\u2192" in shown
    piped = subprocess.run(command, env=variables, capture_output=True, timeout=100, check=True)
    assert "→ 通知" in piped.stdout.decode()


def test_lines_end_as_each_format_has_it_on_every_system(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="cp1252", newline="\r\n"))  # As on Windows.
    with open_streams():
        sys.stdout.write("a,→\r\nb\n")
    assert written.getvalue() == "a,→\r\nb\n".encode()


def test_where_trio_cannot_start_that_is_said(tmp_path: Path) -> None:
    """It needs open files."""
    command = shlex.join([*COMMAND, "workers", "--attach", "9222", "--store", str(tmp_path / "events.db")])
    done = subprocess.run(
        ["sh", "-c", f"ulimit -n 5; exec {command}"],
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 3, done.stderr
    assert done.stderr.startswith(
        "error: this command cannot run here: the library trio, which it needs, cannot start ([Errno 24]"
    )


LINES = [
    ("check events.jsonl --rules rules.toml", 1),
    ("check events.jsonl --rules many.toml", 1),
    ("check events.jsonl --rules many.toml --format json", 1),
    ("check none.jsonl --rules rules.toml", 2),
    ("check none.jsonl --rules rules.toml --debug", 2),
    ("events", 0),
    ("events --limit 1", 0),
    ("events --store none.db", 4),
    ("export - --format jsonl", 0),
    ("show 00", 1),
    ("status", 0),
    ("record --attach 1 --store none.db --log-format json", 3),
    ("no-such-command", 2),
    ("", 2),
    ("--help", 0),
]


@pytest.mark.parametrize(("line", "wanted"), LINES)
def test_standard_error_is_not_read(line: str, wanted: int, recorded: Path, unread: int) -> None:
    assert status(recorded, line, stderr=unread) == wanted


@pytest.mark.parametrize(("line", "wanted"), LINES)
def test_standard_output_is_not_read(line: str, wanted: int, recorded: Path, unread: int) -> None:
    assert status(recorded, line, stdout=unread) == wanted


def test_what_is_said_finds_no_room(recorded: Path) -> None:
    with open("/dev/full", "wb") as full:
        assert status(recorded, "check events.jsonl --rules rules.toml", stderr=full.fileno()) == 1
        assert status(recorded, "check events.jsonl --rules rules.toml", stdout=full.fileno()) == 1


@pytest.mark.browser
def test_a_recording_and_its_command_go_on_without_a_reader(tmp_path: Path, unread: int) -> None:
    """As in ``record --run … 2>&1 | head -2``: the reader is gone, the outcome of the suite is not."""
    command = "seq 100000 && touch survived; exit 4"
    line = f"record --run {shlex.quote(command)} --junit junit.xml --summary summary.md"
    assert status(tmp_path, line, stdout=unread, stderr=unread) == 4
    assert (tmp_path / "survived").exists()
    (failure,) = [
        case for case in ElementTree.parse(tmp_path / "junit.xml").iter("testcase") if "--run" in str(case.get("name"))
    ]
    assert failure[0].get("message") == "it ended with status 4"
    assert "❌" in (tmp_path / "summary.md").read_text()


@pytest.mark.browser
def test_a_recording_with_a_verdict_goes_on_without_a_reader(site: str, tmp_path: Path, unread: int) -> None:
    """The event that must not come is not the first one."""
    failed = "backgroundSync:sync event failed"
    line = f"record --url '{site}?sync=reject-me' --until '{failed}' --fail-on '{failed}' --junit junit.xml"
    assert status(tmp_path, line, stdout=unread) == 1
    assert cases(tmp_path / "junit.xml")[f"no {failed}"] == "failure"
