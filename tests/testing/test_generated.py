"""The blocking face is what scripts/unasync.py writes from the asynchronous one."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "unasync.py"


def test_the_blocking_face_is_up_to_date() -> None:
    done = subprocess.run([sys.executable, SCRIPT, "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("module", ["calls", "services", "triggers"])
def test_a_generated_module_says_so_in_its_first_line(module: str) -> None:
    first, *_ = (SCRIPT.parents[1] / "cdp_bgservices/testing/blocking" / f"{module}.py").read_text().splitlines()
    assert first.startswith("# Generated from cdp_bgservices/testing/asynchronous")
