"""A tag is the release that the files name."""

import json
import re
import runpy
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
RELEASE = runpy.run_path(str(ROOT / "scripts" / "release.py"))
HEADING = "## 1.2.3, 2027-01-31"


def files(folder: Path, *, python: str = "1.2.3", node: str = "1.2.3", heading: str = HEADING) -> Path:
    (folder / "pyproject.toml").write_text(f'[project]\nversion = "{python}"\n')
    (folder / "clients" / "playwright").mkdir(parents=True)
    (folder / "clients" / "playwright" / "package.json").write_text(json.dumps({"version": node}))
    (folder / "CHANGELOG.md").write_text(f"# Changelog\n\n{heading}\n\n- New.\n\n## 1.2.2, 2026-12-01\n\n- Old.\n")
    return folder


def test_files_that_agree(tmp_path: Path) -> None:
    assert RELEASE["faults"]("v1.2.3", files(tmp_path)) == []
    assert RELEASE["notes"](tmp_path) == "- New.\n"


@pytest.mark.parametrize(
    ("tag", "changed", "said"),
    [
        ("1.2.3", {}, "the tag 1.2.3 does not begin with v"),
        ("v1.2.3", {"python": "1.2.2"}, "pyproject.toml has version 1.2.2"),
        ("v1.2.3", {"node": "1.2.4"}, "clients/playwright/package.json has version 1.2.4"),
        ("v1.2.3", {"heading": "## 1.2.1, 2026-12-02"}, "CHANGELOG.md begins with 1.2.1"),
        ("v1.2.3", {"heading": "## 1.2.3, unreleased"}, "CHANGELOG.md calls it unreleased: write the day"),
    ],
)
def test_what_differs_is_said(tag: str, changed: dict[str, str], said: str, tmp_path: Path) -> None:
    (fault,) = RELEASE["faults"](tag, files(tmp_path, **changed))
    assert fault.startswith(said)


def test_nothing_is_left_but_the_day() -> None:
    """The versions of this repository agree at any time."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert all("write the day" in fault for fault in RELEASE["faults"](f"v{version}", ROOT))


def test_every_action_is_pinned() -> None:
    """A tag of someone else's repository can be moved."""
    texts = [path.read_text() for path in sorted((ROOT / ".github" / "workflows").glob("*.yml"))]
    used = [line.strip() for text in texts for line in re.findall(r"uses: (.+)", text) if not line.startswith("./")]
    assert used
    pinned = re.compile(r"[\w.-]+/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
    assert [line for line in used if not pinned.fullmatch(line)] == []
    assert len(set(used)) == len({line.partition("@")[0] for line in used}), "one action, several versions"
