"""A file that is written atomically, and readable for its owner only."""

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkstemp

from cdp_bgservices.errors import InvalidInputError


def write_file(path: Path, pieces: Iterable[bytes]) -> int:
    """Write a file, or replace the one that is there; how many bytes it has.

    Raises InvalidInputError where no file can be put there, and OSError, with the file's name, where it cannot be
    written. Whatever goes wrong, what was there before is as it was, and nothing else is left.
    """
    if is_stream(path):
        with path.open("wb") as file:
            return sum(map(file.write, pieces))
    path = path.resolve()  # A link goes on leading to its file.
    with temporary_beside(path) as (descriptor, temporary):
        with open(descriptor, "wb") as file:
            size = sum(map(file.write, pieces))
            file.flush()
            os.fsync(descriptor)
        try:
            os.replace(temporary, path)
        except PermissionError as error:  # On Windows no file is replaced that is open.
            raise InvalidInputError(
                f"{path} cannot be replaced: {error.strerror}",
                "Close the program that has it open, or name another file.",
            ) from error
        sync_folder(path.parent)
    return size


def is_stream(path: Path) -> bool:
    """Whether it is a pipe or a device, which cannot be replaced. Raises InvalidInputError for a folder."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    if stat.S_ISDIR(mode):
        raise InvalidInputError(f"{path} is a folder", "Name a file in it.")
    return not stat.S_ISREG(mode)


@contextmanager
def temporary_beside(path: Path) -> Iterator[tuple[int, str]]:
    """An open file in the same folder, for its owner only; deleted unless it was moved."""
    try:
        descriptor, temporary = mkstemp(prefix=f".{path.name[:100]}-", dir=path.parent)
    except OSError as error:
        raise InvalidInputError(
            f"{path} cannot be written: {error.strerror or error}", "Name a file in a folder that is there and yours."
        ) from error
    try:
        yield descriptor, temporary
    finally:
        with suppress(FileNotFoundError):
            os.unlink(temporary)


def sync_folder(folder: Path) -> None:
    """The new name is on the disk, too, where the system lets us say so."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
