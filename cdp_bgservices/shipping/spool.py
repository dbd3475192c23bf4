"""The spool: the file that a recorder writes, and which of several processes ships it."""

import os
import sys
from hashlib import blake2b
from pathlib import Path

from cdp_bgservices.errors import InvalidInputError, StoreError
from cdp_bgservices.store import open_spool_engine
from cdp_bgservices.store.location import FileLocation, Location, default_path, resolve_location
from cdp_bgservices.store.spool_engine import SpoolEngine
from cdp_bgservices.store.values import Clock

if sys.platform == "win32":
    import msvcrt

    def try_lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def try_lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def locate_spool(shared: Location, spool: str | Path | None = None) -> FileLocation:
    """The file that was named, or this user's own for the shared store, whatever its role and options.

    Raises InvalidInputError, StoreError.
    """
    if spool is not None:
        place = resolve_location(spool)
        if not isinstance(place, FileLocation):
            raise InvalidInputError(f"{place.name} cannot be a spool", "Name a file with --spool.")
        return place
    digest = blake2b(shared.name.encode(), digest_size=8).hexdigest()
    return FileLocation(default_path().absolute().with_name(f"spool-{digest}.db"), is_default=True)


def open_spool(place: FileLocation, clock: Clock) -> SpoolEngine:
    """It is made if need be. Raises StoreError."""
    return open_spool_engine(place, clock)


class SpoolLock:
    """Held by the one process that ships a spool; the system lets go of it when that process ends in any way."""

    def __init__(self, spool: Path) -> None:
        spool = spool.resolve()
        self.path = spool.with_name(spool.name + "-lock")
        self.descriptor: int | None = None

    @property
    def is_held(self) -> bool:
        return self.descriptor is not None

    def take(self) -> bool:
        """Whether it is ours now. Raises StoreError where there can be none."""
        if self.is_held:
            return True
        try:
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StoreError(
                f"{self.path} cannot be opened ({error.strerror or error})", "Make it and its folder writable for you."
            ) from error
        try:
            try_lock(descriptor)
        except OSError:
            os.close(descriptor)
            return False
        self.descriptor = descriptor
        return True

    def release(self) -> None:
        if self.descriptor is not None:
            os.close(self.descriptor)
            self.descriptor = None
