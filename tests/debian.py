"""Programs of Debian's that tests need beside the Chromium."""

import shutil
import subprocess
import tempfile
from pathlib import Path


def ensure_program(name: str, package: str) -> Path:
    """Where it is; installed where it is not yet. One test process after the other: apt-get does not wait."""
    if shutil.which(name) is None:
        import fcntl

        with (Path(tempfile.gettempdir()) / "tests-apt.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if shutil.which(name) is None:
                subprocess.run(["apt-get", "update", "-qq"], check=True)
                subprocess.run(["apt-get", "install", "-y", "-qq", package], check=True)
    found = shutil.which(name)
    assert found is not None, f"{package} has no {name}"
    return Path(found)
