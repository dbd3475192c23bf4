"""Every test that has a home runs over every engine."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cdp_bgservices.store import Engine
from tests.making import MovedClock
from tests.store.engines import HOMES, Home


@pytest.fixture(params=list(HOMES))
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Home:
    return HOMES[request.param](tmp_path)


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
def database(home: Home, clock: MovedClock) -> Iterator[Engine]:
    with home.open(clock) as engine:
        yield engine
