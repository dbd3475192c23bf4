"""Playwright's own browsers: the folder that they are in, and which of them the installed package starts."""

import json
import os
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path

from cdp_bgservices.platforms import Platform

BINARIES = (
    "chrome-linux*/chrome",
    "chrome-mac*/*.app/Contents/MacOS/*",
    "chrome-win*/chrome.exe",
)
SHELLS = ("*/chrome-headless-shell*", "*/headless_shell*")
"""The same for the headless shell."""


def playwright_browsers(environ: Mapping[str, str], platform: Platform) -> Iterator[Path]:
    """Playwright's own downloads, newest first."""
    for folder in playwright_folders(environ, platform):
        yield from playwright_binaries(folder)


def playwright_shells(environ: Mapping[str, str], platform: Platform) -> Iterator[Path]:
    """The headless shells among them."""
    for folder in playwright_folders(environ, platform, "chromium_headless_shell-*"):
        for pattern in SHELLS:
            yield from sorted(folder.glob(pattern))


def playwright_binaries(folder: Path) -> Iterator[Path]:
    """In one of Playwright's folders, ``chromium-1187``."""
    for pattern in BINARIES:
        yield from sorted(folder.glob(pattern))


def playwright_folders(environ: Mapping[str, str], platform: Platform, pattern: str = "chromium-*") -> list[Path]:
    """Those of its browsers whose name is of this form, newest first."""
    folders = playwright_cache(environ, platform).glob(pattern)
    return sorted(folders, key=lambda path: path.name.zfill(40), reverse=True)


def playwright_cache(environ: Mapping[str, str], platform: Platform) -> Path:
    """Where Playwright keeps its browsers."""
    home = home_of(environ)
    caches = {
        Platform.MACOS: home / "Library/Caches",
        Platform.WINDOWS: Path(environ.get("LOCALAPPDATA") or home / "AppData/Local"),
    }
    return Path(environ.get("PLAYWRIGHT_BROWSERS_PATH") or caches.get(platform, home / ".cache") / "ms-playwright")


def home_of(environ: Mapping[str, str]) -> Path:
    """A folder that is not there for a user who has none."""
    return Path(environ.get("HOME") or environ.get("USERPROFILE") or os.path.expanduser("~"))


def folder_of_package() -> str | None:
    """The name of the folder whose Chromium Python's Playwright starts, ``chromium-1187``; None where that package is
    not installed. Playwright itself would say it, too, but takes a second to start.

    Raises OSError, ValueError, KeyError and StopIteration where its list of browsers cannot be read.
    """
    found = find_spec("playwright")
    if found is None or found.origin is None:
        return None
    browsers = json.loads((Path(found.origin).parent / "driver/package/browsers.json").read_bytes())["browsers"]
    return "chromium-" + next(str(each["revision"]) for each in browsers if each["name"] == "chromium")
