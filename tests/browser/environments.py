"""Environments of Python of their own, for packages that have an app with a Chromium in it."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import platformdirs
import pytest


def ensure_environment(name: str, *packages: str) -> Path:
    """Its folder; made once, which may fetch hundreds of megabytes, and kept. Skips the test if that is impossible."""
    folder = Path(platformdirs.user_cache_dir("cdp-bgservices-tests")) / name
    if not (folder / "bin" / "python").exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        making = Path(tempfile.mkdtemp(dir=folder.parent))
        run(sys.executable, "-m", "venv", str(making))
        run(str(making / "bin" / "python"), "-m", "pip", "install", "-q", "--only-binary=:all:", *packages)
        try:
            making.rename(folder)  # Whole, or not at all: another process may make it, too.
        except OSError:
            shutil.rmtree(making)
    return folder


def run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        why = (done.stderr or done.stdout).strip().splitlines()
        pytest.skip(f"what the test needs cannot be installed: {command[0]}: {why[-1] if why else done.returncode}")
