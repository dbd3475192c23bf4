"""What is in a store is sent once, without a recorder: what ``ship`` does."""

from collections.abc import Callable

import msgspec

from cdp_bgservices.shipping.ledger import LedgerSender, read_ledger
from cdp_bgservices.shipping.pages import read_page
from cdp_bgservices.shipping.progress import Progress, note_progress, read_progress
from cdp_bgservices.shipping.sending import retry_ahead, send_page, take
from cdp_bgservices.shipping.terms import read_terms
from cdp_bgservices.store.protocol import Engine

NOTE_EVERY = 20
"""Pages between two notes of the place."""


class Sent(msgspec.Struct):
    """What became of what was sent."""

    stored: int = 0
    known: int = 0
    too_old: int = 0
    refused: int = 0
    ahead: int = 0
    refusal: str = ""
    """Why the last one was refused."""

    @property
    def count(self) -> int:
        return self.stored + self.known + self.too_old + self.refused + self.ahead


def ship_store(store: Engine, far: Engine, show: Callable[[float, int], None]) -> Sent:
    """All that is not there yet, then the ledger. The store's own settings stay as they are.

    ``show`` gets the part that is done, and how many events were sent. Raises StoreError; what was sent by then stays.
    """
    terms, sent = read_terms(far, store), Sent()
    progress = read_progress(store)
    is_own = progress.store in ("", terms.identity)
    if not is_own:  # It is the spool of another store, and remains so.
        progress = Progress()
    progress.store, progress.url = terms.identity, far.url
    progress.note_deletions(terms.deletions)
    progress.go_back()
    retry_ahead(progress, far.clock())
    ledger = read_ledger(store)
    first, last = progress.place, max(store.cursor(), 1)
    more, pages = True, 0
    try:
        while more:
            page = read_page(store, progress.place)
            outcome = send_page(far, page)
            sent.refused += len(outcome.refused)
            sent.refusal = outcome.refused[-1].why if outcome.refused else sent.refusal
            sent.ahead += len(outcome.ahead)
            sent.stored += outcome.stored
            sent.known += outcome.known
            sent.too_old += outcome.too_old
            take(progress, page, outcome, store.clock())
            more, pages = page.more, pages + 1
            show((progress.place - first) / max(last - first, 1), sent.count)
            if is_own and pages % NOTE_EVERY == 0:
                note_progress(store, progress)
        if progress.ahead is None:
            LedgerSender().send(far, ledger, terms.skew)
        far.prune()
        progress.error, progress.error_at = "", None
    finally:
        if is_own:
            note_progress(store, progress)
    return sent
