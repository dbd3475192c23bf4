"""Where a store is: a path or a URL, the environment, or the user's own folder."""

import os
import re
from pathlib import Path

from cdp_bgservices.errors import StoreError

ENVIRONMENT_VARIABLE = "CDP_BGSERVICES_STORE"
SCHEME = re.compile(r"([a-z][a-z0-9+.-]+):", re.ASCII | re.IGNORECASE)  # two letters or more: C: is a drive
SUPPORTED = "Name a file, or a URL such as sqlite:///events.db (relative) or sqlite:////var/lib/events.db."


def default_path() -> Path:
    """``events.db`` in the user's data folder, as the platform has it."""
    from platformdirs import user_data_path  # only this one place needs it, and each import is a delay

    return user_data_path("cdp-bgservices", appauthor=False) / "events.db"


def resolve_location(location: str | Path | None) -> tuple[Path, bool]:
    """The file's absolute path, and whether it is the default one. Raises StoreError."""
    location = location or os.environ.get(ENVIRONMENT_VARIABLE) or None
    if location is None:
        return default_path().absolute(), True
    path = location if isinstance(location, Path) else parse_location(location)
    if "\0" in str(path):
        raise StoreError(f"{str(path)!r} cannot be a file's name", SUPPORTED)
    try:
        return path.expanduser().absolute(), False
    except RuntimeError as error:
        raise StoreError(f"{path}: {error}", SUPPORTED) from error


def parse_location(text: str) -> Path:
    """``sqlite:///relative``, ``sqlite:////absolute``, or a plain path."""
    scheme = SCHEME.match(text)
    if scheme is None:
        return Path(text)
    name, rest = scheme[1].lower(), text[scheme.end() :]
    if name != "sqlite":
        if not rest.startswith("//"):
            return Path(text)
        raise StoreError(f"{text}: stores of the kind {scheme[1]!r} are not supported", SUPPORTED)
    file = rest.removeprefix("///")
    if file in (rest, "") or "?" in file or file == ":memory:":
        raise StoreError(f"{text} is no store", SUPPORTED)
    return Path(file)


def location_url(path: Path) -> str:
    """The URL of an absolute path."""
    return f"sqlite:///{path.as_posix()}"
