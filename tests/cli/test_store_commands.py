"""status, clear, prune."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from cdp_bgservices.cli.running import run as run_here
from cdp_bgservices.contexts import DEFAULT, OTHER, BrowserContext
from cdp_bgservices.store import open_engine
from cdp_bgservices.store.presence import Presence
from cdp_bgservices.store.values import utc_now
from tests.cli.command import run_on_terminal
from tests.cli.test_event_commands import recent


@pytest.fixture
def store(tmp_path: Path) -> Path:
    with open_engine(tmp_path / "events.db", retention=timedelta(hours=36)) as database:
        database.add([recent(0), recent(1), recent(2, service="pushMessaging"), recent(3, service="newService")])
    return tmp_path / "events.db"


def test_status(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_here(["status", "--store", str(store)]) == 0
    out = capsys.readouterr().out
    facts = dict(line.rsplit(maxsplit=1) for line in out.splitlines() if "20" not in line)
    stripped = {name.strip(): value for name, value in facts.items()}
    assert "retention                 1 d 12 h\n" in out
    assert (stripped["events"], stripped["backgroundSync"], stripped["newService"]) == ("4", "2", "1")
    assert stripped["notifications"] == "0"


def test_status_as_json(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_here(["status", "--store", str(store), "--format", "json"]) == 0
    answer = json.loads(capsys.readouterr().out)["store"]
    assert (answer["name"], answer["url"]) == (str(store), f"sqlite:///{store}")
    assert answer["size"] == store.stat().st_size
    assert answer["events"] == {"backgroundSync": 2, "newService": 1, "pushMessaging": 1}
    assert answer["oldest"] < answer["newest"]
    assert answer["retention"] == "36h"


def test_status_shows_who_records(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    now = utc_now()

    def recorder(run: str, age: timedelta, **fields: object) -> Presence:
        known: dict[str, object] = {"source": "kiosk-1:/home/kiosk/profile", "host": "kiosk-1", "browser": run}
        values = {**known, "run": run, "version": "0.1.0", "since": now - age, "seen": now, **fields}
        return Presence(**values)  # type: ignore[arg-type]

    minutes = timedelta(minutes=1)
    first = recorder("a", 90 * minutes)
    with open_engine(store) as database:
        database.keep_recorders(
            [first, recorder("b", minutes, is_over=True), recorder("c", 9 * minutes, seen=now - 3 * minutes)]
        )
    assert run_here(["status", "--store", str(store)]) == 0
    out = capsys.readouterr().out
    head, row, *others = out[out.index("RECORDING SINCE") :].splitlines()
    assert head.split() == ["RECORDING", "SINCE", "(UTC)", "VERSION", "SOURCE"]
    assert row.split()[2:] == ["0.1.0", "kiosk-1:/home/kiosk/profile"]
    assert len(row) <= 80
    assert not others
    with open_engine(store) as database:
        database.keep_recorders([recorder(f"d{number}", number * minutes, source=f"{number}") for number in range(30)])
        database.keep_recorders([recorder("e\x1b", 2 * minutes, host="clone")])
    assert run_here(["status", "--store", str(store)]) == 0
    out = capsys.readouterr().out
    assert "and 12 more: --format json has them all\n" in out
    assert "  0.1.0    17 on kiosk-1\n" in out
    (warning,) = [line for line in out.splitlines() if line.startswith("warning:")]
    assert "two browsers are recorded as kiosk-1:/home/kiosk/profile at the same time, on kiosk-1 since" in warning
    assert "UTC and on clone since" in warning
    assert run_here(["status", "--store", str(store), "--format", "json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["recorders"]) == 32


def test_status_shows_which_browser_contexts_came_and_which_are_over(
    store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    now = utc_now()

    def context(id_: str, number: int, **fields: object) -> BrowserContext:
        kind = OTHER if number else DEFAULT
        known: dict[str, object] = {"source": "shop", "kind": kind, "number": number, "since": now, "noted": now}
        return BrowserContext(context=id_, **known | fields)  # type: ignore[arg-type]

    with open_engine(store) as database:
        over = context("C", 3, name="test\x1b_cart", ended=now, why="x")
        database.keep_contexts([context("A", 0), context("B", 2), over])
    assert run_here(["status", "--store", str(store)]) == 0
    out = capsys.readouterr().out
    title, *rows = out[out.index("RECORDED SINCE") :].splitlines()
    assert title.split() == ["RECORDED", "SINCE", "(UTC)", "BROWSER", "CONTEXT", "SOURCE", "OVER"]
    assert sorted(row[21:].split() for row in rows) == [
        ["B", "(context", "2)", "shop", "not", "known", "to", "be"],
        ["C", "(test\\x1b_cart)", "shop", f"{now:%Y-%m-%d}", f"{now:%H:%M:%S}:", "x"],
    ]
    assert run_here(["status", "--store", str(store), "--format", "json"]) == 0
    assert [each["context"] for each in json.loads(capsys.readouterr().out)["contexts"]] == ["A", "B", "C"]


def test_status_shows_what_the_last_recorders_counted(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with open_engine(store) as database:
        database.keep_run(
            "shop", {"received": 40, "stored": 35, "known": 5, "too_old": 0, "peak_backlog": 7, "gaps": 0}
        )
        for number in range(20):
            database.keep_run(f"another {number}", {"received": number}, utc_now() - timedelta(hours=1))
    assert run_here(["status", "--store", str(store)]) == 0
    out = capsys.readouterr().out
    head, row, counts, *others = out[out.index("LAST RECORDED") :].splitlines()
    assert head.split() == ["LAST", "RECORDED", "(UTC)", "SOURCE"]
    assert row.split()[2:] == ["shop"]
    assert counts.strip() == "received 40, stored 35, known 5, peak backlog 7, gaps 0"
    assert len(others) == 2 * 19 + 1
    assert others[-1] == "and 1 more: --format json has them all"


def test_clear(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_here(["clear", "--yes", "--store", str(store), "--service", "pushmessaging"]) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert "deleted 1 event from" in err
    assert run_here(["clear", "--yes", "--store", str(store)]) == 0
    assert "deleted 3 events from" in capsys.readouterr().err


def test_clear_takes_the_filters_of_events(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_here(["clear", "--yes", "--store", str(store), "--instance", "tag-0"]) == 0
    assert "deleted 2 events from" in capsys.readouterr().err
    assert run_here(["clear", "--yes", "--store", str(store), "--before", "2h"]) == 0
    assert "no stored event matches" in capsys.readouterr().err
    with open_engine(store) as database:
        assert [event.instance_id for event in database.events()] == ["tag-1", "tag-1"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "4 events (backgroundSync 2, newService 1, pushMessaging 1) of"),
        (
            ["--attach", "9222", "--origin", "http://localhost"],
            "whole services: leave out --origin, or --attach",
        ),
    ],
)
def test_clear_says_why_it_deletes_nothing(
    store: Path, options: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_here(["clear", "--store", str(store), *options]) == 2
    err = capsys.readouterr().err
    assert said in err
    assert len(err.splitlines()) == 2
    with open_engine(store) as database:
        assert len([*database.events()]) == 4


@pytest.mark.parametrize(("answer", "status", "left"), [("y", 0, 2), ("n", 1, 4), ("", 1, 4)])
def test_clear_asks_on_a_terminal(store: Path, answer: str, status: int, left: int) -> None:
    options = ("--store", store, "--service", "backgroundSync")
    said = "\n".join(run_on_terminal("clear", *options, columns=200, typed=f"{answer}\n"))
    assert f"Delete 2 events (backgroundSync 2) of {store}? [y/N]: " in said
    assert (f"deleted 2 events from {store}" in said) is (status == 0)
    assert ("nothing is deleted" in said) is (status == 1)
    with open_engine(store) as database:
        assert len([*database.events()]) == left


def test_prune(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = tmp_path / "events.db"
    with open_engine(store, clock=lambda: utc_now() - timedelta(days=4)) as database:
        days = timedelta(days=4) // timedelta(microseconds=1)
        old = [recent(number) for number in range(2000)]
        database.add([recent(number, timestamp=timestamp_before(item, days)) for number, item in enumerate(old)])
        assert database.statistics().events == {"backgroundSync": 2000}
    assert run_here(["prune", "--store", str(store)]) == 0
    err = capsys.readouterr().err
    assert "deleted 2000 events, freed" in err
    assert err.endswith(" kB\n")
    assert run_here(["prune", "--store", str(store)]) == 0
    assert "deleted 0 events, freed 0 bytes" in capsys.readouterr().err


def timestamp_before(item: object, microseconds: int) -> int:
    from cdp_bgservices.events import to_microseconds

    return to_microseconds(item.timestamp) - microseconds  # type: ignore[attr-defined]
