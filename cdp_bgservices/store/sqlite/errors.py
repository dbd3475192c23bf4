"""SQLite's and the system's errors, in a user's words."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cdp_bgservices.errors import StoreError

LOCKED = ("is locked by another program", "Close the program that holds it, and try again.")
DAMAGED = ("is damaged", "Move it away, or name another store with --store.")
CHANGED = ("is damaged, or another program has changed it", DAMAGED[1])
"""Our statements fit the schema that we make: it is another one where SQLite does not take them."""
READ_ONLY = ("cannot be written", "Make it and its folder writable, or name another store.")
REMEDIES = {
    sqlite3.SQLITE_BUSY: LOCKED,
    sqlite3.SQLITE_LOCKED: LOCKED,
    sqlite3.SQLITE_CORRUPT: DAMAGED,
    sqlite3.SQLITE_ERROR: CHANGED,
    sqlite3.SQLITE_CONSTRAINT: CHANGED,
    sqlite3.SQLITE_MISMATCH: CHANGED,
    sqlite3.SQLITE_NOTADB: ("is not a database", "Name another file with --store."),
    sqlite3.SQLITE_FULL: ("cannot grow: the disk is full", "Free some space, and try again."),
    sqlite3.SQLITE_READONLY: READ_ONLY,
    sqlite3.SQLITE_PERM: READ_ONLY,
    sqlite3.SQLITE_CANTOPEN: ("cannot be opened", "See that its folder is there and writable for you."),
    sqlite3.SQLITE_IOERR: ("cannot be read or written", "See whether its disk is full or failing."),
}

OTHER = ("failed", "Try again; where that does not help, move it away, or name another store with --store.")


@contextmanager
def translate_errors(path: Path) -> Iterator[None]:
    """Whatever SQLite and the system raise becomes a StoreError that says what to do."""
    try:
        yield
    except sqlite3.Error as error:
        # SQLite's errors that have a number come with the kind in its lowest byte.
        what, remedy = REMEDIES.get(getattr(error, "sqlite_errorcode", -1) & 0xFF, OTHER)
        raise StoreError(f"The store {path} {what} ({error})", remedy) from error
    except UnicodeDecodeError as error:  # Python's reading of SQLite's own message, about a damaged page.
        what, remedy = DAMAGED
        raise StoreError(f"The store {path} {what}", remedy) from error
    except OSError as error:
        raise StoreError(
            f"The store {path} cannot be opened ({error.strerror or error})",
            "Make it and its folder readable and writable for you, or name another store with --store.",
        ) from error
