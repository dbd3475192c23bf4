"""Pieces of SQL, whose values are always parameters."""

from collections.abc import Iterable
from datetime import UTC, datetime

from cdp_bgservices.events import from_microseconds
from cdp_bgservices.store.criteria import Selection
from cdp_bgservices.store.postgresql.rows import escaped


def one_of(column: str, choices: Iterable[str]) -> Selection:
    """Alternatives, however many: they are one value."""
    texts = [escaped(choice) for choice in choices]
    if len(texts) == 1:
        return Selection(f"{column} = %s", texts)
    return Selection(f"{column} = ANY(%s)", [texts])


def moment(microseconds: int) -> datetime:
    """A constant in a statement, so that only the days it needs are looked at, and locked. As near as a calendar
    comes."""
    try:
        return from_microseconds(microseconds)
    except OverflowError:
        return (datetime.max if microseconds > 0 else datetime.min).replace(tzinfo=UTC)
