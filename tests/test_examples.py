"""The examples, run as a user would."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.debian import ensure_program
from tests.pytest_plugin.conftest import SYNC

EXAMPLES = Path(__file__).parents[1] / "examples"


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.name)
def test_they_are_programs(path: Path) -> None:
    result = subprocess.run([sys.executable, path, "--help"], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


@pytest.mark.browser
def test_selenium(site: str, chromium: Path) -> None:
    chromedriver = ensure_program("chromedriver", "chromium-driver")
    command = [sys.executable, str(EXAMPLES / "selenium_sync.py"), site, "--button=#sync"]
    command += [f"--chromium={chromium}", f"--chromedriver={chromedriver}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["mail succeeded", "Success"]


@pytest.mark.browser
def test_the_sample_project(tmp_path: Path) -> None:
    """Copied, and run by its own pytest, on the Chromium that is there."""
    project = tmp_path / "messages"
    shutil.copytree(EXAMPLES / "messages", project)
    command = [sys.executable, "-m", "pytest", *SYNC, "-pno:cacheprovider", "-q", "--bgservices=on"]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "4 passed" in done.stdout
    assert len(list(project.glob("test-results/*/background-services.jsonl"))) == 4
