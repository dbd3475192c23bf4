"""The command, in a process of its own."""

import os
import pty
import subprocess
import sys

# -P: the installed package, not the checkout in the working folder.
COMMAND = [sys.executable, "-P", "-W", "error", "-m", "cdp_bgservices"]


def environment(**variables: str) -> dict[str, str]:
    """Ours, where the package can be found, and no store is named."""
    names = {name: value for name, value in os.environ.items() if name != "CDP_BGSERVICES_STORE"}
    return {**names, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path), **variables}


def run(*arguments: object, **variables: str) -> subprocess.CompletedProcess[str]:
    """Wait for its end."""
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        env=environment(**variables),
        capture_output=True,
        encoding="utf-8",
        timeout=100,
        check=False,
    )


def run_on_terminal(*arguments: object, columns: int, typed: str = "", **variables: str) -> list[str]:
    """The lines that it writes to a terminal of this width, standard output and error, and what is ``typed`` there."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*COMMAND, *map(str, arguments)],
        env=environment(COLUMNS=str(columns), **variables),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    ):
        os.close(theirs)
        os.write(ours, typed.encode())
        said = b""
        while data := read_terminal(ours):
            said += data
    os.close(ours)
    return said.decode().replace("\r\n", "\n").splitlines()


def read_terminal(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65536)
    except OSError:  # Linux says so when the other end is closed.
        return b""
