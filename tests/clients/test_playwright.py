"""The package for Playwright in TypeScript: built, packed, installed, and run by Playwright itself."""

import base64
import io
import json
import re
import shutil
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.browser.peers import free_port
from tests.clients.node import ROOT, install, run
from tests.docs.blocks import blocks
from tests.docs.runners import serve_messages

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

PACKAGES = ("@playwright/test@^1.65", "typescript@^7", "@types/node@^24", "web-push@^3.6")
PROJECT = Path(__file__).parent / "project"
EVENTS = "background-services.jsonl"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With Playwright and the package, as ``npm install`` of its archive leaves it."""
    folder = tmp_path_factory.mktemp("node")
    install(folder, *PACKAGES)
    source = folder / "source"
    shutil.copytree(ROOT / "clients" / "playwright", source, ignore=shutil.ignore_patterns("node_modules", "dist"))
    packed = run(["npm", "pack", "--silent", "--pack-destination", ".."], source)  # It is built first: tsc, strict.
    assert packed.returncode == 0, packed.stdout + packed.stderr
    (archive,) = folder.glob("*.tgz")
    install(folder, *PACKAGES, f"./{archive.name}")
    return folder


class Outcome(msgspec.Struct):
    status: str
    """``expected``, ``unexpected``, ``flaky`` or ``skipped``."""
    errors: list[str]
    """Of its first run, as Playwright prints them."""
    line: str | None
    """Where the first of them points."""
    attachments: list[Path]
    """The events, of each run."""
    artifacts: set[str]
    """The names of all attachments."""
    steps: list[str]


class Report(msgspec.Struct):
    folder: Path
    warnings: list[str]
    """What was written to standard error beside the tests."""
    outcomes: dict[tuple[str, str], Outcome]
    """By project and title."""

    def of(self, project: str) -> dict[str, str]:
        return {title: outcome.status for (name, title), outcome in self.outcomes.items() if name == project}


def outcome_of(test: dict[str, Any]) -> Outcome:
    first = test["results"][0]
    errors = [re.sub(r"\x1b\[\d+m", "", error["message"]) for error in first["errors"]]
    place = first["errors"][0].get("location") if errors else None
    line = f"{Path(place['file']).name}:{place['line']}" if place else None
    files = [Path(each["path"]) for run in test["results"] for each in run["attachments"] if each["name"] == EVENTS]
    steps = [step["title"] for run in test["results"] for step in run.get("steps", ())]
    artifacts = {each["name"] for run in test["results"] for each in run["attachments"]}
    return Outcome(test["status"], errors, line, files, artifacts, steps)


@pytest.fixture(scope="module")
def report(folder: Path, site: str, chromium: Path, lab_programs: None, namespaces: None) -> Report:
    """All of the project, in one run."""
    project = folder / "project"
    shutil.copytree(PROJECT, project)
    written = {"PLAYWRIGHT_JSON_OUTPUT_NAME": "report.json", "PLAYWRIGHT_HTML_OPEN": "never"}
    command = ["playwright", "test", "--reporter=json,html"]
    with serve_messages(secure=True) as secure:
        done = run(command, project, timeout=300, SITE=site, SECURE_SITE=secure, CHROMIUM=str(chromium), **written)
    assert (project / "report.json").exists(), done.stdout + done.stderr
    result = json.loads((project / "report.json").read_text())
    specs = [spec for file in result["suites"] for suite in (file, *file.get("suites", ())) for spec in suite["specs"]]
    tests = {(test["projectName"], spec["title"]): outcome_of(test) for spec in specs for test in spec["tests"]}
    results = [result for spec in specs for test in spec["tests"] for result in test["results"]]
    return Report(project, [line["text"] for result in results for line in result["stderr"]], tests)


def read(path: Path) -> list[tuple[str, str]]:
    events = [json.loads(line) for line in path.read_text().splitlines()]
    return [(event["event_name"], event["instance_id"]) for event in events]


def is_running(pid: str) -> bool:
    try:
        return Path("/proc", pid, "cmdline").read_bytes() != b""  # Empty: it has ended, and is not reaped yet.
    except OSError:
        return False


def test_the_suites_are_typed(folder: Path, report: Report) -> None:
    done = run(["tsc", "--project", str(report.folder)], folder)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("project", ["plain", "options", "lab"])
def test_the_suites_that_pass(report: Report, project: str) -> None:
    found = {title: outcome for (name, title), outcome in report.outcomes.items() if name == project}
    assert len(found) == {"plain": 11, "options": 2, "lab": 5}[project]
    assert {title: outcome.errors for title, outcome in found.items() if outcome.status != "expected"} == {}


def test_a_name_that_may_be_misspelt_is_a_warning(report: Report) -> None:
    warned = [line for line in report.warnings if line.startswith("warning: backgroundSync has no event")]
    assert ["did you mean 'sync event failed'?" in line for line in warned] == [True], report.warnings


def test_a_wait_that_fails_says_what_occurred_instead(report: Report) -> None:
    outcome = report.outcomes["failing", "an event that does not come"]
    assert outcome.status == "unexpected"
    assert outcome.line == "failing.spec.ts:12"
    (error,) = outcome.errors
    assert error.startswith("ExpectationError: expected backgroundSync 'Sync complete': it did not occur within 300ms")
    assert "did you mean 'Sync completed'?" in error
    assert "3 events occurred instead, the nearest first:" in error
    assert "/worker.js)" in error


def test_a_wait_ends_before_the_test_does(report: Report) -> None:
    outcome = report.outcomes["failing", "the end of the test comes first"]
    assert outcome.line == "failing.spec.ts:18"
    assert [error.startswith("ExpectationError: expected pushMessaging: it did not") for error in outcome.errors] == [
        True
    ]


def test_events_are_attached_to_failures_and_retries(report: Report) -> None:
    (failed,) = report.outcomes["failing", "an event that does not come"].attachments
    assert failed.name == EVENTS
    assert [read(failed).count(("Sync completed", tag)) for tag in ("mail", "other")] == [1, 1]
    flaky = report.outcomes["failing", "fails once"]
    assert flaky.status == "flaky"
    assert [read(path) for path in flaky.attachments] == [[("Dispatched sync event", "mail")]] * 2
    assert "bgservices.sync(mail)" in flaky.steps


def test_events_are_attached_to_tests_with_a_trace_and_to_no_others(report: Report) -> None:
    assert [read(path) for path in report.outcomes["options", "are respected"].attachments] == [
        [("Dispatched sync event", "mail")]
    ]
    assert [outcome.attachments for (name, _), outcome in report.outcomes.items() if name == "plain"] == [[]] * 11


@pytest.mark.parametrize(
    ("project", "title", "artifacts"),
    [
        ("options", "are respected", {"trace", "screenshot", EVENTS}),
        ("lab", "are respected as far as a profile can have them", {"trace", "screenshot", EVENTS}),
    ],
)
def test_playwrights_own_artifacts(report: Report, project: str, title: str, artifacts: set[str]) -> None:
    assert report.outcomes[project, title].artifacts == artifacts


def test_the_html_report_has_them(report: Report) -> None:
    page = (report.folder / "playwright-report" / "index.html").read_text()
    encoded = re.search(r"data:application/zip;base64,([\w+/=]+)", page)
    assert encoded is not None
    with zipfile.ZipFile(io.BytesIO(base64.b64decode(encoded[1]))) as packed:
        files = [json.loads(packed.read(name)) for name in packed.namelist()]
    tests = {test["title"]: test for file in files for test in file.get("tests", ()) if "results" in test}
    (shown,) = [each for each in tests["are respected"]["results"][0]["attachments"] if each["name"] == EVENTS]
    assert shown["contentType"] == "application/jsonl"
    assert read(report.folder / "playwright-report" / shown["path"]) == [("Dispatched sync event", "mail")]


def test_serve_that_ends_fails_the_test_with_its_last_words(report: Report) -> None:
    outcome = report.outcomes["ending", "of serve"]
    assert outcome.status == "unexpected"
    assert outcome.line == "ending.spec.ts:14"
    # Playwright may add that it cannot close the context.
    (error,) = [each for each in outcome.errors if not each.startswith("Error: browserContext.close: ")]
    assert error.startswith("BackgroundServicesError: cdp-bgservices has ended (SIGKILL)\n")
    assert "recording 1 browser context" in error


def test_nothing_is_left_behind_after_a_worker_is_killed(report: Report) -> None:
    assert report.outcomes["ending", "of the worker"].status == "unexpected"
    started = (report.folder / "started").read_text().split()
    assert len(started) > 1
    while any(map(is_running, started)):  # Else the test is over when its time is.
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("project", "said", "remedy"),
    [
        ("missing", "no-such-program cannot be started (spawn no-such-program ENOENT)", "pip install cdp-bgservices"),
        (
            "misspelt",
            "'pushes' is not a part of the lab. Did you mean 'push'? The parts are: push, notifications",
            "See cdp-bgservices serve --help.",
        ),
    ],
)
def test_serve_that_cannot_start_is_one_clear_error(report: Report, project: str, said: str, remedy: str) -> None:
    (error,) = report.outcomes[project, "a test"].errors
    assert said in error
    assert remedy in error
    assert "\n    at " not in error


def test_other_browsers(report: Report) -> None:
    assert report.of("webkit") == {
        "a test with bgservices is skipped": "skipped",
        "a test without it is run": "expected",
    }


def test_the_examples_of_the_readme_and_of_node_md(
    folder: Path, chromium: Path, lab_programs: None, namespaces: None
) -> None:
    """Each is the file that it names; the application of examples/messages stands for the reader's."""
    project = folder / "readme"
    (project / "tests").mkdir(parents=True)
    port = free_port()
    application = f"{sys.executable} {ROOT / 'examples' / 'messages' / 'server.py'} {port}"
    for page in ("clients/playwright/README.md", "docs/node.md"):
        for block in (block for block in blocks(page) if block.language == "ts"):
            text = block.text.replace("localhost:8000", f"localhost:{port}").replace("npm start", application)
            (project / block.text.partition("\n")[0].removeprefix("// ")).write_text(text)
    done = run(["playwright", "test", "--reporter=list"], project, CHROMIUM=str(chromium))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "4 passed" in done.stdout


def test_the_sample_project(folder: Path, chromium: Path, lab_programs: None, namespaces: None) -> None:
    """Copied, and run as a user would, with an application server in Node that pushes by web-push."""
    examples = folder / "examples"
    for name in ("messages", "messages-playwright"):
        shutil.copytree(ROOT / "examples" / name, examples / name, ignore=shutil.ignore_patterns("node_modules"))
    project = examples / "messages-playwright"
    done = run(["playwright", "test", "--reporter=list"], project, CHROMIUM=str(chromium))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 passed" in done.stdout
