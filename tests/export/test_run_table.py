"""The numbers of runs: as a table that fits, and as data."""

from typing import Any

import pytest

from cdp_bgservices.export.columns import measure
from cdp_bgservices.export.run_table import runs_table, runs_values
from cdp_bgservices.export.styles import coloured
from tests.export.test_terminal_table import COLOUR

ROW: dict[str, Any] = {
    "service": "backgroundSync",
    "instance": "outbox",
    "ids": 1,
    "runs": 1200,
    "failed": 0,
    "succeeded": 1199,
    "ended": 0,
    "open": 1,
    "retries": 3,
    "median": 1_500_000,
    "p95": 3_303_000_000,
    "trend": [],
    "histogram": None,
}
NONE = {**ROW, "instance": None, "ids": 14, "failed": 2, "median": None, "p95": None}


def test_a_row_for_each_tag() -> None:
    titles, first, second = runs_table([ROW, NONE]).splitlines()
    assert titles.split() == ["SERVICE", "INSTANCE", "RUNS", "FAILED", "RETRIES", "MEDIAN", "P95"]
    assert first.split() == ["Sync", "outbox", "1,200", "0", "3", "1.5", "s", "55", "min", "3", "s"]
    assert second.split() == ["Sync", "14", "ids", "1,200", "✕", "2", "3", "-", "-"]
    assert len(titles) == len(first) == len(second)


@pytest.mark.parametrize("width", [70, 80, 140])
def test_only_an_id_is_cut(width: int) -> None:
    text = runs_table([{**ROW, "instance": "漢" * 200 + "end"}, {**ROW, "instance": "\x1b[2J"}], width, coloured)
    lines = COLOUR.sub("", text).splitlines()
    assert max(map(measure, lines)) <= width
    assert "end  " in lines[1]
    assert "55 min 3 s" in lines[1]
    assert all(line.isprintable() for line in lines)


def test_failures_stand_out() -> None:
    _, fine, bad = runs_table([ROW, NONE], 100, coloured).splitlines()
    assert [bool(COLOUR.search(line)) for line in (fine, bad)] == [False, True]


def test_data_has_seconds() -> None:
    assert runs_values(ROW)["p95_seconds"] == 3303.0
    assert runs_values(NONE)["median_seconds"] is None
    assert "histogram" not in runs_values(ROW)
