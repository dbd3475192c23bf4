"""The files of docs/service are what their programs take, and run commands that there are; none is started here."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from cdp_bgservices.capture.health import Answer, Health, State
from cdp_bgservices.notices import KINDS
from tests.debian import ensure_program
from tests.docs import consoles
from tests.docs.blocks import ROOT, blocks
from tests.docs.ci_files import load

FOLDER, PAGE = ROOT / "docs" / "service", ROOT / "docs" / "service.md"
UNITS = sorted(path.name for path in FOLDER.glob("*.service"))
IMAGES = ("Containerfile", "Containerfile.attached")
COMPOSE, KUBERNETES = "docs/service/compose.yaml", "docs/service/kubernetes.yaml"
PROGRAM = re.compile(r"^ExecStart=(\S*/bin/cdp-bgservices) (.*)$", re.MULTILINE)


@pytest.mark.parametrize("unit", UNITS)
def test_systemd_takes_it(unit: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its program is replaced: it need not be installed there."""
    analyze = ensure_program("systemd-analyze", "systemd")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    manager = ["--user"] if "user" in unit else []

    def verify(text: str) -> str:
        (tmp_path / unit).write_text(text)
        done = subprocess.run(
            [analyze, "verify", *manager, tmp_path / unit], capture_output=True, text=True, check=False
        )
        return f"{done.returncode} {done.stdout}{done.stderr}"

    text = PROGRAM.sub(f"ExecStart={sys.executable}", (FOLDER / unit).read_text())
    assert verify(text) == "0 "
    assert "'NewPrivileges'" in verify(text.replace("NoNewPrivileges", "NewPrivileges"))


@pytest.mark.parametrize("unit", UNITS)
def test_a_unit_runs_a_command_that_there_is(unit: str, tmp_path: Path) -> None:
    text = (FOLDER / unit).read_text()
    ((_, arguments),) = PROGRAM.findall(text)
    consoles.parsed(shlex.split(arguments.replace("%t", "/run")), tmp_path)
    settings = dict(line.split("=", 1) for line in text.splitlines() if "=" in line and line[0] != "#")
    assert settings["Type"] == "notify"
    assert settings["RestartPreventExitStatus"] == "2"
    assert unit.endswith("user.service") or "CDP_BGSERVICES_STORE=/var/lib/cdp-bgservices/" in settings["Environment"]


@pytest.mark.parametrize("image", IMAGES)
def test_an_image_runs_commands_that_there_are(image: str, tmp_path: Path) -> None:
    text = (FOLDER / image).read_text().replace("\\\n", "")
    lines = {name: json.loads(words) for name, words in re.findall(r"^(ENTRYPOINT|CMD) (\[.*\])$", text, re.MULTILINE)}
    (health,) = re.findall(r"^HEALTHCHECK .* CMD (\[.*\])$", text, re.MULTILINE)
    program, *check = json.loads(health)
    assert lines["ENTRYPOINT"][-1] == program == "cdp-bgservices"
    for words in (lines["CMD"], check):
        consoles.parsed(words, tmp_path)
    assert lines["CMD"][lines["CMD"].index("--health") + 1] == check[check.index("--health") + 1]
    assert "\nUSER recorder\n" in text
    assert "\nVOLUME /data\n" in text


def test_compose_takes_it_and_it_has_what_it_names() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(ROOT / COMPOSE)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    compose = load(COMPOSE)
    assert {each["build"]["dockerfile"] for each in compose["services"].values() if "build" in each} == {*IMAGES}
    named = {volume.split(":")[0] for each in compose["services"].values() for volume in each["volumes"]}
    assert named == {*compose["volumes"]}
    assert compose["services"]["attached"]["network_mode"] == "service:browser"


def test_the_probes_of_kubernetes_ask_where_the_recorder_answers(tmp_path: Path) -> None:
    spec = load(KUBERNETES)["spec"]["template"]["spec"]
    (container,) = spec["containers"]
    consoles.parsed(container["args"], tmp_path)
    (port,) = container["ports"]
    assert f"--health=0.0.0.0:{port['containerPort']}" in container["args"]
    for probe in ("startupProbe", "livenessProbe"):
        assert container[probe]["httpGet"] == {"path": "/health", "port": port["name"]}
    assert {each["name"] for each in container["volumeMounts"]} == {"data", "shm"}


def test_the_page_names_every_file() -> None:
    linked = set(re.findall(r"\]\(service/([^)]+)\)", PAGE.read_text()))
    assert linked == {path.name for path in FOLDER.iterdir()}


def test_the_page_has_every_event_and_field() -> None:
    text = PAGE.read_text()
    rows = re.findall(r"^\| `(\w+)` \| (.+) \|$", text, re.MULTILINE)
    assert {name: meaning for name, meaning in rows if name in KINDS} == KINDS
    fields = {
        name for cells in re.findall(r"^\| (`\w+`(?:, `\w+`)*) \|", text, re.MULTILINE) for name in cells.split("`")
    }
    assert {*Answer.__struct_fields__} <= fields
    assert {*Health.__struct_fields__} < {*Answer.__struct_fields__}
    assert all(f"`{state}`" in text for state in State)


def test_the_line_of_the_log_is_one() -> None:
    (line,) = (block.text for block in blocks("docs/service.md") if block.language == "json")
    assert {"time", "level", "event", "message"} < {*msgspec.json.decode(line)}
