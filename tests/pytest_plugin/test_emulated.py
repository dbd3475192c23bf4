"""What a test can do without the lab, in projects as users have them, on the real Chromium."""

import pytest

from tests.pytest_plugin.conftest import ASYNC, SYNC, Run


@pytest.mark.browser
def test_the_synchronous_api(run_project: Run) -> None:
    result = run_project("emulated", SYNC)
    result.assert_outcomes(passed=4)


@pytest.mark.slow
def test_the_asynchronous_api(run_project: Run) -> None:
    result = run_project("emulated_asyncio", ASYNC)
    result.assert_outcomes(passed=2)
