"""A mark: a place in the order of a store's commits, as text for a script or another program to keep."""

import re

from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.store.protocol import Engine

MARK = re.compile(r"mark-(?P<store>[0-9a-f-]+)-(?P<cursor>\d{1,18})", re.ASCII)


def make_mark(engine: Engine, cursor: int | None = None) -> str:
    """Of a cursor, or of now: what is committed later is behind it."""
    return f"mark-{engine.identity()}-{engine.cursor() if cursor is None else cursor}"


def is_mark(text: str) -> bool:
    """Whether it begins as one: no time does."""
    return text.startswith("mark-")


def cursor_of(mark: str, engine: Engine) -> int:
    """Its place in this store. Raises InvalidInputError for other text, and for a mark of another store."""
    found = MARK.fullmatch(mark)
    if found is None:
        raise InvalidInputError(f"{mark!r} is not a mark", "Take the text that the mark came as.")
    if found["store"] != engine.identity():
        raise InvalidInputError(
            f"{mark!r} is a mark of another store than {engine.name}", "Name the store in which it was made."
        )
    return int(found["cursor"])
