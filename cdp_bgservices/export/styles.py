"""Colours of a terminal. None of them says what no sign says."""

from collections.abc import Callable

BOLD, FAILURE, REASON = "1", "1;31", "31"
PASSED, UNDECIDED, NOT_APPLICABLE = "1;32", "1;33", "1;36"

Paint = Callable[[str, str], str]


def coloured(text: str, style: str) -> str:
    return f"\x1b[{style}m{text}\x1b[0m" if text.strip() else text


def plain(text: str, style: str) -> str:
    return text
