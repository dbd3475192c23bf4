"""wait: for an event of the store, from a shell."""

import json
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cdp_bgservices.cli.running import run as run_here
from cdp_bgservices.events import Event, make_event, to_microseconds
from cdp_bgservices.store import open_engine
from tests.cli.command import COMMAND, environment
from tests.postgresql import Database
from tests.store.engines import PostgresHome

COMPLETED = "backgroundSync:Sync completed"


@pytest.fixture(autouse=True)
def no_recording(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("STORE", "SINCE", "SOURCE"):
        monkeypatch.delenv(f"CDP_BGSERVICES_{name}", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


@pytest.fixture
def store(tmp_path: Path) -> str:
    path = str(tmp_path / "events.db")
    with open_engine(path):
        return path


@pytest.fixture
def shared(tmp_path: Path) -> Iterator[Database]:
    home = PostgresHome(tmp_path)
    yield home.shared
    home.shared.set_clock(None)


def recent(age: timedelta = timedelta(minutes=1), **fields: object) -> Event:
    """By the real clock, which the command goes by."""
    values: dict[str, object] = {
        "source": "test",
        "timestamp": to_microseconds(datetime.now(UTC) - age),
        "service": "backgroundSync",
        "event_name": "Sync completed",
        "origin": "http://localhost:8000/",
        "storage_key": "http://localhost:8000/",
        "registration_id": "0",
        "instance_id": "send",
        "metadata": {"Status": "succeeded"},
    }
    return make_event(**{**values, **fields})  # type: ignore[arg-type]


def add(store: str, *events: Event) -> None:
    with open_engine(store) as engine:
        engine.add(events)


def mark(store: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert run_here(["wait", "--mark", "--store", store]) == 0
    return capsys.readouterr().out.strip()


def wait(store: str, *arguments: str, what: str = COMPLETED, timeout: str = "0") -> int:
    return run_here(["wait", what, "--store", store, "--timeout", timeout, *arguments])


def test_the_event_is_printed(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    begin, synced = mark(store, capsys), recent()
    add(store, synced)
    found = {}
    for name in ("json", "jsonl", "table"):
        assert wait(store, "--since", begin, "--format", name) == 0
        found[name], err = capsys.readouterr()
        assert err == ""
    assert len(found["jsonl"].splitlines()) == 1
    assert json.loads(found["jsonl"]) == json.loads(found["json"])
    assert json.loads(found["json"])["id"] == synced.id
    titles, row = found["table"].splitlines()
    assert titles.startswith("ID ")
    assert row.startswith(synced.id[:8])
    assert wait(store, "--since", begin) == 0
    assert capsys.readouterr().out == found["jsonl"]


def test_which_event(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    synced = recent(scope="http://localhost:8000/app/")
    add(store, synced)
    for arguments, status in (
        (["--since", "2h"], 0),
        (["--since", (synced.timestamp + timedelta(microseconds=1)).isoformat()], 1),
        (["--since", "now"], 1),
        ([], 1),
        (["--since", "2h", "--instance", "send", "--origin", "http://localhost:8000", "--text", "SUCC"], 0),
        (["--since", "2h", "--scope", "http://localhost:8000/app/", "--where", "Status=succeeded"], 0),
        (["--since", "2h", "--where", "Status=failed"], 1),
        (["--since", "2h", "--source", "another"], 1),
    ):
        assert wait(store, *arguments) == status, arguments
        out, err = capsys.readouterr()
        assert ("source='another'" in err) == ("another" in arguments)
        assert (out == "") == (status == 1) == err.startswith("error: expected backgroundSync 'Sync completed'"), err


def test_in_a_recording_it_is_since_its_beginning_and_of_its_browser(
    store: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    synced = recent()
    add(store, synced, recent(timedelta(minutes=2), source="other"))
    monkeypatch.setenv("CDP_BGSERVICES_STORE", store)
    monkeypatch.setenv("CDP_BGSERVICES_SINCE", (synced.timestamp - timedelta(hours=1)).isoformat())
    monkeypatch.setenv("CDP_BGSERVICES_SOURCE", "test")
    assert run_here(["wait", COMPLETED, "--timeout", "0"]) == 0
    assert json.loads(capsys.readouterr().out)["source"] == "test"
    assert run_here(["wait", COMPLETED, "--timeout", "0", "--source", "other"]) == 0
    assert json.loads(capsys.readouterr().out)["source"] == "other"
    assert run_here(["wait", COMPLETED, "--timeout", "0", "--since", "now"]) == 1
    monkeypatch.setenv("CDP_BGSERVICES_SOURCE", "third")
    assert run_here(["wait", COMPLETED, "--timeout", "0"]) == 1
    assert "No recorder records third into" in capsys.readouterr().err
    assert wait(store) == 1, "a store that is named is not the recording's"
    assert "third" not in capsys.readouterr().err


def test_a_failure_says_what_occurred_instead(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    add(store, recent())
    assert wait(store, what="backgroundSync:Sync complete") == 1
    out, err = capsys.readouterr()
    lines = err.splitlines()
    assert out == ""
    assert lines[0] == (
        "warning: backgroundSync has no event 'Sync complete' that is known here: did you mean 'Sync completed'?"
    )
    assert lines[1] == "error: expected backgroundSync 'Sync complete': it has not occurred"
    assert "did you mean" not in "".join(lines[1:])
    (row,) = (line for line in lines if "Sync completed  send" in line)
    assert row.startswith("*  ")
    assert f"No recorder records into {store} now: `cdp-bgservices record` does." in lines


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["Sync completed"], "'Sync completed' is not SERVICE:EVENT_NAME"),
        (["syncing:Sync completed"], "'syncing' is not a background service. They are: backgroundFetch"),
        ([COMPLETED, "--where", "Status"], "'Status' is not KEY=VALUE"),
        ([COMPLETED, "--timeout", "30"], "'30' is not a duration"),
        ([COMPLETED, "--since", ""], "'' is not a time"),
        ([COMPLETED, "--since", "yesterday"], "'yesterday' is not a time"),
        ([COMPLETED, "--since", "mark-"], "'mark-' is not a mark"),
        ([COMPLETED, "--since", "mark-12ab-3"], "is a mark of another store than"),
        ([COMPLETED, "--mark"], "not both"),
        ([], "Missing SERVICE:EVENT"),
        ([COMPLETED, "--format", "csv"], "csv"),
    ],
)
def test_a_wrong_command_line(store: str, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_here(["wait", *arguments, "--store", store]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert len(err.splitlines()) == 2


def test_a_store_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Only the default one is made: a recorder may be about to start."""
    assert wait(str(tmp_path / "x.db")) == 4
    assert capsys.readouterr().err.splitlines()[0] == f"error: No store at {tmp_path / 'x.db'}"
    assert not (tmp_path / "x.db").exists()
    assert run_here(["wait", COMPLETED, "--timeout", "0"]) == 1
    assert "No event of any service occurred in" in capsys.readouterr().err


@contextmanager
def waiting(store: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A process that waits: it has said what it doubts, which comes after the beginning of the wait."""
    process = subprocess.Popen(
        [*COMMAND, "wait", "backgroundSync:Sync complete", "--store", store, *arguments],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        assert process.stderr.readline().startswith("warning: ")
        yield process
    finally:
        process.kill()
        process.communicate()


def test_a_commit_of_another_process_ends_it_at_once(store: str) -> None:
    delays = list[float]()
    while len(delays) < 3 or min(delays) >= 0.3:  # Until other work on this machine does not hold it up.
        with waiting(store) as process, open_engine(store) as engine:
            item = recent(event_name="Sync complete", instance_id=str(len(delays)))
            engine.add([recent(), item])
            committed = time.monotonic()
            assert process.stdout is not None
            assert json.loads(process.stdout.readline())["id"] == item.id
            delays.append(time.monotonic() - committed)
            assert process.wait(100) == 0
    assert min(delays) < 0.3


def test_in_a_shared_store(shared: Database, capsys: pytest.CaptureFixture[str]) -> None:
    shared.set_clock(None)
    with open_engine(shared.url):
        begin = mark(shared.url, capsys)
    with waiting(shared.url) as process:
        item = recent(event_name="Sync complete")
        add(shared.url, item)
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["id"] == item.id
        assert process.wait(100) == 0
    assert wait(shared.url, "--since", begin, what="backgroundSync:Sync complete") == 0


def test_ctrl_c_ends_it(store: str) -> None:
    with waiting(store) as process:
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=100)
        assert (process.returncode, out, err.strip()) == (130, "", "")
