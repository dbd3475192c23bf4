"""The store that a capture records into: its own file, or one that many share, through a spool."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from cdp_bgservices.capture.options import CaptureOptions
from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.notices import Say
from cdp_bgservices.shipping.spool import locate_spool
from cdp_bgservices.shipping.spooled import open_spooled
from cdp_bgservices.store import open_store
from cdp_bgservices.store.location import is_shared, resolve_location
from cdp_bgservices.store.trio_store import Store


@asynccontextmanager
async def open_recorded(options: CaptureOptions, say: Say) -> AsyncIterator[Store]:
    """With the settings that the options have for it. Raises InvalidInputError, StoreError; see ``open_spooled``."""
    if is_shared(options.store):
        async with open_spooled(
            options.store, options.spool, retention=options.retention, redact=options.redact, say=say
        ) as store:
            yield store
    else:
        async with open_store(options.store, retention=options.retention) as store:
            if options.redact is not None:
                await store.set_redaction(options.redact)
            yield store


def recorded_file(options: CaptureOptions) -> tuple[str, Path]:
    """What it is called, and where it is. Raises InvalidInputError, StoreError."""
    place = resolve_location(options.store)
    if is_shared(options.store):
        return "the spool", locate_spool(place, options.spool).path
    if options.spool is not None:
        raise InvalidInputError(f"--spool is for a shared store, and {place.name} is a file", "Leave it out.")
    return "the store", Path(place.name)
