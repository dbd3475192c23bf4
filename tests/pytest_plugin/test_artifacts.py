"""``--bgservices``: which tests' events are kept, where, and in which reports."""

import html
import json
import re
from base64 import b64decode
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.pytest_plugin.conftest import ASYNC, SYNC, TRIO, Run

pytestmark = pytest.mark.browser


def kept(folder: Path) -> dict[str, set[str]]:
    """The instances in each test's file."""
    return {
        path.parent.name: {json.loads(line)["instance_id"] for line in path.read_text().splitlines()}
        for path in folder.glob("test-results/*/background-services.jsonl")
    }


FAILED = {
    "test-kept-py-test-fails-chromium": {"fails"},
    "test-kept-py-test-fails-in-its-teardown-chromium": {"teardown"},
}
PASSED = {"test-kept-py-test-passes-chromium": {"passes"}}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("option", "expected"), [("off", {}), ("on", {**FAILED, **PASSED}), ("retain-on-failure", FAILED)]
)
def test_which_are_kept(
    run_project: Run, pytester: pytest.Pytester, option: str, expected: dict[str, set[str]]
) -> None:
    result = run_project("kept", SYNC, f"--bgservices={option}", "--tracing=retain-on-failure")
    result.assert_outcomes(passed=3, failed=1, errors=1)
    assert kept(pytester.path) == expected
    traces = {path.parent.name for path in pytester.path.glob("test-results/*/trace.zip")}
    assert traces == set(FAILED), "beside Playwright's own"


@pytest.mark.slow
def test_reports(run_project: Run, pytester: pytest.Pytester) -> None:
    result = run_project(
        "kept",
        SYNC,
        "--bgservices=retain-on-failure",
        "--output=elsewhere",
        "--html=report.html",
        "--self-contained-html",
        "--junitxml=junit.xml",
        "--alluredir=allure",
        "-k",
        "test_fails and not teardown",
    )
    result.assert_outcomes(failed=1)
    path = Path("elsewhere/test-kept-py-test-fails-chromium/background-services.jsonl")
    text = (pytester.path / path).read_text()
    assert json.loads(text.splitlines()[0])["instance_id"] == "fails"

    (named,) = ElementTree.parse(pytester.path / "junit.xml").iterfind(".//property[@name='bgservices_events']")
    assert named.get("value") == str(path)

    (allure,) = (pytester.path / "allure").glob("*-result.json")
    (attachment,) = json.loads(allure.read_text())["attachments"]
    assert attachment["name"] == "Background services"
    assert (pytester.path / "allure" / attachment["source"]).read_text() == text

    page = html.unescape(html.unescape((pytester.path / "report.html").read_text()))
    (content,) = re.findall(r'"Background services", "format_type": "text", "content": "data:[^,]*,([^"]*)"', page)
    assert b64decode(content).decode() == text


def test_of_the_asynchronous_api(run_project: Run, pytester: pytest.Pytester) -> None:
    result = run_project("asyncio", ASYNC, "--bgservices=on", "-k", "every_name or another_test")
    result.assert_outcomes(passed=2)
    found = kept(pytester.path)
    assert len(found) == 2
    assert {"send-message", "refresh"} <= found["test-asyncio-py-test-every-name-chromium"]


def test_of_trio(run_project: Run, pytester: pytest.Pytester) -> None:
    result = run_project("trio", TRIO, "--bgservices=on", "-k", "every_name", ini="trio_mode = true\n")
    result.assert_outcomes(passed=1)
    assert {"send-message", "refresh"} <= kept(pytester.path)["test-trio-py-test-every-name"]
