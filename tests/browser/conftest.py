"""A Chromium with a debugging port that the tests of attaching share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.peers import free_port
from tests.browser.processes import start


@pytest.fixture(scope="session")
def running(chromium: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The profile folder of a browser that chose its port."""
    profile = tmp_path_factory.mktemp("running")
    with start(chromium, profile, 0):
        yield profile


@pytest.fixture(scope="session")
def running_on_given_port(chromium: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """That of one that was given its port; a run before it has left a ``DevToolsActivePort``."""
    profile = tmp_path_factory.mktemp("given-port")
    (profile / "DevToolsActivePort").write_text("1\n/devtools/browser/of-a-run-that-is-over")
    with start(chromium, profile, free_port()):
        yield profile
