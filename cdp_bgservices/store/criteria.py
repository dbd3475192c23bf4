"""What every dialect of SQL makes of a query in the same way."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import msgspec

from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.query import Filter, Query

encode_json = msgspec.json.Encoder().encode

Position = tuple[int, int]
"""A timestamp and a seq: where a listing has come to."""
Span = tuple[int, int]
"""The seq after which events are looked at, and the last one that is."""


class Selection(NamedTuple):
    """SQL, and the values of its parameters."""

    sql: str
    values: list[Any]


def every(parts: Iterable[Selection]) -> Selection:
    """All are true, if there are any."""
    return joined("AND", parts) if (parts := list(parts)) else Selection("TRUE", [])


def either(parts: Iterable[Selection]) -> Selection:
    sql, values = joined("OR", list(parts))
    return Selection(f"({sql})", values)


def joined(word: str, parts: Sequence[Selection]) -> Selection:
    return Selection(f" {word} ".join(part.sql for part in parts), [value for part in parts for value in part.values])


def choices_of(query: Query, each: Filter) -> tuple[str, ...]:
    """Of origins with and without the trailing slash."""
    choices: tuple[str, ...] = getattr(query, each.field)
    if each.column != "origin":
        return choices
    bare = [origin.rstrip("/") for origin in choices]
    return tuple(spelling for origin in bare for spelling in (origin, origin + "/"))


def check_limit(query: Query) -> None:
    """Raises InvalidInputError."""
    if query.limit is not None and query.limit < 0:
        raise InvalidInputError(f"{query.limit} is not a number of events", "Write 0 or more.")


def check_text(value: object) -> None:
    """Raises InvalidInputError for text that no event can have, as bytes of a command line that are not UTF-8."""
    try:
        encode_json(value)
    except UnicodeEncodeError as error:
        raise InvalidInputError(f"{error.object!r} is not Unicode text", "Write it in UTF-8.") from error
