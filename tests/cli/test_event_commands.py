"""events and show, and the statuses that they end with."""

import json
import os
import signal
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cdp_bgservices.cli.running import run as run_here
from cdp_bgservices.events import Event, Service, make_event, to_microseconds
from cdp_bgservices.query import Query
from cdp_bgservices.store import open_engine
from cdp_bgservices.web.run_numbers import numbers as count_runs
from tests.cli.command import COMMAND, environment, run, run_on_terminal

START = to_microseconds(datetime.now(UTC) - timedelta(minutes=1))


def recent(number: int, **fields: object) -> Event:
    """A minute ago, by the real clock, which the command goes by."""
    values: dict[str, object] = {
        "source": "test",
        "timestamp": START + number,
        "service": "backgroundSync",
        "event_name": "Registered sync",
        "origin": "http://localhost:8000/",
        "storage_key": "http://localhost:8000/",
        "registration_id": "0",
        "instance_id": f"tag-{number // 2}",
        "metadata": {"Event Tag": str(number)},
    }
    return make_event(**{**values, **fields})  # type: ignore[arg-type]


@pytest.fixture
def stored() -> list[Event]:
    push = recent(4, service="pushMessaging", event_name="Push event dispatched", instance_id="täg")
    return [*map(recent, range(4)), push]


@pytest.fixture
def store(tmp_path: Path, stored: list[Event]) -> Path:
    with open_engine(tmp_path / "events.db") as database:
        database.add(stored)
    return tmp_path / "events.db"


def listed(capsys: pytest.CaptureFixture[str], *arguments: object) -> list[str]:
    """The ids that ``events`` lists with these options."""
    assert run_here(["events", "--format", "jsonl", *map(str, arguments)]) == 0
    return [json.loads(line)["id"] for line in capsys.readouterr().out.splitlines()]


def test_events_in_each_format(store: Path, stored: list[Event]) -> None:
    jsonl = run("events", "--store", store, "--format", "jsonl")
    assert jsonl.returncode == 0
    assert [json.loads(line)["id"] for line in jsonl.stdout.splitlines()] == [item.id for item in stored]
    assert jsonl.stderr == ""
    objects = [json.loads(line) for line in jsonl.stdout.splitlines()]
    assert json.loads(run("events", "--store", f"sqlite:///{store}", "--format", "json").stdout) == objects
    table = run("events", CDP_BGSERVICES_STORE=str(store)).stdout.splitlines()
    assert [line[:8] for line in table] == ["ID      ", *(item.id[:8] for item in stored)]
    assert len(run("events", "--store", store, "--format", "csv").stdout.splitlines()) == 6
    saved = json.loads(run("events", "--store", store, "--format", "devtools").stdout)
    assert [item["timestamp"] for item in saved] == [to_microseconds(item.timestamp) / 1000 / 1000 for item in stored]


def test_the_filters(store: Path, stored: list[Event], capsys: pytest.CaptureFixture[str]) -> None:
    ids = [item.id for item in stored]
    for arguments, wanted in (
        (["--service", "PUSHmessaging"], ids[4:]),
        (["--service", "pushMessaging", "--service", "backgroundSync"], ids),
        (["--event", "Push event dispatched"], ids[4:]),
        (["--origin", "http://localhost:8000"], ids),
        (["--scope", "http://localhost:8000/"], []),
        (["--instance", "tag-1"], ids[2:4]),
        (["--source", "test", "--limit", "2"], ids[3:]),
        (["--since", "2h"], ids),
        (["--since", stored[3].timestamp.isoformat()], ids[3:]),
        (["--before", "2h"], []),
        (["--before", stored[1].timestamp.isoformat()], ids[:1]),
        (["--text", "TÄG"], ids[4:]),
        (["--limit", "0"], []),
        (["--failed"], []),
    ):
        assert listed(capsys, "--store", store, *arguments) == wanted, arguments


