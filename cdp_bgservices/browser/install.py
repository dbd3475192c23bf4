"""Install a Chromium if there is none: Debian's package if possible, otherwise Playwright's."""

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from logging import getLogger
from pathlib import Path

from cdp_bgservices.browser.find import REMEDY, find_chromium
from cdp_bgservices.errors import BrowserError

log = getLogger(__name__)

INSTALL_DEADLINE = 900
"""Seconds that a download may take."""


def ensure_chromium(chromium: str | None = None, confirm: Callable[[str], bool] | None = None) -> Path:
    """The Chromium that find_chromium finds; if there is none, one is installed, which is logged as a warning.

    ``confirm`` gets the command that would install one, and decides whether it runs; by default it does.

    Raises BrowserError if none is installed, or if ``chromium`` or ``$CHROMIUM`` names one that does not exist.
    """
    try:
        return find_chromium(chromium)
    except BrowserError:
        if chromium or os.environ.get("CHROMIUM"):
            raise
    failures = []
    for commands in ways():
        installer = " ".join(commands[-1])
        if confirm and not confirm(installer):
            raise BrowserError("no Chromium was found, and none was installed", REMEDY)
        log.warning("no Chromium was found; installing one: %s", installer)
        try:
            for command in commands:
                subprocess.run(command, check=True, stdout=sys.stderr, timeout=INSTALL_DEADLINE)
            return find_chromium()
        except (OSError, subprocess.SubprocessError, BrowserError) as error:
            failures.append(f"\n  {error}")
    raise BrowserError(f"no Chromium was found, and none could be installed{''.join(failures)}", REMEDY)


def ways() -> Iterator[list[list[str]]]:
    """The commands of each way that works on this machine, the better way first."""
    if apt := shutil.which("apt-get"):
        sudo: list[str] = []
        if os.geteuid() != 0:
            program = shutil.which("sudo")
            sudo = [program, "-n"] if program else []
        if sudo or os.geteuid() == 0:
            yield [[*sudo, apt, "update", "-qq"], [*sudo, apt, "install", "-y", "-qq", "chromium"]]
    if importlib.util.find_spec("playwright"):
        yield [[sys.executable, "-m", "playwright", "install", "chromium"]]
