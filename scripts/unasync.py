#!/usr/bin/env python3
"""Write the blocking face of cdp_bgservices/testing from the asynchronous one, by replacing tokens.

scripts/unasync.py           write the modules of testing/blocking that have a twin in testing/asynchronous
scripts/unasync.py --check   exit with 1 if one of them is not what would be written
"""

import re
import sys
from pathlib import Path

TESTING = Path(__file__).parent.parent / "cdp_bgservices" / "testing"
SOURCE, TARGET = TESTING / "asynchronous", TESTING / "blocking"
FIRST_LINE = "# Generated from {} by scripts/unasync.py: change that one.\n"

TOKENS = (
    (r"\basync (def|with|for)\b", r"\1"),
    (r"\bawait ", ""),
    (r"for asyncio, as Playwright's asynchronous API has it", "for programs that await nothing"),
    (r"for asyncio", "for programs that await nothing"),
    (r"\b__a(enter|exit)__\b", r"__\1__"),
    (r"\bAsyncio([A-Z])", r"Blocking\1"),
    (r"\basyncio_wait\b", "blocking_wait"),
    (r"\btesting\.asynchronous\b", "testing.blocking"),
)
"""Patterns, and what replaces them. The lines stay as long as before, or get shorter."""

WIDTH = 120
FOLDED = re.compile(r"^( *)(\S.*\()\n\1    (.*[^,\n])\n\1(\).*)$", re.MULTILINE)
"""A call or a signature whose arguments are on a line of their own."""


def blocking(path: Path) -> str:
    """The text of the blocking twin of an asynchronous module."""
    text = path.read_text(encoding="utf-8")
    for pattern, replacement in TOKENS:
        text = re.sub(pattern, replacement, text)
    text = FOLDED.sub(unfold, text)
    return FIRST_LINE.format(path.relative_to(TESTING.parent.parent).as_posix()) + text


def unfold(found: re.Match[str]) -> str:
    """On one line, if it has room now."""
    line = "".join(found.groups())
    return line if len(line) <= WIDTH else found[0]


def main(arguments: list[str]) -> int:
    written = {TARGET / path.name: blocking(path) for path in SOURCE.glob("*.py") if path.name != "__init__.py"}
    stale = [path for path, text in written.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    if "--check" in arguments:
        for path in stale:
            print(f"{path} is stale: run scripts/unasync.py", file=sys.stderr)
        return int(bool(stale))
    for path in stale:
        path.write_text(written[path], encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