def test_only_failures(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    failures = [
        recent(5, event_name="sync event failed"),
        recent(6, event_name="Sync completed", metadata={"Status": "waitUntil rejected"}),
    ]
    with open_engine(store) as database:
        database.add([*failures, recent(7, event_name="Sync completed", metadata={"Status": "succeeded"})])
    assert listed(capsys, "--store", store, "--failed") == [failure.id for failure in failures]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["events", "--service", "syncing"], list(Service)),
        (["events", "--since", "yesterday"], ["'yesterday' is not a time", "2h"]),
        (["events", "--limit", "-1"], ["-1"]),
        (["events", "--limit", "some"], ["some"]),
        (["events", "--format", "xml"], ["table", "devtools"]),
        (["events", "--follow", "--format", "json"], ["jsonl"]),
        (["show"], ["ID"]),
        (["evnts"], ["evnts", "Did you mean 'events'?"]),
        (["shwo"], ["Did you mean 'show'?"]),
        (["events", "--service", "push"], ["Did you mean 'pushMessaging'?"]),
        (["events", "--format", "jsnl"], ["Did you mean 'jsonl'?"]),
        (["show", ""], ["An id"]),
    ],
)
def test_a_wrong_command_line(
    store: Path, arguments: list[str], said: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_here([*arguments, *(["--store", str(store)] if len(arguments) > 1 else [])]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) <= 2
    for text in said:
        assert text in err


@pytest.mark.parametrize("colour", [{}, {"NO_COLOR": "1"}])
def test_a_terminal(store: Path, stored: list[Event], colour: dict[str, str]) -> None:
    failure = recent(9, event_name="sync event failed", metadata={"Failure Reason": "timeout"})
    with open_engine(store) as database:
        database.add([failure])
    lines = run_on_terminal("events", "--store", store, "--since", "2h", columns=80, **colour)
    assert [line[:8] for line in lines if line[:8] in {item.id[:8] for item in stored}] == [
        item.id[:8] for item in stored
    ]
    (failed,) = [line for line in lines if line.startswith(failure.id[:8])]
    assert "✕ sync event failed" in failed
    assert ("\x1b[" in "".join(lines)) is not bool(colour)


def test_nothing_to_list(tmp_path: Path, store: Path) -> None:
    none = run("events", "--store", store, "--text", "nowhere", "--format", "json")
    assert (none.returncode, json.loads(none.stdout)) == (0, [])
    assert "no stored event matches" in none.stderr
    fresh = run("events", HOME=str(tmp_path / "home"), XDG_DATA_HOME=str(tmp_path / "home"))
    assert fresh.returncode == 0
    assert "cdp-bgservices record" in fresh.stderr
    assert not (tmp_path / "home").exists()


def test_numbers_are_those_of_the_page(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    end = recent(9, event_name="sync event failed", instance_id="tag-1", metadata={"Failure Reason": "timeout"})
    with open_engine(store) as database:
        database.add([end])
        of_page = count_runs(database, Query(services=("backgroundSync",)))["rows"]
    assert run_here(["numbers", "--store", str(store), "--service", "backgroundSync", "--format", "json"]) == 0
    runs = json.loads(capsys.readouterr().out)["runs"]
    assert [(run["instance"], run["runs"], run["failed"]) for run in runs] == [
        (row["instance"], row["runs"], row["failed"]) for row in of_page
    ]
    assert {run["instance"] for run in runs} == {"tag-0", "tag-1"}
    assert run_here(["numbers", "--store", str(store), "--instance", "nowhere"]) == 0
    out, err = capsys.readouterr()
    assert (out, "no stored event matches" in err) == ("", True)


@pytest.mark.parametrize(
    ("filters", "said"),
    [
        (["--event", "Push recieved"], "did you mean 'Push message received'?"),
        (["--service", "backgroundSync", "--event", "Sync compleet"], "did you mean 'Sync completed'?"),
        (["--event", "Sync completed"], ""),
    ],
)
def test_an_event_s_name_that_may_be_misspelt(
    store: Path, filters: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_here(["events", "--store", str(store), *filters]) == 0
    err = capsys.readouterr().err
    assert "no stored event matches" in err
    assert said in err
    assert ("did you mean" in err) is bool(said)


@pytest.mark.parametrize("command", ["events", "status", "prune", "clear", "show"])
def test_a_store_that_is_not_there(tmp_path: Path, command: str, capsys: pytest.CaptureFixture[str]) -> None:
    status = run_here([command, *(["ab"] if command == "show" else []), "--store", str(tmp_path / "x.db")])
    out, err = capsys.readouterr()
    assert (status, out) == (4, "")
    assert "No store at" in err
    assert len(err.splitlines()) == 2
    assert list(tmp_path.iterdir()) == []


def test_show(store: Path, stored: list[Event], capsys: pytest.CaptureFixture[str]) -> None:
    first, second = stored[:2]
    assert run_here(["show", first.id[:12], "--store", str(store)]) == 0
    out = capsys.readouterr().out
    assert first.id in out
    assert "Event Tag: 0" in out
    assert second.id[:8] in out.partition("other events of this instance")[2]
    assert run_here(["show", first.id, "--store", str(store), "--format", "json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["id"] == first.id
    assert [item["id"] for item in shown["instance"]] == [second.id]


def test_show_of_no_event_and_of_several(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_here(["show", "zz", "--store", str(store)]) == 1
    assert "no event has an id that begins with 'zz'" in capsys.readouterr().err
    with open_engine(store) as database:
        database.add([recent(number) for number in range(10, 60)])
        ids = [item.id for item in database.events()]
    digit = max("0123456789abcdef", key=lambda digit: sum(item[0] == digit for item in ids))
    assert run_here(["show", digit, "--store", str(store)]) == 1
    err = capsys.readouterr().err
    assert "several" in err
    assert sum(item in err for item in ids if item[0] == digit) >= 2


@pytest.mark.skipif(not hasattr(signal, "SIGPIPE"), reason="pipes end otherwise")
def test_a_reader_that_goes_away_is_not_an_error(store: Path) -> None:
    with open_engine(store) as database:
        database.add([recent(number) for number in range(10, 5000)])
    process = subprocess.Popen(
        [*COMMAND, "events", "--store", str(store)],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(timeout=100) == 0
    assert process.stderr.read() == ""
    process.stderr.close()


def test_follow_shows_what_another_process_stores(store: Path, stored: list[Event]) -> None:
    process = subprocess.Popen(
        [*COMMAND, "events", "--store", str(store), "--follow", "--limit", "2", "--format", "jsonl"],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        for item in stored[-2:]:
            assert json.loads(process.stdout.readline())["id"] == item.id
        delays = list[float]()
        with open_engine(store) as database:
            while len(delays) < 5 or min(delays) >= 0.3:  # Until other work on this machine does not hold it up.
                item = recent(100 + len(delays))
                database.add([item])
                committed = time.monotonic()
                assert json.loads(process.stdout.readline())["id"] == item.id
                delays.append(time.monotonic() - committed)
        assert min(delays) < 0.3
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=100)
        assert process.returncode == 130
        assert "Traceback" not in err
    finally:
        process.kill()
        process.communicate()


def test_sigterm_ends_what_ctrl_c_cannot(store: Path) -> None:
    """A script's ``&`` starts its commands with SIGINT ignored."""
    process = subprocess.Popen(
        ["sh", "-c", 'trap "" INT; exec "$@"', "sh", *COMMAND, "events", "--follow", "--format", "jsonl"],
        env={**environment(), "CDP_BGSERVICES_STORE": str(store)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline()
        process.send_signal(signal.SIGINT)
        with open_engine(store) as database:
            database.add([recent(200)])
        while json.loads(process.stdout.readline())["instance_id"] != recent(200).instance_id:
            pass
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=100)
        assert process.returncode == -signal.SIGTERM
        assert err == ""
    finally:
        process.kill()
        process.communicate()


def test_output_that_cannot_be_written(store: Path) -> None:
    if not os.path.exists("/dev/full"):
        pytest.skip("has no /dev/full")
    with open("/dev/full", "w") as full:
        process = subprocess.run(
            [*COMMAND, "events", "--store", str(store)],
            env=environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert process.returncode == 1
    assert "No space left" in process.stderr
    assert "Traceback" not in process.stderr
