"""When the store is not certain to have everything, as the page draws it."""

from datetime import datetime
from pathlib import Path
from typing import Any

from cdp_bgservices.coverage.report import gaps, report
from cdp_bgservices.coverage.values import MEANINGS
from cdp_bgservices.events import from_microseconds, to_microseconds
from cdp_bgservices.query import Query
from cdp_bgservices.store import Engine

MOST_GAPS = 2_000


def gaps_between(database: Engine, query: Query, begin: int, end: int) -> list[dict[str, Any]]:
    """Of these microseconds, the oldest first: service, begin, end, reason, source. What nobody can have recorded yet
    is no gap."""
    now = database.clock()
    since = max(from_microseconds(begin), now - database.retention)
    until = min(from_microseconds(end), now)
    found = []
    for told in database.coverage() if since < until else ():
        if query.sources and told.source not in query.sources:
            continue
        for interval in gaps(
            report(told.intervals, told.series, since, now, is_gone=is_gone(told.source)), query.services
        ):
            if interval.begin < until:
                reason = MEANINGS[interval.state] + (f" ({interval.detail})" if interval.detail else "")
                found.append(
                    {
                        "service": interval.service,
                        "begin": clip(interval.begin, begin, end),
                        "end": clip(interval.end, begin, end),
                        "reason": reason,
                        "source": told.source,
                    }
                )
    return sorted(found, key=lambda gap: (gap["begin"], gap["service"]))[:MOST_GAPS]


def is_gone(source: str) -> bool:
    """Whether its profile's folder was removed, so that nothing records there any more."""
    profile = Path(source)
    return profile.is_absolute() and not profile.is_dir()


def clip(moment: datetime, begin: int, end: int) -> int:
    return min(max(to_microseconds(moment), begin), end)
