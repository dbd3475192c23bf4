"""The plugin in projects as users have them: Playwright's two APIs, and trio."""

import pytest

from tests.pytest_plugin.conftest import ASYNC, SYNC, TRIO, Run
from tests.secure import serve_securely


@pytest.mark.browser
def test_the_synchronous_api(run_project: Run) -> None:
    result = run_project("sync", SYNC)
    result.assert_outcomes(passed=16)


@pytest.mark.slow
def test_other_contexts(run_project: Run) -> None:
    result = run_project("contexts", SYNC)
    result.assert_outcomes(passed=10)


@pytest.mark.slow
def test_the_asynchronous_api(run_project: Run) -> None:
    result = run_project("asyncio", ASYNC)
    result.assert_outcomes(passed=6)


@pytest.mark.slow
def test_trio(run_project: Run) -> None:
    result = run_project("trio", TRIO, ini="trio_mode = true\n")
    result.assert_outcomes(passed=6)


@pytest.mark.slow
def test_in_parallel(run_project: Run) -> None:
    result = run_project("sync", SYNC, "-n", "2")
    result.assert_outcomes(passed=16)


@pytest.mark.parametrize("plugins", [SYNC, ASYNC], ids=["pytest-playwright", "pytest-playwright-asyncio"])
def test_another_browser_is_left_out(run_project: Run, plugins: tuple[str, ...]) -> None:
    result = run_project("sync", plugins, "--browser", "firefox", "-k", "every_name")
    result.assert_outcomes(skipped=1)
    result.stdout.no_fnmatch_line("*Error*")


@pytest.mark.browser
def test_https_with_a_certificate_that_nothing_trusts(run_project: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve_securely() as site:
        monkeypatch.setenv("SECURE_SITE", site)
        result = run_project("https", SYNC)
    result.assert_outcomes(passed=5)
