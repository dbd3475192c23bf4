"""What a test that fails prints."""

from pathlib import Path

import pytest

from tests.pytest_plugin.conftest import SYNC, Run


@pytest.mark.slow
def test_what_is_printed(run_project: Run) -> None:
    result = run_project("failing", SYNC, "--tb=short", "-k", "never_comes or nothing or no_worker or misspelt")
    result.assert_outcomes(failed=3, errors=1, passed=0)
    text = result.stdout.str()
    never = text.partition("test_never_comes")[2].partition("test_nothing_at_all")[0]
    assert "expected backgroundSync 'Sync completed', instance_id='send-other': it did not occur within 500ms" in never
    table = [line.removeprefix("E").strip() for line in never.splitlines() if " backgroundSync  " in line]
    assert [line.startswith("*") for line in table].count(True) == 3
    assert "Sync completed" in table[0], "the nearest miss"
    assert "send-message" in table[0]
    assert any("sync event failed" in line and "waitUntil rejected" in line for line in table)
    assert "worker.js)" in never.partition("service workers:")[2]
    assert "activated, running" in never
    assert "Error: sync rejected, as it was asked to" in never.partition("what the workers threw:")[2]
    result.stdout.fnmatch_lines(
        [
            "*expected pushMessaging: it did not occur within 100ms",
            "*No event of any service occurred in this browser context.",
            "*No page has registered a service worker in this browser. Open the page first.",
            "*no page has registered a service worker*",
            "*Open the page first.",
        ]
    )
    said = "takes grant, lab, permission, ignore_https_errors and push_from_pages only"
    assert f"@pytest.mark.bgservices {said}" in text
    assert "/cdp_bgservices/" not in text, "our own frames do not help the user"


@pytest.mark.slow
def test_a_trigger(run_project: Run) -> None:
    result = run_project("failing", SYNC, "--tb=short", "-k", "throws or blocked or handler")
    result.assert_outcomes(failed=2, passed=1)
    result.stdout.fnmatch_lines(
        [
            "*HandlerError: the worker of * threw while it handled the push event: *push threw, as it was asked *:36)",
            "*Fix the worker; if it is meant to fail, pass check=False.",
            "*service workers are blocked in http://localhost:*/, where navigator.serviceWorker.register was replaced",
            '*Allow them. In Playwright that is service_workers="block" of the context: use "allow", its default.',
            "*UserWarning: the worker of * has no push handler: nothing was done, and Chromium calls that a success",
        ]
    )
    assert "/cdp_bgservices/" not in result.stdout.str().partition("warnings summary")[0]


@pytest.mark.browser
def test_of_what_is_wrong(run_project: Run) -> None:
    """One clear line each, and none of our own frames."""
    wrong = "did_not_come or predicate or bytes or not_an_origin or no_text or without_what"
    result = run_project("failing", SYNC, "--tb=short", "-k", wrong)
    result.assert_outcomes(failed=5, errors=2)
    result.stdout.fnmatch_lines_random(
        [
            "E  *Event('backgroundSync', 'Sync completed', instance_id='send-message', metadata={'Status':*",
            "test_failing.py:*: in <lambda>",
            "E  *'Event' object has no attribute 'no_such_field'",
            "E  *InvalidInputError: a push cannot carry b'data': *not JSON serializable",
            "E  *Give a text, or a mapping that can be written as JSON.",
            "E  *InvalidInputError: 'nonsense' is no*origin",
            "E  *InvalidInputError: 'localhost:8000' is no*origin",
            "E  *Write scheme, host and port: http://localhost:8000.",
            "E  *InvalidInputError: @pytest.mark.bgservices cannot take grant=[[]True]",
            "E  *InvalidInputError: the browser contexts of this test are not in a lab with notifications",
        ]
    )
    text = result.stdout.str()
    assert "/cdp_bgservices/" not in text, "our own frames do not help the user"
    assert "site-packages" not in text.partition("= warnings summary =")[0], "nor are others'"


@pytest.mark.slow
def test_of_a_lab(run_project: Run) -> None:
    result = run_project("failing", SYNC, "--tb=short", "-k", "of_ and lab or shown")
    result.assert_outcomes(failed=1, errors=2)
    result.stdout.fnmatch_lines(
        [
            "*InvalidInputError: 'dbus' is not a part of the lab",
            "*The parts are: push, notifications, clock, network, all.",
            "*InvalidInputError: @pytest.mark.bgservices cannot take lab=4",
            '*Write lab="all", or lab="push,clock".',
            "*expected a notification with title='Hello': it was not shown within 100ms",
            "*No notification is shown now.",
        ]
    )
    assert "/cdp_bgservices/" not in result.stdout.str(), "our own frames do not help the user"


@pytest.mark.slow
def test_a_browser_that_was_not_prepared(run_project: Run) -> None:
    result = run_project("failing", SYNC, "-k", "own_without_a_port")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*this browser was started without a debugging port", "*args=[[]'--remote-debugging-port=0']*"]
    )


@pytest.mark.slow
def test_asked_for_when_it_is_too_late(run_project: Run) -> None:
    result = run_project("failing", SYNC, "-k", "too_late")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*bgservices was requested after Playwright had been started without it", "*Name it among*"]
    )


@pytest.mark.slow
def test_the_headless_shell_is_refused(run_project: Run, headless_shell: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And tests that do not ask for background services go on with it."""
    result = run_project("shell", SYNC, "--tb=short", chromium=headless_shell)
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(
        [
            "*is the headless shell, which has no background sync and no notifications",
            "*playwright install chromium*",
            "*def browser_type_launch_args(browser_type_launch_args):",
            '*return {*"executable_path": "/usr/bin/chromium"}',
        ]
    )


def test_without_any_browser_plugin(run_project: Run) -> None:
    result = run_project("bare", ("-pno:playwright", "-pno:playwright-asyncio", "-pno:asyncio"))
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*bgservices needs a browser: pip install pytest-playwright*"])
