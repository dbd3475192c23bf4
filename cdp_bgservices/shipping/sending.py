"""Adding a page to the shared store, whatever single events are like."""

from collections.abc import Sequence
from datetime import timedelta

import msgspec

from cdp_bgservices.errors import RefusedError
from cdp_bgservices.events import Event
from cdp_bgservices.shipping.pages import Page
from cdp_bgservices.shipping.progress import Refused
from cdp_bgservices.store.protocol import Engine
from cdp_bgservices.store.values import Numbered
from cdp_bgservices.thrown import Thrown

AHEAD = timedelta(days=2)
"""A shared store has a day for what is so far ahead of its clock, and for nothing beyond it."""


class Outcome(msgspec.Struct):
    """What became of a page."""

    stored: int = 0
    known: int = 0
    too_old: int = 0
    refused: list[Refused] = []
    ahead: list[Numbered] = []


def send_page(far: Engine, page: Page) -> Outcome:
    """Raises StoreError where the shared store is not to be had: it may have taken a part of it."""
    outcome = Outcome()
    latest = far.clock() + AHEAD
    outcome.ahead = [numbered for numbered in page.events if numbered[1].timestamp > latest]
    send(far, [*(event for _, event in page.events if event.timestamp <= latest), *page.thrown], outcome)
    return outcome


def send(far: Engine, items: Sequence[Event | Thrown], outcome: Outcome) -> None:
    """What cannot be held is found by halves: it takes nothing else along."""
    if not items:
        return
    try:
        added = far.add(
            [item for item in items if isinstance(item, Event)], [item for item in items if isinstance(item, Thrown)]
        )
    except RefusedError as error:
        if len(items) == 1:
            outcome.refused.append(Refused(items[0].id, str(error)))
            return
        middle = len(items) // 2
        send(far, items[:middle], outcome)
        send(far, items[middle:], outcome)
    else:
        outcome.stored += added.stored
        outcome.known += added.known
        outcome.too_old += added.too_old
