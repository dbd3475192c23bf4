"""What the plugin costs a run that does not use it."""

import subprocess
import sys

import pytest

HEAVY = {"trio", "cdp", "trio_websocket", "msgspec", "playwright", "asyncio", "sqlite3", "rich"}

REPORT = """
import sys


def pytest_unconfigure(config):
    assert config.pluginmanager.hasplugin("bgservices")
    print("LOADED", *sorted({name.split(".")[0] for name in sys.modules}))
"""


def test_nothing_heavy_is_imported(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(REPORT)
    pytester.makepyfile("def test_of_no_browser(): pass")
    command = [sys.executable, "-m", "pytest", "-q", "-pno:trio", "-pno:asyncio", "-pno:hypothesispytest"]
    command += ["-pno:playwright", "-pno:playwright-asyncio", "-pno:xdist", "-pno:allure_pytest", "-pno:html"]
    done = subprocess.run(command, cwd=pytester.path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (line,) = [line for line in done.stdout.splitlines() if "LOADED" in line]
    assert not set(line.split()) & HEAVY


def test_it_is_found_by_itself(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest_subprocess("-pno:playwright-asyncio", "--fixtures")
    result.stdout.fnmatch_lines(["bgservices -- *", "*Background services of the test's own browser context*"])
    result = pytester.runpytest_subprocess("-pno:playwright-asyncio", "--markers")
    result.stdout.fnmatch_lines(["@pytest.mark.bgservices(grant=True)*"])
