"""Events on a terminal: what tells them apart is there at any width, failures stand out, and nothing wraps."""

import re
from datetime import timedelta

import pytest

from cdp_bgservices.contexts import BrowserContext
from cdp_bgservices.events import Event
from cdp_bgservices.export.columns import measure
from cdp_bgservices.export.common_site import split_sites
from cdp_bgservices.export.styles import coloured, plain
from cdp_bgservices.export.terminal_table import TerminalTable
from tests.export.test_table import NASTY
from tests.making import NOW, event

COLOUR = re.compile(r"\x1b\[[\d;]*m")
THROWN = "Uncaught (in promise) Error: POST /api/orders answered 503"
REASON = f"waitUntil rejected: {THROWN}"


def failed(number: int = 9, **fields: object) -> Event:
    values: dict[str, object] = {
        "event_name": "sync event failed",
        "instance_id": "reject-cart",
        "metadata": {"Failure Reason": "waitUntil rejected", "Next Attempt Delay (ms)": "300000"},
        "details": {"threw": [{"message": THROWN, "source_url": "", "line": 0, "column": None}]},
    }
    return event(number, **{**values, **fields})  # type: ignore[arg-type]


def context(id_: str, name: str = "", number: int = 0) -> BrowserContext:
    kind = "other" if number or name else "default"
    return BrowserContext(source="test", context=id_, kind=kind, number=number, name=name, since=NOW, noted=NOW)


def shown(events: list[Event], width: int) -> list[str]:
    return TerminalTable(width, paint=plain).rows(events).splitlines()


def two_sites() -> list[Event]:
    places = [{"origin": f"http://localhost:{port}/", "scope": f"http://localhost:{port}/"} for port in (8000, 8001)]
    return [event(0, **places[0]), failed(1, **places[0]), failed(2, **places[1]), event(3, **places[1])]  # type: ignore[arg-type]


@pytest.mark.parametrize("width", [1, 8, 20, 40, 80, 100, 120, 140, 200, 400])
def test_lines_fit_a_terminals_width(width: int) -> None:
    items = [
        event(instance_id="漢字" * 50, metadata={"key": "🎉" * 100}),
        event(1, event_name="❤️" * 80),
        failed(2, metadata={"Failure Reason": "ﾊﾝ漢 " * 200}, browser_context="OTHER", source="s" * 300),
        event(3, origin="https://" + "o" * 500, scope=None),
        event(4, origin="https://example.com/", scope=None, age=timedelta(days=2)),
    ]
    for name in ("", "n" * 200):
        for folds in (True, False):
            table = TerminalTable(width, paint=coloured, folds=folds)
            table.learn([context("OTHER", name)])
            lines = COLOUR.sub("", table.rows(items)).splitlines()
            assert max(map(measure, lines)) <= width
            assert sum(item.id[: min(8, width)] in "\n".join(lines) for item in items) == len(items) or width < 8


@pytest.mark.parametrize("width", [80, 100, 120, 140, 200])
def test_what_tells_apart_is_there_at_any_width(width: int) -> None:
    heading, _, *lines = shown(two_sites(), width)
    text = " ".join(lines)
    assert "sites begin with http://localhost" in heading
    assert text.count(":8000/") == text.count(":8001/") == 2
    assert text.count("reject-cart") == 2
    assert text.split().count("✕") == 2
    assert " ".join(text.split()).count(REASON) == 2
    assert "localhost" not in text.replace(REASON, "")


@pytest.mark.parametrize("width", [80, 120, 140, 200])
def test_no_blanks_are_wasted_where_something_is_cut(width: int) -> None:
    items = [
        event(number, instance_id="order-" + "x" * 60 + str(number), metadata={"k": "v" * 300}) for number in (1, 2)
    ]
    for line in shown(items, width)[2:]:
        assert measure(line) == width
        assert " " * 8 not in line  # A gap and the place for a sign are 4; SERVICE is 3 wider than Sync.


