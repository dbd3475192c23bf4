"""What recorders leave beside events: intervals, series and tails of each source, and the numbers of its last run."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from cdp_bgservices.coverage.values import Coverage
from cdp_bgservices.store.postgresql.database import Database
from cdp_bgservices.store.presence import Presence
from cdp_bgservices.store.values import Account, Known, LastRun


class Recorders(Database):
    """A part of the engine."""

    def account(self, source: str, account: Account) -> None:
        raise NotImplementedError

    def known(self, source: str) -> Known:
        raise NotImplementedError

    def coverage(self) -> list[Coverage]:
        raise NotImplementedError

    def keep_run(self, source: str, numbers: Mapping[str, int], moment: datetime | None = None) -> None:
        raise NotImplementedError

    def runs(self) -> list[LastRun]:
        raise NotImplementedError

    def keep_recorders(self, presences: Sequence[Presence]) -> None:
        raise NotImplementedError

    def recorders(self, since: datetime) -> list[Presence]:
        raise NotImplementedError
