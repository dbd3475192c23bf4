"""Permissions that a test or its marker sets, in projects as users have them, on the real Chromium."""

import pytest

from tests.pytest_plugin.conftest import ASYNC, SYNC, TRIO, Run


@pytest.mark.browser
def test_the_synchronous_api(run_project: Run) -> None:
    result = run_project("permission", SYNC)
    result.assert_outcomes(passed=7)


@pytest.mark.slow
def test_the_asynchronous_api(run_project: Run) -> None:
    result = run_project("permission_asyncio", ASYNC)
    result.assert_outcomes(passed=2)


@pytest.mark.slow
def test_trio(run_project: Run) -> None:
    result = run_project("permission_trio", TRIO, ini="trio_mode = true\n")
    result.assert_outcomes(passed=2)
