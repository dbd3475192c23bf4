"""What a file is, and whether a recorder could write it: looked at as an opening does it, and nothing is changed."""

import os
import shutil
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

from cdp_bgservices.errors import StoreError
from cdp_bgservices.store.location import FileLocation
from cdp_bgservices.store.sqlite.errors import DAMAGED, READ_ONLY, translate_errors
from cdp_bgservices.store.sqlite.file import add_functions, check_file, prepare_folder
from cdp_bgservices.store.sqlite.migrating import SCHEMA_VERSION, check_settings, schema_version
from cdp_bgservices.store.values import FileState

PATIENCE = 1.5
"""Seconds for which another process's transaction is waited for. One of a recorder takes milliseconds."""
WHOLE = 16 << 20
"""Bytes that are looked at for damage in a tenth of a second."""


def inspect(location: FileLocation) -> FileState:
    """Raises StoreError where it cannot be a store, or cannot be written."""
    path = location.path
    if not check_file(path):
        return FileState(is_there=False, free=free_for(check_creatable(location)))
    with translate_errors(path):
        status = path.stat()
        free = free_for(path.parent)
        with closing(
            sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True, timeout=PATIENCE, isolation_level=None)
        ) as connection:
            add_functions(connection)
            version = schema_version(connection, path)
            # A disk that can only be read, and a lock of another program, are noticed here.
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
            if version == SCHEMA_VERSION:
                check_settings(connection, path)
            journal = str(connection.execute("PRAGMA journal_mode").fetchone()[0])
            is_whole = None if status.st_size > WHOLE else check_whole(connection, path)
            return FileState(
                is_there=True,
                free=free,
                size=status.st_size,
                log_size=log_size(path),
                journal=journal,
                schema=version,
                newest=SCHEMA_VERSION,
                mode=stat.S_IMODE(status.st_mode) if os.name == "posix" else None,
                is_whole=is_whole,
            )


def check_creatable(location: FileLocation) -> Path:
    """The folder that the file, or its folders, would be made in. Raises StoreError."""
    path = location.path
    if not location.is_default:
        prepare_folder(path, default=False)  # It makes only the default one.
    with translate_errors(path):
        folder = next(each for each in path.parents if each.exists())
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        what, remedy = READ_ONLY
        raise StoreError(f"The store {path} {what}: it would be made in {folder}", remedy)
    return folder


def check_whole(connection: sqlite3.Connection, path: Path) -> bool:
    """Raises StoreError for a damaged file."""
    found = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
    if found != "ok":
        what, remedy = DAMAGED
        raise StoreError(f"The store {path} {what} ({found.partition(chr(10))[0]})", remedy)
    return True


def free_for(folder: Path) -> int:
    return shutil.disk_usage(folder).free


def log_size(path: Path) -> int:
    try:
        return path.with_name(path.name + "-wal").stat().st_size
    except FileNotFoundError:
        return 0
