"""What recorders leave in a store beside events, for the next ones and for those who ask what is missing."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import cache

import msgspec

from cdp_bgservices.contexts import BrowserContext
from cdp_bgservices.coverage.hosts import was_deleted
from cdp_bgservices.coverage.values import Coverage
from cdp_bgservices.store.presence import Presence
from cdp_bgservices.store.values import Account, Known, LastRun

DELETED = "its profile was deleted"
"""Why a browser context is over."""


class Ledger(ABC):
    """A part of what every engine answers."""

    @abstractmethod
    def account(self, source: str, account: Account) -> None:
        """What a recorder of a source is certain of, in one transaction."""

    @abstractmethod
    def known(self, source: str) -> Known:
        """What the recorders of a source have left for the next one."""

    @abstractmethod
    def coverage(self, sources: Collection[str] = ()) -> list[Coverage]:
        """What is known of the completeness of these sources, or of each, as far back as events are kept."""

    def gap_mark(self) -> int:
        """Another number once a gap was found, or is longer; 0 where that would be too much to ask."""
        return 0

    def covered_sources(self) -> list[str]:
        """Those that have any series, in order."""
        return [each.source for each in self.coverage() if each.series]

    @abstractmethod
    def keep_run(self, source: str, numbers: Mapping[str, int], moment: datetime | None = None) -> None:
        """What the recorder of a source counted until a moment, which is now by default, in place of what is older."""

    @abstractmethod
    def runs(self) -> list[LastRun]:
        """What the last recorder of each source counted, the latest first."""

    @abstractmethod
    def keep_recorders(self, presences: Sequence[Presence]) -> None:
        """That recorders are at work, or have ended. What was known of them later stays."""

    @abstractmethod
    def recorders(self, since: datetime, sources: Collection[str] = ()) -> list[Presence]:
        """Those that were seen since a moment, the one that began first in front; of some sources, or of all."""

    @abstractmethod
    def keep_contexts(self, contexts: Sequence[BrowserContext]) -> None:
        """What is known of browser contexts. Of two that say something else, the one that was noted later is right; a
        name stays until there is another.
        """

    @abstractmethod
    def kept_contexts(self, sources: Collection[str] = (), limit: int = -1) -> list[BrowserContext]:
        """``contexts`` as recorders left them."""

    def contexts(self, sources: Collection[str] = (), limit: int = -1) -> list[BrowserContext]:
        """Those of some sources, or of all, by source and in the order in which they were first seen; the last ones, if
        there is a limit. They are over where their profile was deleted since.
        """
        is_deleted = cache(was_deleted)
        return [
            msgspec.structs.replace(each, ended=each.noted, why=DELETED)
            if each.ended is None and (is_deleted(each.source, each.host) or is_deleted(each.profile, each.host))
            else each
            for each in self.kept_contexts(sources, limit)
        ]
