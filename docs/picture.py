"""Draw docs/demo.svg: the terminal after `cdp-bgservices demo`. Run by hand: python docs/picture.py"""

import io
import os
import pty
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

COLUMNS = 128
SHOWN = 40
"""Lines of the table; the rest is cut."""


def run_on_terminal(command: list[str]) -> str:
    """What a command writes to a terminal of that width."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "COLUMNS": str(COLUMNS), "LINES": "60"}
    process = subprocess.Popen(command, stdout=theirs, stderr=subprocess.DEVNULL, env=environment)
    os.close(theirs)
    said = b""
    while True:
        try:
            data = os.read(ours, 65536)
        except OSError:  # Linux says so when the other end is closed.
            break
        if not data:
            break
        said += data
    process.wait()
    return said.decode()


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = str(Path(folder) / "events.db")
        table = run_on_terminal([sys.executable, "-m", "cdp_bgservices", "demo", "--store", store])
    lines = table.replace("\r", "").splitlines()
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    console.print("$ cdp-bgservices demo")
    console.print(Text.from_ansi("\n".join(lines[:SHOWN])), no_wrap=True)
    if len(lines) > SHOWN:
        console.print(f"… and {len(lines) - SHOWN} more")
    picture = console.export_svg(title="cdp-bgservices demo")
    # A font from another host is nothing that a page of ours loads.
    picture = re.sub(r"@font-face \{.*?\n    \}\n", "", picture, flags=re.DOTALL)
    Path(__file__).with_name("demo.svg").write_text(picture, encoding="utf-8")


if __name__ == "__main__":
    main()
