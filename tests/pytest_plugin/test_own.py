"""Tests that make their own contexts, in projects as users have them."""

import json
from pathlib import Path

import pytest

from tests.pytest_plugin.conftest import ASYNC, SYNC, Run

pytestmark = pytest.mark.browser


def kept(folder: Path) -> dict[str, set[str]]:
    """The instances in each test's file."""
    return {
        path.parent.name.removeprefix("test-own-py-").removesuffix("-chromium"): {
            json.loads(line)["instance_id"] for line in path.read_text().splitlines()
        }
        for path in folder.glob("test-results/*/background-services.jsonl")
    }


def test_the_synchronous_api(run_project: Run, pytester: pytest.Pytester) -> None:
    """Everything is kept, too: of every context of each test, and of no other test."""
    result = run_project("own", SYNC, "--bgservices=on")
    result.assert_outcomes(passed=22)
    result.stdout.fnmatch_lines(
        [
            "test_own.py::test_events_in_it_are_not_passed_over_in_silence*",
            "*StrayEventsWarning: 3 events occurred in browser contexts that are not this test's*",
        ]
    )
    result.stdout.no_fnmatch_line("*StrayEventsWarning: [!3]*")
    found = kept(pytester.path)
    assert found["test-made-in-a-fixture-before"] == {"before", "after", "again", ""}
    assert found["test-new-page-hides-nothing"] == {"page", "context"}
    assert found["testsharedpage-test-that-does-not-ask"] == {"of another"}
    assert found["testsharedpage-test-of-another"] == {"elsewhere"}
    assert found["test-a-shared-context-from-the-test-s-start"] == {"shared"}
    assert found["test-with-page-only-its-context"] == {"mine", "other"}
    assert found["test-two-browsers"] == {"number-0", "number-1"}
    assert found["testpersistent-test-each-sees-its-own-second"] == {"second"}


def test_the_asynchronous_api(run_project: Run, pytester: pytest.Pytester) -> None:
    result = run_project("own_asyncio", ASYNC, "--bgservices=on")
    result.assert_outcomes(passed=8)
    found = kept(pytester.path)
    assert found["test-made-in-a-fixture-after"] == {"before"}
    assert found["test-pages-made-at-once"] == {"tag-0", "tag-1", "tag-2"}


def test_a_playwright_that_the_test_starts(run_project: Run) -> None:
    result = run_project("own_playwright", SYNC)
    result.assert_outcomes(passed=2)
