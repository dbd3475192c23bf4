"""Programs of Debian's that tests need beside the Chromium."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

ADMINISTRATORS = ("/usr/local/sbin", "/usr/sbin", "/sbin")
"""Where Debian has servers, such as pgbouncer; an ordinary user's PATH may be without."""


def find_program(name: str) -> str | None:
    return shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", os.defpath), *ADMINISTRATORS]))


def ensure_program(name: str, package: str) -> Path:
    """Where it is; installed where it is not yet. One test process after the other: apt-get does not wait."""
    if find_program(name) is None:
        import fcntl

        with (Path(tempfile.gettempdir()) / "tests-apt.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if find_program(name) is None:
                subprocess.run(["apt-get", "update", "-qq"], check=True)
                subprocess.run(["apt-get", "install", "-y", "-qq", package], check=True)
    found = find_program(name)
    assert found is not None, f"{package} has no {name}"
    return Path(found)
