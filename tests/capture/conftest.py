"""A Chromium for tests in which it has nothing to do."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.processes import start


@pytest.fixture(scope="session")
def idle(chromium: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The profile folder of one that can be attached to: no page is open in it."""
    profile = tmp_path_factory.mktemp("idle")
    with start(chromium, profile, 0):
        yield str(profile)
