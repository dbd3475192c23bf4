"""Where a store is, from what a user wrote."""

import os
import re
from pathlib import Path

import msgspec

from cdp_bgservices.errors import StoreError

ENVIRONMENT_VARIABLE = "CDP_BGSERVICES_STORE"
SCHEME = re.compile(r"([a-z][a-z0-9+.-]+):", re.ASCII | re.IGNORECASE)  # two letters or more: C: is a drive
SUPPORTED = "Name a file, or a URL such as sqlite:///events.db (relative) or sqlite:////var/lib/events.db."
FILE_BEGINNING = b"SQLite format 3\0"
"""The first bytes of a file that may be a store."""


class FileLocation(msgspec.Struct, frozen=True):
    """A store in a file."""

    path: Path
    """Absolute."""
    is_default: bool = False
    """Whether the user named no other."""

    @property
    def name(self) -> str:
        return str(self.path)

    @property
    def url(self) -> str:
        return f"sqlite:///{self.path.as_posix()}"


def is_url(text: str) -> bool:
    """Whether it can be nothing but a store's URL."""
    scheme = SCHEME.match(text)
    return scheme is not None and (scheme[1].lower() == "sqlite" or text.startswith("//", scheme.end()))


def default_path() -> Path:
    """``events.db`` in the user's data folder, as the platform has it."""
    from platformdirs import user_data_path  # only this one place needs it, and each import is a delay

    return user_data_path("cdp-bgservices", appauthor=False) / "events.db"


def resolve_location(location: str | Path | None) -> FileLocation:
    """By the scheme of the URL; what has none is a file. Raises StoreError."""
    location = location or os.environ.get(ENVIRONMENT_VARIABLE) or None
    if location is None:
        return FileLocation(default_path().absolute(), is_default=True)
    path = location if isinstance(location, Path) else parse_location(location)
    if "\0" in str(path):
        raise StoreError(f"{str(path)!r} cannot be a file's name", SUPPORTED)
    try:
        return FileLocation(path.expanduser().absolute())
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
        raise StoreError(f"{text} is not a store", SUPPORTED)
    return Path(file)
