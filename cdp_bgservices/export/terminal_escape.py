"""Text of a web page's making, on somebody's terminal."""

import re

INVISIBLE = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
"""What JSON leaves as it is, though a terminal obeys it or a reader takes it for the end of a line."""


def harmless(text: str) -> str:
    """Control characters, line ends and turns of direction are written out, as ``\\x1b``."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else escape(char) for char in text)


def escape(char: str) -> str:
    """As in a Python string."""
    return char.encode("unicode_escape").decode("ascii")


def harmless_json(text: str) -> str:
    """The same JSON, with nothing in it that a terminal obeys."""
    return text if text.isascii() and "\x7f" not in text else INVISIBLE.sub(escape_json, text)


def escape_json(match: re.Match[str]) -> str:
    """As in a JSON string."""
    return f"\\u{ord(match[0]):04x}"
