"""A folder with packages of npm's, in which Node's programs are run."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.npm import npm_environment, program

ROOT = Path(__file__).parents[2]


def environment(**more: str) -> dict[str, str]:
    """With node, npm and our own command first on the path."""
    folders = dict.fromkeys(str(Path(each).parent) for each in (sys.executable, program("node")))
    return {**npm_environment(), "PATH": os.pathsep.join([*folders, os.environ["PATH"]]), "CI": "1", **more}


def run(command: Sequence[str], folder: Path, *, timeout: float = 100, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a program of a package that is installed in this folder or above it, or one of Node's."""
    name, *arguments = command
    installed = (each / "node_modules" / ".bin" / name for each in (folder, *folder.parents))
    found = next((str(path) for path in installed if path.exists()), None) or program(name)
    return subprocess.run(
        [found, *arguments], cwd=folder, env=environment(**more), capture_output=True, text=True, timeout=timeout
    )


def install(folder: Path, *packages: str) -> None:
    """Their latest versions, or those that are named."""
    options = ("--silent", "--no-audit", "--no-fund", "--no-save", "--ignore-scripts")
    done = run(["npm", "install", *options, *packages], folder)
    assert done.returncode == 0, done.stdout + done.stderr
