"""The files of docs/ci are what their servers take, and their steps run: in bash, against the bundled site."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from xml.etree import ElementTree

import msgspec
import pytest

from cdp_bgservices.events import Event
from tests.docs import jenkinsfile
from tests.docs.blocks import ROOT, blocks
from tests.docs.ci_files import FILES, GITHUB, GITLAB, JENKINS, SUITE, Job, all_jobs, jobs
from tests.docs.consoles import VARIABLES, commands, understand
from tests.marks import slow_among

INSTALLERS = ("apt-get", "pip")
STEP_DEADLINE = 100
"""Seconds."""


def run(
    step: str, folder: Path, app: str, names: Mapping[str, str] = MappingProxyType({})
) -> subprocess.CompletedProcess[str]:
    """As the server does, with the programs of this environment."""
    environment = {
        **os.environ,
        "APP": app,
        "CDP_BGSERVICES_STORE": "events.db",
        "GITHUB_STEP_SUMMARY": str(folder / "step-summary.md"),
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # The suite is for what its own line with pip installs.
        **names,
    }
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", step],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=STEP_DEADLINE,
        check=False,
    )


def run_job(job: Job, folder: Path, app: str) -> list[subprocess.CompletedProcess[str]]:
    """As far as it comes. What it would install is looked at instead."""
    suite = folder / "e2e" / Path(SUITE).name
    if not suite.exists():
        suite.parent.mkdir()
        shutil.copy(ROOT / SUITE, suite)
    done: list[subprocess.CompletedProcess[str]] = []
    for step in job.steps:
        if step.startswith(INSTALLERS):
            for words in commands(step):
                understand(words, folder)
        elif not any(each.returncode for each in done):
            done.append(run(step, folder, app))
    return done


@pytest.mark.browser
@pytest.mark.parametrize("path", slow_among(FILES, [GITLAB, JENKINS]))
def test_the_capture_runs(path: str, site: str, tmp_path: Path) -> None:
    job = jobs(path)["capture"]
    done = run_job(job, tmp_path, site)
    assert [each.returncode for each in done] == [0] * len(done), "\n".join(each.stdout + each.stderr for each in done)
    assert job.kept
    assert all((tmp_path / kept).exists() for kept in job.kept)

    lines = (tmp_path / "bgservices/events.jsonl").read_text().splitlines()
    events = [msgspec.json.decode(line, type=Event) for line in lines]
    assert "Sync completed" in {event.event_name for event in events}
    assert ElementTree.parse(tmp_path / "bgservices/junit.xml").findall(".//testcase")
    summary = tmp_path / ("step-summary.md" if path == GITHUB else "bgservices/summary.md")
    assert "backgroundSync" in summary.read_text()


@pytest.mark.browser
def test_a_failure_in_the_background_fails_the_capture_and_keeps_everything(site: str, tmp_path: Path) -> None:
    """The same steps for a suite that does not notice it."""
    job = jobs(GITHUB)["capture"]
    suite = tmp_path / "e2e" / Path(SUITE).name
    suite.parent.mkdir()
    text = (ROOT / SUITE).read_text()
    assert '"Sync"' in text
    assert '"succeeded"' in text
    suite.write_text(text.replace('"Sync"', '"Sync that fails"').replace('"succeeded"', '"rejected"'))
    *_, capture = run_job(job, tmp_path, site)
    assert "1 passed" in capture.stdout + capture.stderr
    assert capture.returncode == 1, capture.stderr
    assert "sync event failed" in capture.stderr
    assert all((tmp_path / kept).exists() for kept in job.kept)
    assert ElementTree.parse(tmp_path / "bgservices/junit.xml").findall(".//failure")
    assert "sync event failed" in (tmp_path / "step-summary.md").read_text()


def test_all_of_them_do_the_same() -> None:
    """And so does the overview; only GitHub has a page of its own for the summary."""
    consoles = [block.text for block in blocks("docs/ci/index.md") if block.language == "console"]
    shown = [words for text in consoles for words in commands(text)]
    every = {path: [words for step in jobs(path)["capture"].steps for words in commands(step)] for path in FILES}
    every[GITHUB] = [
        ["bgservices/summary.md" if word == "$GITHUB_STEP_SUMMARY" else word for word in words]
        for words in every[GITHUB]
    ]
    assert every[GITHUB] == every[GITLAB] == every[JENKINS] == shown[: len(every[GITHUB])]


def test_the_tests_are_run_as_this_project_s_own() -> None:
    own = (ROOT / ".ci" / "run").read_text().splitlines()[-1]
    for path, name, job in all_jobs():
        if name == "tests":
            assert job.steps[-1] == own, path
        else:
            assert job.environment == VARIABLES, path


@pytest.mark.parametrize(
    ("paths", "schema", "right", "wrong"),
    [
        (GITHUB, "github-workflows", "runs-on:", "runs-in:"),
        (".github/workflows/*.yml", "github-workflows", "runs-on:", "runs-in:"),
        (GITLAB, "gitlab-ci", "when: always", "when: sometimes"),
        (".github/dependabot.yml", "dependabot", "interval:", "intervals:"),
        (".github/ISSUE_TEMPLATE/[!c]*.yml", "github-issue-forms", "type: textarea", "type: text"),
        (".github/ISSUE_TEMPLATE/config.yml", "github-issue-config", ": false", ": nothing"),
    ],
)
def test_the_server_s_schema_takes_it(paths: str, schema: str, right: str, wrong: str, tmp_path: Path) -> None:
    def check(*files: Path) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", *map(str, files)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    files = sorted(ROOT.glob(paths))
    good = check(*files)
    assert good.returncode == 0, good.stdout + good.stderr
    other = tmp_path / "other.yml"
    other.write_text(files[0].read_text().replace(right, wrong))
    assert "Schema validation errors were encountered" in check(other).stdout


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ("sh 'ls'", "'sh' in the file"),
        ("pipeline {", "a } is missing, of pipeline"),
        ("pipeline { } }", "a } too many"),
        ("pipeline { steps { } }", "'steps' in pipeline"),
        ("pipeline { ? }", r"'\?' in pipeline"),
        ("pipeline { agent { docker { image 'python } } }", '"\'" in docker'),
    ],
)
def test_a_wrong_jenkinsfile_is_seen(wrong: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        jenkinsfile.read(wrong)
