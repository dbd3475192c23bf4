"""The files of docs/fleet are what their programs take, and what they ask and do is done here, without containers."""

import subprocess
import sys
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from tests.docs.blocks import ROOT
from tests.docs.ci_files import load
from tests.docs.grafana import dashboard

FOLDER = ROOT / "docs" / "fleet"
COMPOSE, ACTIONS = "docs/fleet/compose.yaml", "docs/fleet/github-actions.yml"
DATASOURCE = "docs/fleet/grafana/datasource.yaml"


@pytest.mark.parametrize(
    ("path", "schema", "right", "wrong"),
    [
        (COMPOSE, "vendor.compose-spec", "depends_on:", "depends_in:"),
        (ACTIONS, "vendor.github-workflows", "runs-on:", "runs-in:"),
    ],
)
def test_the_program_s_schema_takes_it(path: str, schema: str, right: str, wrong: str, tmp_path: Path) -> None:
    def check(file: Path) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(file)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    good = check(ROOT / path)
    assert good.returncode == 0, good.stdout + good.stderr
    other = tmp_path / "other.yaml"
    other.write_text((ROOT / path).read_text().replace(right, wrong))
    assert "Schema validation errors were encountered" in check(other).stdout


def services() -> dict[str, Any]:
    found: dict[str, Any] = load(COMPOSE)["services"]
    return found


def test_compose_has_everything_that_it_names() -> None:
    compose = load(COMPOSE)
    named = [volume.split(":")[0] for each in services().values() for volume in each.get("volumes", ())]
    assert {name for name in named if not name.startswith(".")} == set(compose["volumes"])
    files = [name for name in named if name.startswith(".")] + [
        config["file"] for config in compose["configs"].values() if "file" in config
    ]
    assert all((FOLDER / name).is_file() for name in files), files
    assert {name for each in services().values() for name in each.get("depends_on", ())} < set(services())


def test_the_dashboard_is_one_that_grafana_lays_out() -> None:
    """Each panel has a number and a place of its own, and asks the data source that is provisioned beside it."""
    panels = dashboard()["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    places = [panel["gridPos"] for panel in panels]
    assert all(place["x"] >= 0 and place["x"] + place["w"] <= 24 for place in places)
    assert not [pair for pair in combinations(places, 2) if overlap(*pair)]
    (source,) = load(DATASOURCE)["datasources"]
    asked = [target["datasource"] for panel in panels for target in panel["targets"]]
    asked += [variable["datasource"] for variable in dashboard()["templating"]["list"]]
    assert {(each["type"], each["uid"]) for each in asked} == {(source["type"], source["uid"])}


def overlap(one: dict[str, int], other: dict[str, int]) -> bool:
    return all(
        one[start] < other[start] + other[length] and other[start] < one[start] + one[length]
        for start, length in (("x", "w"), ("y", "h"))
    )
