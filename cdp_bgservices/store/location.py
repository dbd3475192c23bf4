"""Where a store is, from what a user wrote."""

import os
import re
from pathlib import Path

import msgspec

from cdp_bgservices.errors import StoreError
from cdp_bgservices.store.postgres_location import SUPPORTED, parse_postgres
from cdp_bgservices.store.postgres_location import PostgresLocation as PostgresLocation

ENVIRONMENT_VARIABLE = "CDP_BGSERVICES_STORE"
SCHEME = re.compile(r"([a-z][a-z0-9+.-]+):", re.ASCII | re.IGNORECASE)  # two letters or more: C: is a drive
FILE_BEGINNING = b"SQLite format 3\0"
"""The first bytes of a file that may be a store."""

HOMELESS = (
    "There is no place for the default store: this user has no home folder",
    "Name a store with --store or CDP_BGSERVICES_STORE, or set HOME.",
)


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


Location = FileLocation | PostgresLocation


def is_url(text: str) -> bool:
    """Whether it can be nothing but a store's URL."""
    scheme = SCHEME.match(text)
    return scheme is not None and (scheme[1].lower() == "sqlite" or text.startswith("//", scheme.end()))


def is_shared(location: str | Path | None) -> bool:
    """Whether it is a store in PostgreSQL. Raises StoreError."""
    return isinstance(resolve_location(location), PostgresLocation)


def default_path() -> Path:
    """``events.db`` in the user's data folder, as the platform has it.

    Raises StoreError for a user who has none, such as a container's.
    """
    from platformdirs import user_data_path  # only this one place needs it, and each import is a delay

    try:
        folder = user_data_path("cdp-bgservices", appauthor=False)
    except RuntimeError as error:
        raise StoreError(*HOMELESS) from error
    if not folder.is_absolute():  # Earlier versions of platformdirs leave the ~ as it is.
        raise StoreError(*HOMELESS)
    return folder / "events.db"


def resolve_location(location: str | Path | None) -> Location:
    """By the scheme of the URL; what has none is a file. Raises StoreError."""
    location = location or os.environ.get(ENVIRONMENT_VARIABLE) or None
    if location is None:
        return FileLocation(default_path().absolute(), is_default=True)
    if isinstance(location, str) and (found := parse_postgres(location)):
        return found
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
        # Its text may have a password in it.
        raise StoreError(f"Stores of the kind {scheme[1]!r} are not supported", SUPPORTED)
    file = rest.removeprefix("///")
    if file in (rest, "") or "?" in file or file == ":memory:":
        raise StoreError(f"{text} is not a store", SUPPORTED)
    return Path(file)
