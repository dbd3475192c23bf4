"""A test's events as a file beside Playwright's traces, and in the reports."""

import re
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import pytest

from cdp_bgservices.events import Event
from cdp_bgservices.export import make_format
from cdp_bgservices.pytest_plugin.selection import ASYNC, SYNC, has_plugin

NAME = "background-services.jsonl"
TITLE = "Background services"


class Artifact(NamedTuple):
    folder: Path
    events: tuple[Event, ...]


def folder_of(request: pytest.FixtureRequest) -> str:
    """The folder where pytest-playwright keeps the test's traces; without it, a similar one."""
    if has_plugin(request.config, SYNC + ASYNC):
        path: str = request.getfixturevalue("output_path")
        return path
    slug = re.sub(r"[^a-z0-9]+", "-", request.node.nodeid.lower()).strip("-")
    if len(slug) > 200:
        slug = f"{slug[:100]}-{sha256(slug.encode()).hexdigest()[:7]}"
    return str(Path("test-results").absolute() / slug)


def attach(config: pytest.Config, report: pytest.TestReport, artifact: Artifact) -> None:
    """Write the file, and link it in JUnit's properties, pytest-html and Allure, if they are used."""
    document = make_format("jsonl")
    text = document.header() + "".join(map(document.row, artifact.events)) + document.footer()
    artifact.folder.mkdir(parents=True, exist_ok=True)
    path = artifact.folder / NAME
    path.write_text(text, encoding="utf-8", newline="\n")
    here = config.invocation_params.dir
    shown = path.relative_to(here) if path.is_relative_to(here) else path
    report.user_properties.append(("bgservices_events", str(shown)))
    html = config.pluginmanager.getplugin("html")
    if html is not None and getattr(config.option, "htmlpath", None):
        extras = [*getattr(report, "extras", []), html.extras.text(text, name=TITLE)]
        report.extras = extras  # type: ignore[attr-defined]  # pytest-html's own
    if config.pluginmanager.hasplugin("allure_pytest") and getattr(config.option, "allure_report_dir", None):
        import allure

        allure.attach.file(str(path), name=TITLE, extension="jsonl")  # type: ignore[no-untyped-call]
