"""The file of a store: looked at before anything is changed, then created, migrated, opened.

Our ``application_id`` is written with the schema, before write-ahead logging begins. So the file's header tells
whether it is ours, read by SQLite as a file that does not change: it rolls back and checkpoints nothing then.

We never open the file ourselves. On POSIX systems, closing it would let go of the locks that SQLite holds for
another connection of this process, and the next one to close it elsewhere would delete the log from under that.
"""

import os
import sqlite3
import stat
import time
from contextlib import closing, suppress
from pathlib import Path

from cdp_bgservices.errors import StoreError
from cdp_bgservices.store.sqlite.deletion import disk_size
from cdp_bgservices.store.sqlite.errors import translate_errors
from cdp_bgservices.store.sqlite.kinds import is_failed
from cdp_bgservices.store.sqlite.migrating import (
    APPLICATION_ID,
    SCHEMA_VERSION,
    check_settings,
    migrate,
    schema_version,
)

BUSY_TIMEOUT = 10.0
"""Seconds for which another process's transaction is waited for."""
CACHE_KIB = 32_000
"""SQLite's own cache is 2 MB; ids are random, so a bigger one makes inserts a third faster."""
SMALLEST = 512
"""Bytes of the smallest database; SQLite takes some shorter files for empty ones, and would write over them."""
ANOTHER = "Name another file with --store."


FileNumber = tuple[int, int]
"""The disk and the number of a file. While it is open, no other file gets them."""


def file_number(path: Path) -> FileNumber | None:
    """None where there is no file."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_dev, status.st_ino


def prepare_folder(path: Path, *, default: bool) -> None:
    """The default folder is made, for its owner only; any other has to be there."""
    if default:
        with translate_errors(path):
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    elif not path.parent.is_dir():
        if path.parent.exists():
            raise StoreError(f"{path.parent} is not a folder, so no store can be in it", "Name another store.")
        raise StoreError(f"The folder {path.parent} is not there", "Create it, or name another store.")


def check_file(path: Path) -> bool:
    """Whether a store is there; an empty file is none yet. Raises StoreError for anything else's file."""
    with translate_errors(path):
        try:
            status = path.stat()
        except FileNotFoundError:
            return False
    if not stat.S_ISREG(status.st_mode):
        kind = "a folder" if stat.S_ISDIR(status.st_mode) else "not a file"
        raise StoreError(f"The store {path} is {kind}", ANOTHER)
    if not os.access(path, os.W_OK) or not os.access(path.parent, os.W_OK | os.X_OK):
        raise StoreError(
            f"The store {path} cannot be written", "Make it and its folder writable, or name another store."
        )
    if not status.st_size:
        return False
    if status.st_size < SMALLEST:
        raise StoreError(f"The store {path} is not a database", ANOTHER)
    application, is_blank = read_header(path)
    if application == APPLICATION_ID:
        return True
    if is_blank and disk_size(path) == path.stat().st_size:
        return False
    raise StoreError(f"The store {path} is the database of another program", ANOTHER)


def read_header(path: Path) -> tuple[int, bool]:
    """Whose database it is, and whether it has no table, version or application yet, as ours for a moment when it
    is made. Raises StoreError for a file that is not a database.
    """
    with translate_errors(path), closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as file:
        # A full disk may have cut a checkpoint: the file is shorter than its first page says, and the log has the rest.
        file.execute("PRAGMA writable_schema = ON")
        application, version = (
            int(file.execute(f"PRAGMA {name}").fetchone()[0]) for name in ("application_id", "user_version")
        )
        is_blank = not (application or version) and not file.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    return application, is_blank


def connect(path: Path) -> sqlite3.Connection:
    """Open the file, which is made if need be, readable for its owner only. Raises StoreError."""
    exists = check_file(path)
    with translate_errors(path):
        if not exists:
            # SQLite would make it readable for all users; its -wal and -shm take over this mode.
            with suppress(FileExistsError):
                os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
            path.chmod(0o600)
        connection = sqlite3.connect(
            f"{path.as_uri()}?mode=rw",
            uri=True,
            timeout=BUSY_TIMEOUT,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            set_up(connection, path)
        except BaseException:
            connection.close()
            raise
    return connection


def empty_database() -> sqlite3.Connection:
    """What is read where nothing has been stored yet; leaves nothing on the disk."""
    connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    add_functions(connection)
    migrate(connection, Path(":memory:"))
    return connection


def set_up(connection: sqlite3.Connection, path: Path) -> None:
    """The schema's version is looked at first, then brought up to date; then what each connection needs."""
    add_functions(connection)
    if schema_version(connection, path) < SCHEMA_VERSION:
        migrate(connection, path)
    check_settings(connection, path)
    enter_write_ahead_logging(connection)
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")


def add_functions(connection: sqlite3.Connection) -> None:
    connection.create_function("casefold", 1, fold_case, deterministic=True)
    connection.create_function("failed", 3, is_failed, deterministic=True)


def fold_case(text: str | None) -> str | None:
    """SQLite's own ``lower`` knows only ASCII."""
    return None if text is None else text.casefold()


def enter_write_ahead_logging(connection: sqlite3.Connection) -> None:
    """Kept in the file. While another process does the same, SQLite fails at once, whatever the timeout."""
    deadline = time.monotonic() + BUSY_TIMEOUT
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL").fetchone()
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
