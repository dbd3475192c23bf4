"""Temporary folders. If a process is killed, the next one that makes such a folder removes what was left."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cdp_bgservices.browser.profile import processes_of

PREFIX = "cdp-bgservices-"
LOCK = "in-use.lock"
"""A file in the folder. Its process has it locked; the system unlocks it, however the process ends."""


@contextmanager
def temporary_folder(kind: str = "") -> Iterator[Path]:
    """A new folder that is deleted at the end. ``kind`` is for the person who sees its name."""
    remove_left()
    folder = Path(tempfile.mkdtemp(prefix=PREFIX + (f"{kind}-" if kind else "")))
    try:
        with locked(folder):
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    if sys.platform == "win32":
        yield
        return
    import fcntl  # It does not exist on Windows.

    # The name appears with the lock on it: a file that another process can lock is one that was left.
    new = folder / f"{LOCK}.new"
    with open(new, "wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        new.rename(folder / LOCK)
        yield


def remove_left() -> None:
    """Remove this user's folders whose process was killed. One whose browser is still about to end stays for now."""
    if sys.platform == "win32":
        return
    import fcntl

    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*/{LOCK}"):
        # It may be gone by now, another user's, or in use.
        with suppress(OSError), open(os.open(path, os.O_RDWR | os.O_NOFOLLOW), "wb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if path.parent.lstat().st_uid == os.getuid() and not processes_of(path.parent):
                shutil.rmtree(path.parent, ignore_errors=True)
