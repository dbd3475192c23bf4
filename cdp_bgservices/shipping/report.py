"""What `status`, the metrics and the end of a recording say of a spool."""

from datetime import datetime
from pathlib import Path

import msgspec

from cdp_bgservices.shipping.progress import Progress, read_progress
from cdp_bgservices.shipping.spool import locate_spool
from cdp_bgservices.store import locate_store, open_engine
from cdp_bgservices.store.location import FileLocation, resolve_location
from cdp_bgservices.store.protocol import Engine
from cdp_bgservices.store.values import EVERYTHING, Clock, utc_now


class SpoolReport(msgspec.Struct, frozen=True, kw_only=True):
    """One spool, as it is now."""

    spool: str
    """The file."""
    store: str
    """The URL of the shared store."""
    waiting: int
    """Events that the shared store has not answered yet."""
    since: datetime | None
    """When the first of these was stored in the spool."""
    error: str
    """Why nothing is sent; empty while all is well."""
    error_at: datetime | None
    refused: int
    """Events that the shared store cannot hold."""
    refusal: str
    """Why it cannot hold the last of these."""
    ahead_until: datetime | None
    """When what is too far ahead is tried again; None where there is nothing of the kind."""
    skew: float
    """Seconds by which the clock of the shared store was ahead of this machine's, when it was last reached."""


def find_report(location: str | Path | None, clock: Clock = utc_now) -> SpoolReport | None:
    """Of this user's own spool of a shared store, or of a file; None where there is none. Raises StoreError."""
    place = resolve_location(location)
    file = place if isinstance(place, FileLocation) else locate_spool(place)
    if not locate_store(file.path)[1]:
        return None
    with open_engine(file.path, clock=clock, create=False) as spool:
        return read_report(spool) if read_progress(spool).url else None


def read_report(spool: Engine, progress: Progress | None = None) -> SpoolReport:
    """By the spool's notes, or by newer progress. Raises StoreError."""
    progress = progress or read_progress(spool)
    waiting, since = waiting_events(spool, progress)
    return SpoolReport(
        spool=spool.name,
        store=progress.url,
        waiting=waiting,
        since=since,
        error=progress.error,
        error_at=progress.error_at,
        refused=progress.refusals,
        refusal=progress.refused[-1].why if progress.refused else "",
        ahead_until=progress.ahead.due if progress.ahead else None,
        skew=progress.skew,
    )


def waiting_events(spool: Engine, progress: Progress) -> tuple[int, datetime | None]:
    """How many were not answered yet, and since when the first of them is there."""
    first = spool.committed(EVERYTHING, progress.place, 1).events
    if not first:
        return 0, None
    counts = spool.values(EVERYTHING, ["service"], progress.place, spool.cursor())
    return counts["service"].total(), first[0][1].received_at
