"""The view command over files, which it imports into a store that goes with it."""

import signal
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import httpx
import msgspec
import pytest
import trio

from cdp_bgservices.cli.running import run as run_here
from cdp_bgservices.cli.view_files import import_recordings, name_files, open_recordings, opening_query
from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.events import Event
from cdp_bgservices.export import export
from cdp_bgservices.redaction import Redactor
from cdp_bgservices.store import open_engine
from cdp_bgservices.store.values import LONGEST_RETENTION
from tests.cli.running import open_command, run
from tests.cli.test_coverage import fill
from tests.cli.test_view import read_address
from tests.making import event, events

YEAR = timedelta(days=365)


def write(path: Path, items: Sequence[Event], name: str = "jsonl") -> str:
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(export(items, name)), encoding="utf-8")
    return str(path)


def imported(tmp_path: Path, *files: str) -> tuple[list[list[str]], list[Event]]:
    """The sources of each, and the events in the store, but for when they were stored."""
    store = tmp_path / "imported.db"
    with open_recordings(files) as recordings:
        sources = import_recordings(recordings, store)
    with open_engine(store) as database:
        return sources, [msgspec.structs.replace(item, received_at=None) for item in database.events()]


@pytest.mark.parametrize(
    ("files", "names"),
    [
        (["a.jsonl"], ["a.jsonl"]),
        (["one/a.jsonl", "two/b.jsonl"], ["a.jsonl", "b.jsonl"]),
        (["one/a.jsonl", "two/a.jsonl"], ["one/a.jsonl", "two/a.jsonl"]),
        (["1/test/a", "2/test/a", "b"], ["1/test/a", "2/test/a", "{folder}/b"]),
        (["-", "a"], ["stdin", "a"]),
    ],
)
def test_a_file_is_called_by_what_no_other_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: list[str], names: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = "/".join(tmp_path.parts[-2:])
    assert name_files(files) == [name.format(folder=folder) for name in names]


def test_files_of_one_source_are_two(tmp_path: Path) -> None:
    items = events(3)
    files = write(tmp_path / "passing" / "a.jsonl", items), write(tmp_path / "failing" / "a.jsonl", items[:2])
    sources, stored = imported(tmp_path, *files)
    assert sources == [["passing/a.jsonl"], ["failing/a.jsonl"]]
    assert [item.source for item in stored].count("passing/a.jsonl") == 3
    assert [item.source for item in stored].count("failing/a.jsonl") == 2
    assert len({item.id for item in stored}) == 5


def test_files_of_what_was_redacted_are_two(tmp_path: Path) -> None:
    push = Redactor(b"key").redact(event(service="pushMessaging", metadata={"Payload": "secret"}))
    sources, stored = imported(tmp_path, write(tmp_path / "a", [push]), write(tmp_path / "b", [push]))
    assert sources == [["a"], ["b"]]
    assert [item.metadata for item in stored] == [push.metadata] * 2


def test_any_format_and_a_store_however_old(tmp_path: Path) -> None:
    old = events(2, age=2 * YEAR)
    with open_engine(tmp_path / "kept.db", retention=LONGEST_RETENTION) as database:
        database.add(old)
    files = write(tmp_path / "saved.json", old, "devtools"), str(tmp_path / "kept.db")
    sources, stored = imported(tmp_path, *files)
    assert sources == [["saved.json"], ["kept.db"]]
    assert [item.timestamp for item in stored] == sorted([item.timestamp for item in old] * 2)


def test_one_file_keeps_its_sources(tmp_path: Path) -> None:
    items = [event(1, source="ci-1"), event(2, source="ci-2")]
    sources, stored = imported(tmp_path, write(tmp_path / "a.jsonl", items))
    assert sources == [["ci-1", "ci-2"]]
    assert stored == items


def test_a_file_of_several_sources_keeps_them_apart(tmp_path: Path) -> None:
    several = write(tmp_path / "fleet.jsonl", [event(1, source="ci-1"), event(2, source="ci-2")])
    sources, _ = imported(tmp_path, several, write(tmp_path / "b.jsonl", events(2)))
    assert sources == [["fleet.jsonl: ci-1", "fleet.jsonl: ci-2"], ["b.jsonl"]]


