"""Soak tests tell figures: each as it is found, and all of them once more at the end."""

from collections.abc import Callable

import pytest

FIGURES = pytest.StashKey[list[str]]()


@pytest.fixture
def figure(request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Tells one figure of this test."""

    def tell(text: str) -> None:
        line = f"{request.node.name}: {text}"
        request.config.stash.setdefault(FIGURES, []).append(line)
        with capsys.disabled():
            print(f"\n{line}", end="", flush=True)

    return tell


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    lines = config.stash.get(FIGURES, [])
    if lines:
        terminalreporter.section("figures")
        for line in lines:
            terminalreporter.write_line(line)
