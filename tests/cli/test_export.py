"""export: every format and option, each wrong input, and what it costs."""

import json
import os
import pty
import re
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cdp_bgservices.cli.running import run as run_here
from cdp_bgservices.coverage.values import DEFAULT, Interval, Series, State
from cdp_bgservices.events import Event
from cdp_bgservices.export import SAVED
from cdp_bgservices.store import Account, open_engine
from tests.cli.command import COMMAND, environment, run
from tests.cli.test_event_commands import recent
from tests.marks import slow_among

BEGINNINGS = {
    "jsonl": b'{"id":',
    "csv": b"id,source,timestamp",
    "devtools": b"[\n  {\n",
    "parquet": b"PAR1",
    "perfetto": b"\x0a",
    "html": b"<!doctype html>",
    "otlp-json": b'{"resourceLogs":',
}
FAST = ("jsonl", "csv", "devtools", "perfetto", "otlp-json")


@pytest.fixture
def stored() -> list[Event]:
    push = recent(4, service="pushMessaging", event_name="Push event dispatched", instance_id="täg", scope="http://x/")
    return [*map(recent, range(4)), push]


@pytest.fixture
def store(tmp_path: Path, stored: list[Event]) -> Path:
    with open_engine(tmp_path / "events.db") as database:
        database.add(stored)
    return tmp_path / "events.db"


def export(capsys: pytest.CaptureFixture[str], store: Path, *arguments: object) -> tuple[int, str]:
    """The status, and what was said."""
    status = run_here(["export", "--store", str(store), *map(str, arguments)])
    out, err = capsys.readouterr()
    assert out == ""
    return status, err


