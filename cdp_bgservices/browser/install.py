"""Get a Chromium where there is none: Debian's package where it can be installed, else Playwright's."""

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from logging import getLogger
from pathlib import Path

from cdp_bgservices.browser.find import find_chromium
from cdp_bgservices.errors import BrowserError

log = getLogger(__name__)

INSTALL_DEADLINE = 900
"""Seconds that a download may take."""


def ensure_chromium(chromium: str | None = None) -> Path:
    """The Chromium that find_chromium finds; where there is none, one is installed, and that is said.

    Raises BrowserError where none can be installed either, or the one asked for is not there.
    """
    try:
        return find_chromium(chromium)
    except BrowserError:
        if chromium or os.environ.get("CHROMIUM"):
            raise
    failures = []
    for commands in ways():
        log.warning("no Chromium was found; installing one: %s", " ".join(commands[-1]))
        try:
            for command in commands:
                subprocess.run(command, check=True, stdout=sys.stderr, timeout=INSTALL_DEADLINE)
            return find_chromium()
        except (OSError, subprocess.SubprocessError, BrowserError) as error:
            failures.append(str(error))
    raise BrowserError(
        "no Chromium was found, and none could be installed" + "".join(f"\n  {failure}" for failure in failures),
        "Install one ('apt install chromium', or 'pip install playwright && playwright install chromium'), "
        "or name it with --chromium or CHROMIUM.",
    )


def ways() -> Iterator[list[list[str]]]:
    """The commands of each way that this machine has, the better one first."""
    if apt := shutil.which("apt-get"):
        sudo: list[str] = []
        if os.geteuid() != 0:
            program = shutil.which("sudo")
            sudo = [program, "-n"] if program else []
        if sudo or os.geteuid() == 0:
            yield [[*sudo, apt, "update", "-qq"], [*sudo, apt, "install", "-y", "-qq", "chromium"]]
    if importlib.util.find_spec("playwright"):
        yield [[sys.executable, "-m", "playwright", "install", "chromium"]]
