"""What a program on the disk says that it is: ``Chromium 156.0.8078.108``. It is not started as a browser."""

import os
import re
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import trio

VERSION = re.compile(r"\d+\.\d+\.\d+\.\d+")
LINE = re.compile(rf"^(\D[^\n]*? )?{VERSION.pattern}(?=\s|$)", re.MULTILINE)
LONGEST = 200
"""Characters of an answer that is quoted."""


class Product(NamedTuple):
    name: str
    """With its version; empty where it is not known."""
    problem: str = ""
    """Why it is not."""
    is_unknown: bool = False
    """Whether it may still be one that can be started: it gave another answer, or none in time."""


async def ask_product(program: Path, deadline: float) -> Product:
    """By ``--version``; on Windows, where that would open a window, by the folder beside it. ``deadline``: seconds."""
    if sys.platform == "win32":
        return beside(program)
    with trio.move_on_after(deadline):
        try:
            done = await trio.run_process(
                [program, "--version"],
                capture_stdout=True,
                stderr=subprocess.DEVNULL,
                stdin=b"",
                check=False,
                start_new_session=True,
                deliver_cancel=kill_group,
            )
        except OSError as error:
            return Product("", f"a program that cannot be run ({error.strerror})")
        return read_product(done.stdout.decode(errors="replace"), done.returncode)
    return Product("", f"a program that did not say its version within {deadline:g} s", is_unknown=True)


async def kill_group(process: trio.Process) -> None:
    """What it has started, too."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def read_product(printed: str, status: int) -> Product:
    """What it said on standard output, and its exit status."""
    if said := LINE.search(printed):
        return Product(said[0].strip())
    if status:
        return Product("", f"a program that ended with status {status} and said no version")
    line = next(iter(printed.strip().splitlines()), "")[:LONGEST]
    return Product("", f"a program that is not known to be a Chromium (it said {line!r})", is_unknown=True)


def beside(program: Path) -> Product:
    """A folder of Chrome and Edge on Windows is named by the version."""
    versions = [each.name for each in program.parent.iterdir() if VERSION.fullmatch(each.name)]
    if not versions:
        return Product("", "a program whose version is not known", is_unknown=True)
    newest = max(versions, key=lambda version: [*map(int, version.split("."))])
    return Product(f"{program.stem} {newest}")
