"""Find a Chromium: the usual names and places on Linux, macOS and Windows."""

import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from cdp_bgservices.errors import BrowserError

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
PLAYWRIGHT_BINARIES = (
    "chrome-linux*/chrome",
    "chrome-mac*/*.app/Contents/MacOS/*",
    "chrome-win*/chrome.exe",
)


def find_chromium(
    chromium: str | os.PathLike[str] | None = None,
    environ: Mapping[str, str] = os.environ,
    platform: str = sys.platform,
) -> Path:
    """The Chromium to start: the one that is given, ``$CHROMIUM``, or the first in the usual places.

    The headless shell is never chosen: it has no background sync and no notifications.

    Raises BrowserError where there is none.
    """
    for asked, where in ((chromium, "--chromium"), (environ.get("CHROMIUM"), "CHROMIUM")):
        if asked:
            program = shutil.which(os.path.expanduser(asked), path=environ.get("PATH"))
            if program is None:
                raise BrowserError(
                    f"{asked} ({where}) is not a program that can be run", "Give the path of a Chromium."
                )
            return Path(program)
    for candidate in candidates(environ, platform):
        if found := shutil.which(os.fspath(candidate), path=environ.get("PATH")):
            return Path(found)
    raise BrowserError(
        "no Chromium, Chrome or Edge was found in the usual places",
        REMEDY,
    )


def candidates(environ: Mapping[str, str], platform: str) -> Iterator[str | Path]:
    """Names to look up on the path, and folders, the most usual first."""
    home = Path(environ.get("HOME") or environ.get("USERPROFILE") or "~").expanduser()
    yield from NAMES
    if platform == "darwin":
        for root in (Path("/Applications"), home / "Applications"):
            for name in MAC_APPLICATIONS:
                yield root / f"{name}.app/Contents/MacOS/{name}"
    elif platform == "win32":
        for variable in ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"):
            if folder := environ.get(variable):
                yield from (Path(folder) / place for place in WINDOWS_PLACES)
    else:
        yield from LINUX_PLACES
    yield from playwright_browsers(environ, platform, home)


def playwright_browsers(environ: Mapping[str, str], platform: str, home: Path) -> Iterator[Path]:
    """Playwright's own downloads, newest first."""
    caches = {
        "darwin": home / "Library/Caches",
        "win32": Path(environ.get("LOCALAPPDATA") or home / "AppData/Local"),
    }
    folder = environ.get("PLAYWRIGHT_BROWSERS_PATH") or caches.get(platform, home / ".cache") / "ms-playwright"
    versions = sorted(Path(folder).glob("chromium-*"), key=lambda path: path.name.zfill(40), reverse=True)
    for version in versions:
        for pattern in PLAYWRIGHT_BINARIES:
            yield from sorted(version.glob(pattern))