def test_exactly_two_files_of_one_source_each_are_compared() -> None:
    chosen = [("view", "timeline"), ("source", "a b"), ("source", "c&d"), ("compare", "1")]
    assert parse_qsl(opening_query([["a b"], ["c&d"]])) == chosen
    assert opening_query([["a"]]) == opening_query([["a"], ["b"], ["c"]]) == opening_query([["a", "b"], ["c"]]) == ""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["good", "none"], ["none cannot be read", "No such file"]),
        (["good", "."], [". cannot be read"]),
        (["good", "text"], ["text: line 1 is not an event", "Give a file"]),
        (["good", "empty"], ["empty has no event"]),
        (["empty"], ["empty has no event"]),
        (["good", "./good"], ["good is named twice"]),
        (["good", ""], ["It is empty"]),
        (["good", "postgresql://user:secret@host/events"], ["URL of a store", "--store"]),
        (["good", "--store", "events.db"], ["FILE and --store exclude each other"]),
        (["good", "--attach", "9222"], ["FILE and --attach exclude each other"]),
        (["good", "--launch"], ["FILE and --launch exclude each other"]),
        (["good", "--source", "mine"], ["FILE and --source exclude each other"]),
    ],
)
def test_a_wrong_command_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    said: list[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CDP_BGSERVICES_STORE", str(tmp_path / "other.db"))
    write(Path("good"), events(2))
    Path("text").write_text("hello\n")
    Path("empty").touch()
    before = sorted(tmp_path.iterdir())
    assert run_here(["view", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) <= 2
    assert "secret" not in err
    for text in said:
        assert text in err
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_its_store_goes_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    files = write(tmp_path / "a.jsonl", events(3, age=YEAR)), write(tmp_path / "b.jsonl", events(2, age=YEAR))
    async with open_command(tmp_path / "other.db", "view", *files) as running:
        place = urlsplit((await read_address(running))[0])
        assert parse_qsl(place.query)[1:3] == [("source", "a.jsonl"), ("source", "b.jsonl")]
        async with httpx.AsyncClient(base_url=f"http://{place.netloc}", timeout=60, trust_env=False) as http:
            headers = {"Authorization": f"Bearer {place.fragment.removeprefix('token=')}"}
            state = (await http.get("/api/state", headers=headers)).json()
            assert state["store"]["name"].startswith(str(folder))
            assert sum(service["events"] for service in state["services"]) == 5
        with trio.fail_after(60):
            result = await running.stop(number)
    assert result.status == 0
    assert list(folder.iterdir()) == []
    assert not (tmp_path / "other.db").exists()


def test_an_import_can_be_stopped(tmp_path: Path) -> None:
    """As the cancellation does that follows a signal."""

    class Stopped(BaseException):
        pass

    def check() -> None:
        raise Stopped

    with open_recordings([write(tmp_path / "a.jsonl", events(2))]) as recordings, pytest.raises(Stopped):
        import_recordings(recordings, tmp_path / "imported.db", check)


async def test_it_says_what_it_does_not_compare_or_show(tmp_path: Path) -> None:
    several = write(tmp_path / "fleet.jsonl", [event(1, source="ci-1"), event(2, source="ci-2")])
    fill(tmp_path / "gaps.db")
    async with open_command(tmp_path / "other.db", "view", several, str(tmp_path / "gaps.db")) as running:
        address, token = await read_address(running)
        assert urlsplit(address).query == ""
        assert token
        gaps, sources, _ = running.err.decode().splitlines()
        assert gaps.startswith("note: the recording of gaps.db has gaps, which the page does not show: ")
        assert sources == "a file has several sources: to compare, choose two in the filters of the page"
        assert (await running.stop(signal.SIGINT)).status == 0  # A killed one would leave its store.


async def test_one_store_is_shown_as_it_is(tmp_path: Path) -> None:
    with open_engine(tmp_path / "events.db") as database:
        database.add(events(2))
    async with open_command(tmp_path / "other.db", "view", str(tmp_path / "events.db")) as running:
        address, token = await read_address(running)
        async with httpx.AsyncClient(base_url=address, timeout=60, trust_env=False) as http:
            state = (await http.get("/api/state", headers={"Authorization": f"Bearer {token}"})).json()
            assert state["store"]["name"] == str(tmp_path / "events.db")


async def test_through_a_pipe(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="named twice"):
        name_files(["-", "-"])
    result = await run(tmp_path / "other.db", "view", "-", stdin=b"no event")
    assert result.status == 2
    assert "stdin: line 1 is not an event" in result.err
