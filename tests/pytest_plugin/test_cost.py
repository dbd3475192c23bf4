"""What the plugin costs a run that does not use it."""

import subprocess
import sys

import pytest

from tests.pytest_plugin.conftest import SYNC, Run

HEAVY = {"trio", "cdp", "trio_websocket", "msgspec", "playwright", "asyncio", "sqlite3"}

REPORT = """
import sys


def pytest_unconfigure(config):
    assert config.pluginmanager.hasplugin("bgservices")
    print("LOADED", *sorted({name.split(".")[0] for name in sys.modules}))
"""


LAB_REPORT = """

def pytest_unconfigure(config):
    import sys

    print("LAB", "cdp_bgservices.lab" in sys.modules or "jeepney" in sys.modules)
"""


def test_nothing_heavy_is_imported(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(REPORT)
    pytester.makepyfile("def test_of_no_browser(): pass")
    python = [sys.executable, "-E"]  # Without what PYTHONPATH loads, such as tests/late.
    command = [*python, "-m", "pytest", "-q", "-pno:trio", "-pno:asyncio", "-pno:hypothesispytest"]
    command += [
        "-pno:playwright",
        "-pno:playwright-asyncio",
        "-pno:xdist",
        "-pno:allure_pytest",
        "-pno:html",
        "-pno:anyio",
    ]
    done = subprocess.run(command, cwd=pytester.path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (line,) = [line for line in done.stdout.splitlines() if "LOADED" in line]
    assert not set(line.split()) & HEAVY


@pytest.mark.slow
def test_the_lab_is_not_imported_without_its_marker(run_project: Run) -> None:
    """Its libraries are not, either; where it is asked for, they are."""
    for arguments, imported in ((("-k", "needs_no_lab"), False), (("-k", "can_be"), True)):
        result = run_project("lab_skipped", SYNC, *arguments, more_conftest=LAB_REPORT)
        result.assert_outcomes(passed=1)
        result.stdout.fnmatch_lines([f"LAB {imported}*"])


def test_it_is_found_by_itself(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest_subprocess("-pno:playwright-asyncio", "--fixtures")
    result.stdout.fnmatch_lines(["bgservices -- *", "*Background services of the test's own browser context*"])
    result = pytester.runpytest_subprocess("-pno:playwright-asyncio", "--markers")
    result.stdout.fnmatch_lines(["@pytest.mark.bgservices(grant=True)*lab='all'*"])
