"""Adding a page to the shared store, whatever single events are like."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from cdp_bgservices.errors import RefusedError
from cdp_bgservices.events import Event
from cdp_bgservices.learned import Learned
from cdp_bgservices.shipping.pages import Page
from cdp_bgservices.shipping.progress import Ahead, Progress, Refused
from cdp_bgservices.store.protocol import Engine
from cdp_bgservices.store.values import Numbered

AHEAD = timedelta(days=2)
"""A shared store has a day for what is so far ahead of its clock, and for nothing beyond it."""
AHEAD_EVERY = timedelta(hours=1)
"""What is too far ahead is tried again when its day has come, and not more often than that."""


class Outcome(msgspec.Struct):
    """What became of a page."""

    moment: datetime
    """By the clock of the shared store."""
    stored: int = 0
    known: int = 0
    too_old: int = 0
    refused: list[Refused] = []
    ahead: list[Numbered] = []


def send_page(far: Engine, page: Page) -> Outcome:
    """Raises StoreError where the shared store cannot be reached: it may have taken a part of it."""
    outcome = Outcome(moment=far.clock())
    latest = outcome.moment + AHEAD
    outcome.ahead = [numbered for numbered in page.events if numbered[1].timestamp > latest]
    send(far, [*(event for _, event in page.events if event.timestamp <= latest), *page.learned], outcome)
    return outcome


def send(far: Engine, items: Sequence[Event | Learned], outcome: Outcome) -> None:
    """What cannot be held is found by halves: it takes nothing else along."""
    if not items:
        return
    try:
        added = far.add(
            [item for item in items if isinstance(item, Event)], [item for item in items if not isinstance(item, Event)]
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


def take(progress: Progress, page: Page, outcome: Outcome, moment: datetime) -> int:
    """The page is answered, at a moment of this machine's clock. How many events were refused for the first time."""
    progress.reach(page.cursor, moment)
    progress.shipped += outcome.stored
    progress.too_old += outcome.too_old
    if outcome.ahead:
        first = min(seq for seq, _ in outcome.ahead) - 1
        due = max(min(event.timestamp for _, event in outcome.ahead) - AHEAD, outcome.moment + AHEAD_EVERY)
        before = progress.ahead
        progress.ahead = Ahead(min(first, before.place), min(due, before.due)) if before else Ahead(first, due)
    return progress.refuse(outcome.refused)


def retry_ahead(progress: Progress, moment: datetime) -> None:
    """Go back to what was too far ahead, once its day has come by the clock of the shared store."""
    if progress.ahead is not None and progress.ahead.due <= moment:
        progress.place, progress.ahead = min(progress.place, progress.ahead.place), None