@pytest.mark.parametrize("width", [120, 140])
def test_the_name_of_a_service_is_never_cut(width: int) -> None:
    """Even if one event of a hundred has it, and another column would need more room."""
    last = event(200, service="notifications", event_name="Notification displayed", metadata={"k": "v" * 300})
    many = [event(number, instance_id="order-" + "x" * 60) for number in range(100)]
    assert "  Notification  " in shown([*many, last], width)[-1]


def test_what_all_have_in_common_stands_once() -> None:
    table = TerminalTable(120, paint=plain)
    table.learn([context("CONTEXT")])
    first = table.rows([event(0), event(1)]).splitlines()
    assert first[0] == "2026-11-21 UTC  http://localhost:8000/  context default  source test"
    assert len(first) == 4
    assert "SITE" not in first[1]
    assert "localhost" not in first[2]
    assert len(table.rows([event(2)]).splitlines()) == 1
    other = table.rows([event(3, scope="http://localhost:8000/shop/")]).splitlines()
    assert other[:2] == ["", "2026-11-21 UTC  sites begin with http://localhost:8000  context default  source test"]
    assert "SITE" in other[2]
    assert "  /shop/" in other[3]
    assert table.rows([event(4)]).splitlines()[0].count("  /") == 1


def test_contexts_and_sources_are_columns_if_there_are_several() -> None:
    table = TerminalTable(140, paint=plain)
    table.learn([context("2", number=2)])
    lines = table.rows([event(0, browser_context="2"), event(1, browser_context="3", source="other")]).splitlines()
    assert lines[0] == "2026-11-21 UTC  http://localhost:8000/"
    assert "CONTEXT" in lines[1]
    assert "SOURCE" in lines[1]
    assert ["context 2" in line and "test" in line for line in lines[2:]] == [True, False]


def test_each_day_is_named() -> None:
    items = [event(0, age=timedelta(days=1)), event(1), event(2)]
    assert [line[:14] for line in shown(items, 80) if " UTC" in line] == ["2026-11-20 UTC", "2026-11-21 UTC"]
    table = TerminalTable(80, paint=plain, folds=False)
    assert [line[10:24] for line in table.rows(items).splitlines()] == ["11-20 12:00:00", *["11-21 11:00:00"] * 2]


def test_columns_stay_where_they_are_while_events_come_one_by_one() -> None:
    table = TerminalTable(100, paint=plain, streams=True)
    table.rows([event(0, instance_id="a-tag-of-20-letters.")])
    rows = [
        table.row(event(number, event_name=name)) for number, name in enumerate(["Sync completed", "Registered sync"])
    ]
    assert len({row.index("tag-") for row in rows}) == 1


def test_only_failures_are_coloured() -> None:
    table = TerminalTable(80, paint=coloured)
    table.header()
    fine, *bad = table.rows([event(0), failed(1)]).splitlines()[2:]
    assert COLOUR.search(fine) is None
    assert all(COLOUR.search(line) for line in bad)
    assert "\x1b[1;31m✕ sync event failed" in bad[0]


@pytest.mark.parametrize("width", [80, 200])
def test_nothing_in_an_event_controls_the_terminal(width: int) -> None:
    item = event(service=NASTY, event_name=NASTY, origin=NASTY, scope=NASTY, instance_id=NASTY, metadata={NASTY: NASTY})
    table = TerminalTable(width, paint=coloured)
    table.learn([context("CONTEXT", NASTY)])
    text = table.rows([item, failed(instance_id=NASTY, browser_context="OTHER")])
    assert COLOUR.sub("", text).replace("\n", "").isprintable()


@pytest.mark.parametrize(
    ("sites", "common"),
    [
        (["http://localhost:8000/"], "http://localhost:8000/"),
        (["http://localhost:8000/", "http://localhost:8001/"], "http://localhost"),
        (["http://localhost:8000/", "http://localhost:8000/shop/"], "http://localhost:8000"),
        (["https://a.example/x/1", "https://a.example/x/1/2"], "https://a.example/x"),
        (["https://a.example/", "http://a.example/"], ""),
        (["", "http://a.example/"], ""),
        ([], ""),
    ],
)
def test_what_sites_have_in_common(sites: list[str], common: str) -> None:
    assert split_sites(sites) == (common, len(common))
