"""Query parameters, understood."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
from starlette.datastructures import QueryParams

from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.query import DURATION, FILTERS, Filter, Kind, Query, parse_time
from cdp_bgservices.store.values import SORTS, Clock

MOST_ROWS = 500
ROWS = 100
LARGEST = 2**63 - 1
"""What SQLite takes."""
MOST_AGES = 100
RENEWED = timedelta(minutes=1)
NO_LISTING = 0
"""In place of a cursor."""


class PageRequest(msgspec.Struct, frozen=True):
    """A part of a listing."""

    query: Query
    sort: str
    descending: bool
    cursor: int
    offset: int
    limit: int


class Ages:
    """What ``2h`` ago was when it was first asked for: while a listing is scrolled through, it stays where it is. What
    is counted, of no listing, stays for a minute: to count is dear, and what was counted is kept.
    """

    def __init__(self, now: Clock) -> None:
        self.now = now
        self.moments: dict[tuple[str, int], tuple[datetime, datetime]] = {}
        """And when they were asked for."""

    def resolve(self, text: str, cursor: int = NO_LISTING) -> datetime:
        """Raises InvalidInputError."""
        if not DURATION.fullmatch(text.strip()):
            return parse_time(text)
        key, now = (text.strip(), cursor), self.now()
        known = self.moments.pop(key, None)
        if known is None or (cursor == NO_LISTING and now - known[1] >= RENEWED):
            known = parse_time(text, now), now
        self.moments[key] = known
        if len(self.moments) > MOST_AGES:
            del self.moments[next(iter(self.moments))]
        return known[0]


def read_query(parameters: QueryParams, ages: Ages, cursor: int = NO_LISTING) -> Query:
    """The filters. Raises InvalidInputError."""
    named = [each for each in FILTERS if each.kind is not Kind.NUMBER]
    return Query(**{each.field: read_filter(each, parameters, ages, cursor) for each in named})


def read_filter(each: Filter, parameters: QueryParams, ages: Ages, cursor: int) -> Any:
    value = parameters.get(each.name, "")
    if each.kind is Kind.VALUES:
        return tuple(dict.fromkeys(parameters.getlist(each.name)))
    if each.kind is Kind.MOMENT:
        return ages.resolve(value, cursor) if value else None
    if each.kind is Kind.TEXT:
        return value
    if value not in ("", "0", "1"):
        raise InvalidInputError(f"{each.name}={value!r} is neither 1 nor 0", f"Write {each.name}=1, or leave it out.")
    return value == "1"


def read_listing(parameters: QueryParams, ages: Ages, last: int) -> PageRequest:
    """``last``: the present cursor. Raises InvalidInputError."""
    sort = choice(parameters, "sort", tuple(SORTS))
    order = choice(parameters, "order", ("asc", "desc"))
    cursor = min(whole(parameters, "cursor", last), last)
    return PageRequest(
        query=read_query(parameters, ages, cursor),
        sort=sort,
        descending=order == "desc",
        cursor=cursor,
        offset=whole(parameters, "offset", 0),
        limit=min(whole(parameters, "limit", ROWS), MOST_ROWS),
    )


def choice(parameters: QueryParams, name: str, choices: tuple[str, ...]) -> str:
    """The first of them where nothing is said."""
    value = parameters.get(name) or choices[0]
    if value not in choices:
        raise InvalidInputError(f"{name}={value!r} is not known", "Write one of: " + ", ".join(choices) + ".")
    return value


def whole(parameters: QueryParams, name: str, default: int | None, least: int = 0, most: int = LARGEST) -> int:
    """A whole number. Raises InvalidInputError; also where there is none, and no default."""
    text = parameters.get(name, "")
    if not text and default is not None:
        return default
    digits = text.removeprefix("-") if least < 0 else text
    if not (digits.isascii() and digits.isdigit() and len(digits) < 20 and least <= int(text) <= most):
        raise InvalidInputError(f"{name}={text!r} is not a number from {least} to {most}", "Write digits.")
    return int(text)
