"""Facts, of which runs are counted: what every dialect of SQL asks for them in the same way."""

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from cdp_bgservices.identity import FIELDS_OF, other_fields
from cdp_bgservices.store.values import FactPlace

FACTS = 20_000
"""How many are read at a time."""
DELAY = re.compile(r'"Next Attempt Delay \(ms\)":"([^"\\]*)"')


def joined_fields(fields: tuple[str, ...]) -> str:
    return " || ' ' || ".join(fields)


@cache
def fact_columns() -> str:
    """Those of a fact, but for whether it is a failure; with what ``cdp_bgservices.identity`` says of the same
    instance, and at last the metadata in which ``delay_in`` finds the delay."""
    # Commands that count no runs start without it.
    from cdp_bgservices.stories.numbers import ANNOUNCING

    announcing = ", ".join(f"'{name}'" for name in ANNOUNCING)
    cases = " ".join(f"WHEN '{service}' THEN {joined_fields(other_fields(service))}" for service in FIELDS_OF)
    return (
        "timestamp, seq, service, event_name, instance_id, "
        f"CASE service {cases} ELSE {joined_fields(other_fields(''))} END, "
        f"{joined_fields(('source', 'browser_context'))}, "
        f"CASE WHEN event_name IN ({announcing}) THEN metadata ELSE '' END"
    )


def delay_in(metadata: str) -> str:
    """Of JSON; empty if it has none."""
    found = DELAY.search(metadata) if metadata else None
    return found[1] if found else ""


@cache
def fact_names() -> tuple[Sequence[str], Sequence[str]]:
    """The names of the events of which it matters whether they are failures; and those of all that are counted."""
    # Commands that count no runs start without it.
    from cdp_bgservices.stories.numbers import DECIDING, ROLES

    return DECIDING, sorted({name for roles in ROLES.values() for name in roles})


def place_after(place: FactPlace, until: int, rows: Sequence[tuple[Any, ...]]) -> FactPlace:
    """Where it goes on after these rows, which begin with timestamp and seq; ``until`` is the last seq of all."""
    if len(rows) < FACTS:
        return FactPlace(place.oldest, place.aim, None, until)
    if place.position is not None:
        return FactPlace(place.oldest, place.aim, rows[-1][:2], 0)
    return FactPlace(place.oldest, place.aim, None, rows[-1][1])
