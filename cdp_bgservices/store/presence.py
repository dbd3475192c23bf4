"""Which recorders are at work: each says so in the store, again and again."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec


class Presence(msgspec.Struct, frozen=True, kw_only=True):
    """That a recorder records a source."""

    source: str
    run: str
    """Random: each recorder has another one."""
    host: str
    """The machine that it runs on."""
    browser: str
    """What distinguishes the browser from all others; empty if that is unknown."""
    version: str
    """Of this package."""
    since: datetime
    """UTC."""
    seen: datetime
    """When it last said so, in UTC; it does every minute."""
    is_over: bool = False
    """Whether it has ended."""


def by_clock(presences: Iterable[Presence], ahead: timedelta) -> list[Presence]:
    """By a clock that is so much ahead of the one by which they are."""
    return [msgspec.structs.replace(each, since=each.since + ahead, seen=each.seen + ahead) for each in presences]


def doubles(presences: Iterable[Presence]) -> list[tuple[Presence, Presence]]:
    """The pairs that record, or recorded, two browsers under one name at once; the one that began first stands first.

    Two recorders of one browser are no such pair: what both store is there once.
    """
    by_source: dict[str, list[Presence]] = {}
    for each in sorted(presences, key=lambda each: (each.since, each.run)):
        by_source.setdefault(each.source, []).append(each)
    return [
        (earlier, later)
        for found in by_source.values()
        for number, later in enumerate(found)
        for earlier in found[:number]
        if not earlier.is_over and earlier.seen > later.since and are_of_two_browsers(earlier, later)
    ]


def are_of_two_browsers(one: Presence, other: Presence) -> bool:
    """As far as that is known."""
    return one.browser != other.browser if one.browser and other.browser else one.host != other.host


def doubles_text(earlier: Presence, later: Presence) -> str:
    """What is wrong, and what to do."""
    where = " and ".join(f"on {each.host} since {each.since:%Y-%m-%d %H:%M:%S} UTC" for each in (earlier, later))
    return (
        f"two browsers are recorded as {earlier.source} at the same time, {where}: their events mix; "
        "give each its own name with --source"
    )
