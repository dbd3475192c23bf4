"""Temporary folders. If a process is killed, the next one that makes such a folder removes what was left."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cdp_bgservices.browser.systems import holding, is_left

PREFIX = "cdp-bgservices-"
LOCK = "in-use.lock"
"""A file in the folder, which its process holds."""


@contextmanager
def temporary_folder(kind: str = "") -> Iterator[Path]:
    """A new folder that is deleted at the end. ``kind`` is for the person who sees its name."""
    remove_left()
    folder = Path(tempfile.mkdtemp(prefix=PREFIX + (f"{kind}-" if kind else "")))
    try:
        with holding(folder / LOCK):
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def remove_left() -> None:
    """Remove this user's folders whose process was killed. One whose browser is still about to end stays for now."""
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*/{LOCK}"):
        if is_left(path):
            shutil.rmtree(path.parent, ignore_errors=True)
