"""Text that comes from a web page, on a terminal."""

import re
from typing import Any

import msgspec

INVISIBLE = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
"""What JSON leaves as it is, although a terminal obeys it or a reader takes it for the end of a line."""

encode = msgspec.json.Encoder().encode


def escape_text(text: str) -> str:
    """Control characters, line ends and changes of direction are written out, as ``\\x1b``."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else escape_char(char) for char in text)


def escape_char(char: str) -> str:
    """As in a Python string."""
    return char.encode("unicode_escape").decode("ascii")


def escape_json(text: str) -> str:
    """The same JSON, without anything that a terminal obeys."""
    return text if text.isascii() and "\x7f" not in text else INVISIBLE.sub(escape_match, text)


def escape_match(match: re.Match[str]) -> str:
    """As in a JSON string."""
    return f"\\u{ord(match[0]):04x}"


def json_line(value: Any) -> str:
    """As JSON, without a line end."""
    return escape_json(encode(value).decode())


def to_json(value: Any) -> str:
    """As JSON to read, with a line end."""
    return escape_json(msgspec.json.format(encode(value), indent=2).decode()) + "\n"
