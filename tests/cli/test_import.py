"""import: both formats, each event once, and each wrong input."""

import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cdp_bgservices.cli.running import run as run_here
from cdp_bgservices.events import Event
from cdp_bgservices.export import export
from cdp_bgservices.redaction import Redactor
from cdp_bgservices.store import open_engine
from tests.cli.command import COMMAND, environment, run
from tests.cli.test_event_commands import recent
from tests.cli.test_export import fill, on_a_terminal, peak
from tests.export.test_reading import TEXT


def write(path: Path, items: Sequence[Event], name: str = "jsonl") -> Path:
    path.write_text("".join(export(items, name)), encoding="utf-8")
    return path


def stored(store: Path) -> list[Event]:
    """But for when."""
    with open_engine(store) as database:
        return [msgspec.structs.replace(event, received_at=None) for event in database.events()]


def import_(capsys: pytest.CaptureFixture[str], store: Path, *arguments: object) -> tuple[int, str]:
    """The status, and what was said."""
    status = run_here(["import", "--store", str(store), *map(str, arguments)])
    out, err = capsys.readouterr()
    assert out == ""
    return status, err.strip()


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "events.db"


def test_json_lines_come_back_each_once(tmp_path: Path, store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    items = [recent(number, scope="http://x/", browser_context="C") for number in range(5)]
    path = write(tmp_path / "a.jsonl", [*items, items[2]])
    assert import_(capsys, store, path) == (0, "5 stored, 1 known, 0 too old")
    assert stored(store) == items
    assert import_(capsys, store, path) == (0, "0 stored, 6 known, 0 too old")
    assert stored(store) == items


def test_what_was_exported_comes_back_as_it_was(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, other = tmp_path / "one.db", tmp_path / "other.db"
    fill(one, 1200)
    assert run_here(["export", "--store", str(one), str(tmp_path / "a.jsonl")]) == 0
    capsys.readouterr()
    assert import_(capsys, other, tmp_path / "a.jsonl") == (0, "1,200 stored, 0 known, 0 too old")
    assert stored(other) == stored(one)
    assert import_(capsys, one, tmp_path / "a.jsonl") == (0, "0 stored, 1,200 known, 0 too old")


def test_a_file_of_devtools_and_its_source(tmp_path: Path, store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    items = [recent(number) for number in range(5)]
    path = write(tmp_path / "backgroundSync-20261121T040037.json", items, "devtools")
    assert import_(capsys, store, path) == (0, "5 stored, 0 known, 0 too old")
    assert {item.source for item in stored(store)} == {"backgroundSync-20261121T040037.json"}
    assert import_(capsys, store, path, "--source", "test") == (0, "5 stored, 0 known, 0 too old")
    assert [item for item in stored(store) if item.source == "test"] == items
    assert import_(capsys, store, path, "--source", "test") == (0, "0 stored, 5 known, 0 too old")
    assert import_(capsys, store, path) == (0, "0 stored, 5 known, 0 too old")


@pytest.mark.parametrize(("name", "source"), [("jsonl", "test"), ("devtools", "stdin")])
def test_through_a_pipe(tmp_path: Path, store: Path, name: str, source: str) -> None:
    items = [recent(number) for number in range(700)]
    done = subprocess.run(
        [*COMMAND, "import", "--store", str(store), "-"],
        env=environment(),
        input="".join(export(items, name)),
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "700 stored, 0 known, 0 too old\n")
    assert [item.source for item in stored(store)] == [source] * 700


def test_what_is_too_old_is_counted(tmp_path: Path, store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    day = 86_400_000_000
    path = write(tmp_path / "a", [recent(-4 * day), recent(-5 * day), recent(0)])
    said = "1 stored, 0 known, 2 too old (past the store's retention of 3 d)"
    assert import_(capsys, store, path) == (0, said)
    with open_engine(tmp_path / "long.db", retention=timedelta(days=30)):
        pass
    assert import_(capsys, tmp_path / "long.db", path) == (0, "3 stored, 0 known, 0 too old")


def test_what_was_redacted_comes_back_to_its_own_store_and_to_others(
    tmp_path: Path, store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pushes = [
        recent(number, service="pushMessaging", metadata={"Payload": f"secret {number}", "Status": "Success"})
        for number in range(3)
    ]
    with open_engine(store) as database:
        database.set_redaction(True)
        database.add(pushes)
    assert run_here(["export", "--store", str(store), str(tmp_path / "a.jsonl")]) == 0
    assert "secret" not in (tmp_path / "a.jsonl").read_text()
    capsys.readouterr()
    assert import_(capsys, store, tmp_path / "a.jsonl") == (0, "0 stored, 3 known, 0 too old")
    assert import_(capsys, tmp_path / "other.db", tmp_path / "a.jsonl") == (0, "3 stored, 0 known, 0 too old")
    assert stored(tmp_path / "other.db") == stored(store)
    assert not [item for item in stored(store) if item in pushes]


def test_a_store_that_leaves_payloads_out_does_so(
    tmp_path: Path, store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    push = recent(0, service="pushMessaging", metadata={"Payload": "secret"})
    with open_engine(store) as database:
        database.set_redaction(True)
    path = write(tmp_path / "a", [push])
    assert import_(capsys, store, path) == (0, "1 stored, 0 known, 0 too old")
    assert import_(capsys, store, path) == (0, "0 stored, 1 known, 0 too old")
    assert "secret" not in str(stored(store))
    other = Redactor(b"another").redact(push)
    path = write(tmp_path / "b", [other])
    assert import_(capsys, store, path)[1] == import_(capsys, store, path)[1].replace("0 stored, 1", "1 stored, 0")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], ["FILE"]),
        (["none"], ["none cannot be read", "No such file"]),
        (["."], ["cannot be read", "Is a directory"]),
        (["a", "b"], ["b"]),
        (["--source", "mine", "lines"], ["--source", "lines"]),
        (["--source", "", "saved"], ["--source needs a name"]),
        (["--source", "\udcff", "saved"], ["not Unicode"]),
        (["--format", "jsonl", "lines"], ["--format"]),
        (["csv"], ["csv: line 1 is not an event"]),
        (["html"], ["html: line 1 is not an event"]),
        (["parquet"], ["parquet: line 1 is not an event"]),
        (["otlp-json"], ["otlp-json: line 1 is not an event", "missing required field"]),
        (["json"], ["json: line 2 is not an event"]),
        (["events.db"], ["events.db: line 1 is not an event"]),
    ],
)
def test_a_wrong_command_line(
    tmp_path: Path,
    store: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    said: list[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    with open_engine(store) as database:
        database.add([recent(0)])
    for name in ("csv", "html", "parquet", "otlp-json"):
        assert run_here(["export", "--store", str(store), "--format", name, name]) == 0
    write(Path("lines"), [recent(1)])
    write(Path("saved"), [recent(1)], "devtools")
    write(Path("json"), [recent(1)], "json")
    capsys.readouterr()
    status, err = import_(capsys, store, *arguments)
    assert status == 2
    assert len(err.splitlines()) <= 2
    for text in said:
        assert text in err
    assert stored(store) == [recent(0)]


@pytest.mark.parametrize("name", ["jsonl", "devtools"])
def test_what_comes_before_a_broken_line_is_stored(
    tmp_path: Path, store: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    items = [recent(number) for number in range(700)]
    path = write(tmp_path / "a", items, name)
    whole = path.read_text()
    path.write_text(whole.replace('"tag-349"', "tag", 1))
    status, err = import_(capsys, store, path)
    assert status == 2
    line = whole[: whole.index('"tag-349"')].count("\n") + 1
    reported = int(err.partition("a: line ")[2].partition(" ")[0])
    assert reported == line if name == "jsonl" else line - 10 < reported <= line
    assert err.splitlines()[1].startswith("What comes before it is in the store (698 stored,")
    assert [item.id for item in stored(store)] == [
        (item if name == "jsonl" else recent(number, source="a")).id for number, item in enumerate(items[:698])
    ]
    path.write_text(whole)
    assert import_(capsys, store, path)[1] == "2 stored, 698 known, 0 too old"


def test_an_empty_file(tmp_path: Path, store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a").touch()
    assert import_(capsys, store, tmp_path / "a") == (0, "0 stored, 0 known, 0 too old")


def test_a_store_that_cannot_be_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path / "a", [recent(0)])
    status, err = import_(capsys, tmp_path, path)
    assert status == 4
    assert "is a folder" in err


@pytest.mark.skipif(os.name != "posix", reason="cannot close standard input so")
def test_standard_input_that_is_closed(store: Path) -> None:
    command = f'"{sys.executable}" -m cdp_bgservices import --store "{store}" - <&-'
    done = subprocess.run(
        command, shell=True, env=environment(), capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 2
    assert "- cannot be read (standard input is closed)" in done.stderr


@pytest.mark.skipif(os.name != "posix", reason="counts no memory")
@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", ["jsonl", "devtools"])
def test_memory_does_not_grow_with_the_file(tmp_path: Path, name: str) -> None:
    peaks = []
    for count in (20_000, 100_000):
        path = tmp_path / f"{count}"
        with path.open("w") as file:
            for piece in export((recent(number) for number in range(count)), name):
                file.write(piece)
        peaks.append(peak("import", "--store", tmp_path / f"{count}.db", path))
    assert peaks[1] / peaks[0] < 1.25


@pytest.mark.skipif(os.name != "posix", reason="has no terminals of this kind")
def test_a_terminal_sees_how_far_it_is(tmp_path: Path, store: Path) -> None:
    path = write(tmp_path / "a", [recent(number) for number in range(30_000)])
    status, shown = on_a_terminal("import", "--store", store, path)
    assert status == 0
    assert "reading" in shown
    assert shown.rstrip().endswith("30,000 stored, 0 known, 0 too old")


EVENTS = st.builds(
    recent,
    st.integers(0, 50_000_000),
    source=TEXT,
    service=TEXT,
    event_name=TEXT,
    origin=TEXT,
    storage_key=TEXT,
    registration_id=TEXT,
    instance_id=TEXT,
    metadata=st.dictionaries(TEXT, TEXT, max_size=3),
    scope=st.none() | TEXT,
    browser_context=TEXT,
)


@given(st.lists(EVENTS, max_size=6))
@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_round_trip_through_two_stores(
    tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str], items: list[Event]
) -> None:
    folder = tmp_path_factory.mktemp("trip")
    with open_engine(folder / "one.db") as database:
        database.add(items)
    for name in ("jsonl", "devtools"):
        arguments = ["export", "--store", str(folder / "one.db"), "--format", name, str(folder / name)]
        assert run_here(arguments) == 0
    capsys.readouterr()
    assert import_(capsys, folder / "two.db", folder / "jsonl")[0] == 0
    assert stored(folder / "two.db") == stored(folder / "one.db")
    assert import_(capsys, folder / "three.db", folder / "devtools", "--source", "x")[0] == 0
    bare = {(item.timestamp, item.instance_id, str(item.metadata)) for item in items}
    assert {(item.timestamp, item.instance_id, str(item.metadata)) for item in stored(folder / "three.db")} == bare


def test_help_names_what_it_takes() -> None:
    reported = run("import", "--help").stdout
    assert "--source" in reported
    assert "each of them once" in reported
