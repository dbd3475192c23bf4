"""On which machine a profile is: another machine's folder cannot be looked for here."""

import socket
from pathlib import Path


def this_host() -> str:
    """The machine's name. Its bytes may be no text, but an event's source is."""
    return socket.gethostname().encode(errors="backslashreplace").decode()


def was_deleted(source: str, host: str) -> bool:
    """Whether a source's profile is not there any more: known only of a folder of this machine.

    ``host``: the machine on which it was recorded; empty if unknown.
    """
    folder = Path(source.removeprefix(f"{host}:"))
    if host != this_host() or not folder.is_absolute():
        return False
    try:
        folder.stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except (OSError, ValueError):
        return False  # It could not be looked for: another user's folder, or a name that no folder can have.
    return False
