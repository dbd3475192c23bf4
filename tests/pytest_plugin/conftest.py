"""Projects of users', each run by a pytest of its own."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.debian import ensure_program

PROJECTS = Path(__file__).parent / "projects"

SYNC = ("-pno:playwright-asyncio", "-pno:asyncio")
ASYNC = ("-pno:playwright",)
TRIO = ("-pno:playwright", "-pno:playwright-asyncio", "-pno:asyncio")
"""Which plugins to leave out: a user has one of pytest-playwright and its asyncio twin, or neither."""

Run = Callable[..., pytest.RunResult]

DEADLINE = 300
"""Seconds for a suite and its browsers. It ends one that hangs, and none on a busy machine."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "run_project" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.timeout(DEADLINE + 30))


@pytest.fixture
def run_project(pytester: pytest.Pytester, chromium: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run one of the projects: its name, which plugins to leave out, further arguments."""
    the_chromium = chromium

    def run(
        name: str,
        plugins: tuple[str, ...],
        *arguments: str,
        ini: str = "",
        chromium: Path | None = None,
        more_conftest: str = "",
    ) -> pytest.RunResult:
        monkeypatch.setenv("CHROMIUM", str(chromium or the_chromium))
        pytester.makeini(f"[pytest]\n{ini}")
        for source in (PROJECTS / "conftest.py", *(PROJECTS / name).glob("*.py")):
            (pytester.path / source.name).write_text(
                source.read_text() + (more_conftest if source.name == "conftest.py" else "")
            )
        return pytester.runpytest_subprocess(*plugins, "-pno:cacheprovider", *arguments, timeout=DEADLINE)

    return run


@pytest.fixture(scope="session")
def headless_shell() -> Path:
    """What Playwright would start by itself."""
    return ensure_program("chromium-headless-shell", "chromium-headless-shell")
