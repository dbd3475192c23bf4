"""The faces are what the scripts write: from the trio face, the methods of serve, and the asynchronous face.

So is the protocol in TypeScript: ``tox -e lint`` has no package to write it from.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from cdp_bgservices.testing.asynchronous import lab
from cdp_bgservices.testing.methods import METHODS

SCRIPTS = Path(__file__).parents[2] / "scripts"
TESTING = SCRIPTS.parent / "cdp_bgservices" / "testing"


@pytest.mark.parametrize("script", ["faces.py", "unasync.py", "typescript.py"])
def test_what_is_generated_is_up_to_date(script: str) -> None:
    done = subprocess.run([sys.executable, SCRIPTS / script, "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_method_of_the_lab_has_a_face() -> None:
    parts = {"notification": lab.AsyncioNotifications, "network": lab.AsyncioNetwork, "push": lab.AsyncioPushService}
    for method in METHODS.values():
        group, _, _ = method.name.rpartition(".")
        name = method.function.__name__.rstrip("_")
        if group and not name.endswith("_emulated"):
            assert hasattr(parts[group], name), f"{method.name}: run scripts/faces.py"


@pytest.mark.parametrize("module", ["calls", "lab", "passed_on", "services", "triggers"])
def test_a_generated_module_says_so_in_its_first_line(module: str) -> None:
    first, *_ = (TESTING / "blocking" / f"{module}.py").read_text().splitlines()
    assert first.startswith("# Generated from cdp_bgservices/testing/asynchronous")
