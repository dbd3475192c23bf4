"""Find a Chromium: the usual names and places on Linux, macOS and Windows."""

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from cdp_bgservices.browser.playwright_folders import home_of, playwright_browsers, playwright_shells
from cdp_bgservices.errors import BrowserError
from cdp_bgservices.platforms import Platform, here

NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome-stable",
    "google-chrome",
    "chrome",
    "google-chrome-beta",
    "google-chrome-unstable",
    "microsoft-edge-stable",
    "microsoft-edge",
    "msedge",
)
MAC_APPLICATIONS = (
    "Google Chrome",
    "Chromium",
    "Microsoft Edge",
    "Google Chrome Beta",
    "Google Chrome Canary",
)
WINDOWS_PLACES = (
    "Google/Chrome/Application/chrome.exe",
    "Chromium/Application/chrome.exe",
    "Microsoft/Edge/Application/msedge.exe",
    "Google/Chrome Beta/Application/chrome.exe",
    "Google/Chrome SxS/Application/chrome.exe",
)
REMEDY = (
    "Install one ('apt install chromium', or 'pip install playwright && playwright install chromium'), "
    "or name it with --chromium or CHROMIUM."
)
LINUX_PLACES = ("/opt/google/chrome/chrome", "/opt/microsoft/msedge/msedge", "/snap/bin/chromium")
SHELL_NAMES = ("chromium-headless-shell", "chrome-headless-shell", "headless_shell")
USUAL = "the first in the usual places"
PLAYWRIGHTS_OWN = "Playwright's own"


class Choice(NamedTuple):
    """The Chromium to start."""

    path: Path
    why: str
    """Where it is named, or that it is found."""


def find_chromium(
    chromium: str | os.PathLike[str] | None = None,
    environ: Mapping[str, str] = os.environ,
    platform: Platform | None = None,
) -> Path:
    """The Chromium to start: the one that is given, ``$CHROMIUM``, or the first in the usual places.

    The headless shell is never chosen: it has no background sync and no notifications.

    Raises BrowserError where there is none.
    """
    return choose_chromium(chromium, environ, platform).path


def choose_chromium(
    chromium: str | os.PathLike[str] | None = None,
    environ: Mapping[str, str] = os.environ,
    platform: Platform | None = None,
) -> Choice:
    """What ``find_chromium`` returns, and why it is that one. Raises BrowserError."""
    for asked, where in ((chromium, "--chromium"), (environ.get("CHROMIUM"), "CHROMIUM")):
        if asked:
            program = shutil.which(os.path.expanduser(asked), path=environ.get("PATH"))
            if program is None:
                raise BrowserError(
                    f"{asked} ({where}) is not a program that can be run", "Give the path of a Chromium."
                )
            return Choice(Path(program), where)
    for found in found_chromiums(environ, platform or here()):
        return Choice(found, USUAL)
    raise BrowserError(
        "no Chromium, Chrome or Edge was found in the usual places",
        REMEDY,
    )


def choose_for_playwright(own: str | os.PathLike[str] | None, environ: Mapping[str, str] = os.environ) -> Choice | None:
    """The one that a test's Playwright starts: its own if that is installed, else one of the system. Without either
    None: it starts the headless shell then.

    Raises BrowserError if ``$CHROMIUM`` does not name one: the user's choice is never replaced by another.
    """
    if own and os.path.exists(own):
        return Choice(Path(own), PLAYWRIGHTS_OWN)
    try:
        return choose_chromium(None, environ)
    except BrowserError:
        if environ.get("CHROMIUM"):
            raise
        return None


def found_chromiums(environ: Mapping[str, str], platform: Platform) -> Iterator[Path]:
    """Each candidate that can be run, in their order."""
    yield from runnable(candidates(environ, platform), environ)


def found_shells(environ: Mapping[str, str], platform: Platform) -> Iterator[Path]:
    """The headless shells, which are never chosen."""
    yield from runnable((*SHELL_NAMES, *playwright_shells(environ, platform)), environ)


def is_shell(program: Path) -> bool:
    """Whether it is a headless shell, by its name."""
    return any("headless" in path.name for path in (program, program.resolve()))


def runnable(names: Iterable[str | Path], environ: Mapping[str, str]) -> Iterator[Path]:
    for name in names:
        if found := shutil.which(os.fspath(name), path=environ.get("PATH")):
            yield Path(found)


def candidates(environ: Mapping[str, str], platform: Platform) -> Iterator[str | Path]:
    """Names to look up on the path, and folders, the most usual first."""
    home = home_of(environ)
    if platform is not Platform.WINDOWS:  # There the present folder is searched before the path.
        yield from NAMES
    if platform is Platform.MACOS:
        for root in (Path("/Applications"), home / "Applications"):
            for name in MAC_APPLICATIONS:
                yield root / f"{name}.app/Contents/MacOS/{name}"
    elif platform is Platform.WINDOWS:
        for variable in ("PROGRAMFILES", "PROGRAMW6432", "PROGRAMFILES(X86)", "LOCALAPPDATA"):
            if folder := environ.get(variable):
                yield from (Path(folder) / place for place in WINDOWS_PLACES)
    else:
        yield from LINUX_PLACES
    yield from playwright_browsers(environ, platform)
