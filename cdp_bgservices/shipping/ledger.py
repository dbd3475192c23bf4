"""What recorders know of their own completeness, from the spool into the shared store, after the events.

It is read before the events, and sent when these are over there: the shared store never vouches for what is not in it.
"""

from datetime import UTC, datetime, timedelta

import msgspec

from cdp_bgservices.contexts import BrowserContext, Key
from cdp_bgservices.events import from_microseconds
from cdp_bgservices.store.presence import Presence, by_clock
from cdp_bgservices.store.protocol import Engine
from cdp_bgservices.store.values import Account, Known, LastRun


class Ledger(msgspec.Struct, frozen=True):
    accounts: dict[str, Account]
    """By source: all that the spool has."""
    runs: list[LastRun]
    recorders: list[Presence]
    contexts: list[BrowserContext]


def read_ledger(spool: Engine) -> Ledger:
    """As it is now."""
    accounts = {
        each.source: Account(intervals=each.intervals, series=each.series, tails=spool.known(each.source).tails)
        for each in spool.coverage()
    }
    recorders = spool.recorders(from_microseconds(spool.oldest_kept()))
    return Ledger(accounts, spool.runs(), recorders, spool.contexts())


class LedgerSender:
    """Over one connection: what was sent over it is not sent again, unless it has changed."""

    def __init__(self) -> None:
        self.sent: dict[str, Account] = {}
        self.runs: list[LastRun] = []
        self.recorders: list[Presence] = []
        self.contexts: dict[Key, BrowserContext] = {}

    def send(self, far: Engine, ledger: Ledger, skew: timedelta) -> None:
        """``skew``: by how much its clock is ahead. Raises StoreError."""
        for source, account in ledger.accounts.items():
            before = self.sent.get(source)
            if account != before:
                known = far.known(source) if before is None else Known(series=before.series, tails=before.tails)
                far.account(source, difference(account, known, before))
                self.sent[source] = account
        for run in ledger.runs:
            if run not in self.runs:
                far.keep_run(run.source, run.numbers, run.moment)
        self.runs = ledger.runs
        if new := [each for each in ledger.recorders if each not in self.recorders]:
            far.keep_recorders(by_clock(new, skew))
        self.recorders = ledger.recorders
        if changed := [each for each in ledger.contexts if each != self.contexts.get(each.key)]:
            far.keep_contexts(changed)
        self.contexts = {each.key: each for each in ledger.contexts}


def difference(account: Account, known: Known, before: Account | None) -> Account:
    """What the shared store does not have yet. ``known`` is what it has; ``before`` is what was sent last.

    The tails are those of the recorder that saw the profile last, which may have been on another machine.
    """
    intervals = [each for each in account.intervals if before is None or each not in before.intervals]
    series = [each for each in account.series if each not in known.series]
    if last_seen(known) > last_seen(account):
        return Account(intervals=intervals, series=series)
    left = {tail.registration_id for tail in account.tails}
    return Account(
        intervals=intervals,
        series=series,
        tails=[tail for tail in account.tails if tail not in known.tails],
        gone=sorted({tail.registration_id for tail in known.tails} - left),
    )


def last_seen(known: Known | Account) -> datetime:
    return max((each.seen_until for each in known.series), default=datetime.min.replace(tzinfo=UTC))