@pytest.mark.parametrize("name", SAVED)
def test_each_format(store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    path = tmp_path / "file"
    status, said = export(capsys, store, "--format", name, path)
    assert (status, said.split(",")[0]) == (0, "wrote 5 events")
    assert path.read_bytes().startswith(BEGINNINGS[name])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {item.name for item in tmp_path.iterdir()} == {"file", "events.db"}


@pytest.mark.parametrize("name", SAVED)
def test_standard_output_gets_the_same_bytes(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    options = ["--format", name, "--service", "backgroundSync"]
    command = [*COMMAND, "export", "--store", str(store), *options, "-"]
    done = subprocess.run(command, env=environment(), capture_output=True, timeout=100, check=True)
    assert export(capsys, store, *options, tmp_path / "file")[0] == 0
    assert done.stderr == b""
    assert done.stdout.startswith(BEGINNINGS[name])
    if name != "html":  # It says when it was written.
        assert done.stdout == (tmp_path / "file").read_bytes()


@pytest.mark.parametrize(
    ("name", "format_"),
    [
        ("a.jsonl", "jsonl"),
        ("a.NDJSON", "jsonl"),
        ("a.csv", "csv"),
        ("a.b.parquet", "parquet"),
        ("a.pftrace", "perfetto"),
        ("a.perfetto-trace", "perfetto"),
        ("a.html", "html"),
        ("a.htm", "html"),
    ],
)
def test_the_format_is_inferred_from_the_suffix(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, format_: str
) -> None:
    assert export(capsys, store, tmp_path / name)[0] == 0
    assert (tmp_path / name).read_bytes().startswith(BEGINNINGS[format_])
    assert export(capsys, store, tmp_path / name, "--format", "otlp-json")[0] == 0
    assert (tmp_path / name).read_bytes().startswith(BEGINNINGS["otlp-json"])


def test_json_lines_and_devtools_are_what_events_prints(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("jsonl", "devtools", "csv"):
        assert export(capsys, store, "--format", name, tmp_path / "file")[0] == 0
        assert run_here(["events", "--store", str(store), "--format", name]) == 0
        assert (tmp_path / "file").read_text() == capsys.readouterr().out


def test_the_filters_are_those_of_events(
    store: Path, stored: list[Event], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ids = [item.id for item in stored]
    for arguments, wanted in (
        (["--service", "PUSHmessaging"], ids[4:]),
        (["--service", "pushMessaging", "--service", "backgroundSync"], ids),
        (["--event", "Push event dispatched"], ids[4:]),
        (["--origin", "http://localhost:8000"], ids),
        (["--scope", "http://x/"], ids[4:]),
        (["--instance", "tag-1"], ids[2:4]),
        (["--source", "test", "--limit", "2"], ids[3:]),
        (["--browser-context", ""], ids),
        (["--browser-context", "none"], []),
        (["--since", "2h"], ids),
        (["--before", stored[1].timestamp.isoformat()], ids[:1]),
        (["--text", "TÄG"], ids[4:]),
        (["--limit", "0"], []),
    ):
        assert export(capsys, store, *arguments, tmp_path / "a.jsonl")[0] == 0
        assert [json.loads(line)["id"] for line in (tmp_path / "a.jsonl").read_text().splitlines()] == wanted, arguments


def test_nothing_to_write_is_a_file_without_events(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in SAVED:
        status, said = export(capsys, store, "--format", name, "--text", "nowhere", tmp_path / name)
        assert status == 0
        assert said.splitlines()[0] == "no stored event matches"
        assert said.splitlines()[1].startswith("wrote 0 events")
    assert json.loads((tmp_path / "devtools").read_text()) == []


def test_gaps_are_said(store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    now = datetime.now(UTC)
    span = Interval(
        context_kind=DEFAULT,
        service="backgroundSync",
        begin=now - timedelta(hours=2),
        end=now - timedelta(hours=1),
        state=State.LAPSED,
    )
    live = Interval(
        context_kind=DEFAULT, service="backgroundSync", begin=now - timedelta(hours=1), end=now, state=State.LIVE
    )
    series = Series(context_kind=DEFAULT, service="backgroundSync", seen_until=now, armed_until=now + timedelta(days=3))
    with open_engine(store) as database:
        database.account("test", Account(intervals=[span, live], series=[series]))
    status, said = export(capsys, store, "--since", "3h", tmp_path / "a.jsonl")
    assert status == 0
    assert said.startswith("note: recording has gaps:")
    assert export(capsys, store, "--since", "3h", tmp_path / "a.html")[0] == 0
    assert "recording lapsed" in (tmp_path / "a.html").read_text()


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        ([], 2, ["FILE"]),
        (["a.json"], 2, [".json", "--format", "devtools", "otlp-json"]),
        (["a"], 2, ["without a suffix", "--format"]),
        (["a.txt"], 2, [".txt"]),
        (["-"], 2, ["--format"]),
        (["a.csv", "b.csv"], 2, ["b.csv"]),
        (["--format", "xml", "a"], 2, ["jsonl", "perfetto"]),
        (["--service", "syncing", "a.csv"], 2, ["backgroundSync"]),
        (["--since", "yesterday", "a.csv"], 2, ["'yesterday' is not a time"]),
        (["--limit", "-1", "a.csv"], 2, ["-1"]),
        (["--follow", "a.csv"], 2, ["--follow"]),
        (["--format", "csv", "."], 2, ["is a folder"]),
        (["."], 2, ["is a folder"]),
        (["none/a.csv"], 2, ["none/a.csv", "No such file or directory", "folder"]),
        (["events.db/a.csv"], 2, ["events.db/a.csv", "Not a directory"]),
        (["a.csv", "--title", "Nightly"], 2, ["--title is for html, and csv has no title"]),
    ],
)
def test_a_wrong_command_line(
    store: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    status: int,
    said: list[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    found, err = export(capsys, store, *arguments)
    assert found == status
    assert len(err.splitlines()) <= 2
    for text in said:
        assert text in err
    assert list(tmp_path.iterdir()) == [store]


def test_a_store_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, err = export(capsys, tmp_path / "x.db", tmp_path / "a.csv")
    assert status == 4
    assert "No store at" in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="has no /proc")
def test_a_folder_that_cannot_be_written_to(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, err = export(capsys, store, "/proc/a.csv")
    assert status == 2
    assert "/proc/a.csv cannot be written" in err
    assert len(err.splitlines()) == 2


@pytest.mark.slow
def test_more_than_an_html_file_holds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from cdp_bgservices.export.html import MOST_EVENTS

    store = tmp_path / "events.db"
    fill(store, MOST_EVENTS + 1)
    status, err = export(capsys, store, tmp_path / "a.html")
    assert status == 2
    assert "50,000" in err
    assert "--limit 50000" in err.splitlines()[1]
    assert not (tmp_path / "a.html").exists()
    assert export(capsys, store, tmp_path / "a.html", "--limit", MOST_EVENTS)[0] == 0


def test_a_full_disk_is_one_line(store: Path) -> None:
    if not os.path.exists("/dev/full"):
        pytest.skip("has no /dev/full")
    done = run("export", "--store", store, "--format", "jsonl", "/dev/full")
    assert done.returncode == 1
    assert done.stderr.splitlines() == ["error: [Errno 28] No space left on device"]
    assert stat.S_ISCHR(os.stat("/dev/full").st_mode)


def fill(store: Path, count: int) -> None:
    with open_engine(store) as database:
        for start in range(0, count, 5000):
            database.add([recent(number - count) for number in range(start, min(start + 5000, count))])


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    """By how many events they have."""
    folder = tmp_path_factory.mktemp("stores")
    for count in (20_000, 100_000):
        fill(folder / f"{count}.db", count)
    return {count: folder / f"{count}.db" for count in (20_000, 100_000)}


MEASURED = """
import resource, sys
from cdp_bgservices.cli.running import run
status = run(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
sys.exit(status)
"""


def peak(*arguments: object) -> int:
    """Memory of a command, in the system's unit."""
    command = [sys.executable, "-c", MEASURED, *map(str, arguments)]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=250, check=True)
    return int(done.stdout)


@pytest.mark.skipif(os.name != "posix", reason="counts no memory")
@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", slow_among(sorted({*SAVED} - {"html"}), {*SAVED} - {"html", "jsonl"}))
def test_memory_does_not_grow_with_the_events(stores: dict[int, Path], tmp_path: Path, name: str) -> None:
    few, many = (peak("export", "--store", stores[count], "--format", name, tmp_path / "file") for count in stores)
    assert many / few < 1.25


STOPPED = """
import os, sys, threading
from pathlib import Path
from cdp_bgservices.cli import main
number = int(sys.argv.pop(1))
def stop():
    while not any(item.stat().st_size for item in Path().glob(".a.jsonl*")):
        pass
    os.kill(os.getpid(), number)
threading.Thread(target=stop).start()
main()
"""
"""Gets the signal as soon as it has written something, from itself: another process may come too late."""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_nothing_is_left_of_what_was_stopped(stores: dict[int, Path], tmp_path: Path, number: int) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("as it was")
    command = [sys.executable, "-c", STOPPED, str(number), "export", "--store", str(stores[100_000]), str(path)]
    done = subprocess.run(
        command, env=environment(), cwd=tmp_path, capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == (130 if number == signal.SIGINT else 143)
    assert done.stderr.strip() == ""
    assert list(tmp_path.iterdir()) == [path]
    assert path.read_text() == "as it was"


def on_a_terminal(*arguments: object) -> tuple[int, str]:
    """The status of a command whose standard error is a terminal, and what that shows."""
    ours, theirs = pty.openpty()
    command = [*COMMAND, *map(str, arguments)]
    variables = environment(TERM="xterm", COLUMNS="100")
    process = subprocess.Popen(command, env=variables, stderr=theirs, stdout=subprocess.DEVNULL)
    os.close(theirs)
    shown = "".join(read_all(ours))
    return process.wait(timeout=100), shown


def read_all(terminal: int) -> Iterator[str]:
    """Until nothing writes to it any more."""
    while True:
        try:
            data = os.read(terminal, 65536)
        except OSError:
            return
        if not data:
            return
        yield data.decode("utf-8", "replace")


@pytest.mark.skipif(os.name != "posix", reason="has no terminals of this kind")
def test_a_terminal_sees_how_far_it_is(stores: dict[int, Path], tmp_path: Path) -> None:
    status, shown = on_a_terminal("export", "--store", stores[100_000], tmp_path / "a.jsonl")
    assert status == 0
    assert "writing" in shown
    assert "%" in shown
    # A long path stands in a line of its own.
    *_, before, path = shown.split()
    assert (before, path) == ("to", str(tmp_path / "a.jsonl"))
    assert re.search(r"wrote 100,000 events, [\d.]+ MB, to\s+\S+\s*$", shown)


@pytest.mark.skipif(os.name != "posix", reason="has no terminals of this kind")
def test_a_terminal_is_given_no_bytes(store: Path) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, "export", "--store", str(store), "--format", "perfetto", "-"],
        env=environment(),
        stdout=theirs,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.close(theirs)
    _, err = process.communicate(timeout=100)
    os.close(ours)
    assert process.returncode == 2
    assert "perfetto is not for a terminal" in err


def test_nothing_heavy_is_imported(store: Path) -> None:
    script = (
        "import sys; from cdp_bgservices.cli.running import run; "
        f"run(['export', '--store', {str(store)!r}, '--format', 'jsonl', '-']); "
        "print(*{name.split('.')[0] for name in sys.modules}, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], env=environment(), capture_output=True, text=True, check=True)
    assert not {"trio", "cdp", "asyncio", "pyarrow", "starlette"} & {*done.stderr.split()}
