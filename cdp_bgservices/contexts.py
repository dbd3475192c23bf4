"""Browser contexts as facts: which were recorded, since when, whether they are over, and what people call them."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from cdp_bgservices.events import to_microseconds

Key = tuple[str, str]
"""A source, and the browser's id of a context."""

DEFAULT, OTHER, UNKNOWN = "default", "other", "unknown"
"""Kinds: a profile's own, whose registrations go on in the context of the browser's next start; one that is over with
its last window or with its browser; one that may be either.
"""
SHORT = 8
"""Digits of an id of which nothing is known but itself."""


class BrowserContext(msgspec.Struct, frozen=True, kw_only=True):
    """A context of a browser, which is new at every start of the browser, although the profile stays."""

    source: str
    context: str
    """The browser's id of it; empty where the browser does not report it."""
    kind: str
    """DEFAULT, OTHER or UNKNOWN."""
    number: int = 0
    """Its place among the contexts of its source that are not default ones, from 2 on, as they were first seen; 0 of a
    default one."""
    name: str = ""
    """What the program that made it calls it, such as a test; empty if it said nothing."""
    since: datetime
    """When it was first seen, UTC."""
    noted: datetime
    """When this was known last. While it was recorded, that is written every minute."""
    ended: datetime | None = None
    """When it ended, or was seen last before its end was found out. None if no end is known."""
    why: str = ""
    """Why it is over."""
    host: str = ""
    """The machine that it was recorded on; empty if unknown."""
    profile: str = ""
    """The user data folder of its browser, there; empty if unknown."""

    @property
    def is_default(self) -> bool:
        return self.kind == DEFAULT

    @property
    def key(self) -> Key:
        return self.source, self.context


def merged(contexts: Iterable[BrowserContext]) -> dict[Key, BrowserContext]:
    """What is known of each: of two that say something else, the one that was noted later is right; a name stays
    until there is another, and a number stays.
    """
    found: dict[Key, BrowserContext] = {}
    for each in contexts:
        former = found.get(each.key, each)
        last = each if each.noted >= former.noted else former
        name, since = each.name or former.name, min(each.since, former.since)
        found[each.key] = msgspec.structs.replace(last, name=name, number=former.number, since=since)
    return found


def endings(contexts: Iterable[BrowserContext]) -> dict[Key, int]:
    """When each ended whose registrations do not go on, in microseconds since the Unix epoch.

    Where a profile is gone, that is the last of its own contexts: each earlier one went on in the next.
    """
    found = list(contexts)
    last = {(each.source, each.profile): each for each in sorted(found, key=lambda each: each.since) if each.is_default}
    return {
        each.key: to_microseconds(each.ended)
        for each in found
        if each.ended is not None and (not each.is_default or last[each.source, each.profile] is each)
    }


def labels(contexts: Iterable[BrowserContext]) -> dict[Key, str]:
    """What to call each: ``default``, its name, or ``context 2`` and so on, in the order in which a source's contexts
    were first seen. Of several of one name, the later ones are numbered.
    """
    found: dict[Key, str] = {}
    taken: dict[Key, int] = {}
    for each in sorted(contexts, key=lambda each: (each.source, each.since, each.context)):
        label = each.name or (DEFAULT if each.is_default else f"context {each.number}")
        number = 1
        if label != DEFAULT:
            number = taken[each.source, label] = taken.get((each.source, label), 0) + 1
        found[each.key] = label if number == 1 else f"{label} ({number})"
    return found


def bare_label(context: str) -> str:
    """Of a context of which nothing else is known."""
    return context[:SHORT]
