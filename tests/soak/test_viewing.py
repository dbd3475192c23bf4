"""The viewer's page over many events, by its own clock. Three times what a machine that does nothing else needs."""

from collections.abc import Callable
from itertools import islice
from pathlib import Path

import pytest

from benchmarks.page import (
    FILTERS,
    LULL,
    first_rows,
    live,
    look_at,
    memory,
    open_chromium,
    open_page,
    open_viewer_process,
    scroll,
    settle,
)
from benchmarks.viewing import many
from cdp_bgservices.store import open_engine

EVENTS = 200_000
TIMES = 3
FIRST, FILTER, LIVE = 300, 500, 200
"""Milliseconds, with a million events."""
MEMORY = 150
"""MiB of the page's process when it is left alone after all that; this one is held as it is."""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("viewing") / "events.db"
    events = many(EVENTS)
    with open_engine(path) as database:
        while batch := list(islice(events, 5_000)):
            database.add(batch)
    return path


@pytest.fixture(scope="module")
def figures(store: Path) -> dict[str, float]:
    """The least of three."""
    found: dict[str, list[float]] = {}
    with open_chromium() as browser:
        for _ in range(3):
            with open_viewer_process(store) as address, open_page(browser) as page:
                found.setdefault("first rows", []).append(first_rows(page, address))
                settle(page)
                for name, parameters in FILTERS.items():
                    found.setdefault(name, []).append(look_at(page, address, parameters))
                found.setdefault("live", []).append(sorted(live(page, store))[10])
                scroll(page)
                page.wait_for_timeout(LULL)
                found.setdefault("memory", []).append(memory(browser, page)[0])
    return {name: min(values) for name, values in found.items()}


@pytest.mark.timeout(0)
@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("first rows", FIRST * TIMES),
        *((name, FILTER * TIMES) for name in FILTERS),
        ("live", LIVE * TIMES),
        ("memory", MEMORY),
    ],
)
def test_the_page_is_quick(figures: dict[str, float], figure: Callable[[str], None], name: str, most: float) -> None:
    figure(f"{name}: {figures[name]:.0f}, at most {most}")
    assert 0 < figures[name] < most
