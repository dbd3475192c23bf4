"""The command, in a process of its own."""

import os
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
        timeout=60,
        check=False,
    )
