"""The page's listing while the server still looks for older events: each row that is drawn is in its place."""

import json
import subprocess
from pathlib import Path

import pytest

from cdp_bgservices.export.page import PAGE
from tests.npm import program

SCRIPT = Path(__file__).parent / "rows.mjs"


@pytest.mark.parametrize(
    ("sort", "order", "begin"),
    [("time", "asc", "end"), ("time", "asc", "start"), ("time", "desc", "start"), ("instance", "asc", "start")],
)
def test_older_events_are_found_while_rows_are_read(sort: str, order: str, begin: str) -> None:
    command = [program("node"), str(SCRIPT), str(PAGE), sort, order, begin]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer.pop("loaded") >= 300
    assert answer == {"wrong": [], "total": 1234, "reached": None, "is_all": True}


SCROLLING = Path(__file__).parent / "scrolling.mjs"


@pytest.mark.parametrize("seed", range(12))
def test_a_place_that_is_scrolled_to_gets_its_rows(seed: int) -> None:
    command = [program("node"), str(SCROLLING), str(PAGE), str(seed)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == []
