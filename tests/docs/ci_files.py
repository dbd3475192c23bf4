"""The files of docs/ci: what a CI server would run, and what it would keep."""

import re
from collections.abc import Iterator
from typing import Any

import msgspec
from ruamel.yaml import YAML

from tests.docs import jenkinsfile
from tests.docs.blocks import ROOT

GITHUB, GITLAB, JENKINS = FILES = (
    "docs/ci/github-actions.yml",
    "docs/ci/gitlab-ci.yml",
    "docs/ci/Jenkinsfile",
)
SUITE = "docs/ci/e2e/test_message.py"


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One job, in its server's order."""

    steps: tuple[str, ...]
    """Scripts for a shell, up to the first that fails."""
    environment: dict[str, str] = {}
    kept: frozenset[str] = frozenset()
    """The paths that the server takes from the working folder afterwards."""


def load(path: str) -> Any:
    return YAML(typ="safe").load((ROOT / path).read_text())


def jobs(path: str) -> dict[str, Job]:
    """``tests`` and ``capture``."""
    return {GITHUB: github_jobs, GITLAB: gitlab_jobs, JENKINS: jenkins_jobs}[path]()


def github_jobs() -> dict[str, Job]:
    return {
        name: Job(
            steps=tuple(step["run"] for step in job["steps"] if "run" in step),
            environment=job.get("env", {}),
            kept=frozenset(step["with"]["path"] for step in job["steps"] if step.get("if") == "${{ !cancelled() }}"),
        )
        for name, job in load(GITHUB)["jobs"].items()
    }


def gitlab_jobs() -> dict[str, Job]:
    return {
        name: Job(
            steps=tuple(job["script"]),
            environment=job.get("variables", {}),
            kept=frozenset(paths_of(job["artifacts"]) if "artifacts" in job else ()),
        )
        for name, job in load(GITLAB).items()
        if isinstance(job, dict)
    }


def paths_of(artifacts: dict[str, Any]) -> list[str]:
    assert artifacts["when"] == "always"
    return [*artifacts["paths"], *artifacts["reports"].values()]


def jenkins_jobs() -> dict[str, Job]:
    """Its stages are steps of one machine: what installs belongs to either."""
    (pipeline,) = jenkinsfile.read((ROOT / JENKINS).read_text())
    environment = {each.name: each.values[0] for each in pipeline.at("environment")}
    stages = {stage.values[0]: tuple(step.values[0] for step in stage.at("steps")) for stage in pipeline.at("stages")}
    kept = frozenset(re.sub(r"\*+$", "", each.values[0]) for each in pipeline.at("post", "always"))
    return {
        "tests": Job(steps=(*stages["Install"][:1], *stages["Tests"])),
        "capture": Job(steps=(*stages["Install"], *stages["Capture"]), environment=environment, kept=kept),
    }


def all_jobs() -> Iterator[tuple[str, str, Job]]:
    for path in FILES:
        for name, job in jobs(path).items():
            yield path, name, job
