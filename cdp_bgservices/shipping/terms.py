"""What the shared store decides for its spools: how long events are kept, and what is left out of them."""

from datetime import timedelta

import msgspec

from cdp_bgservices.errors import StoreError
from cdp_bgservices.shipping.progress import Progress
from cdp_bgservices.store.location import resolve_location
from cdp_bgservices.store.protocol import Engine
from cdp_bgservices.store.spool_engine import SpoolEngine


class WrongSpoolError(StoreError):
    """The spool has the events of another store."""


class DeniedError(StoreError):
    """A setting of the shared store is its owner's."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Settings that a user wants the shared store to have from now on."""

    retention: timedelta | None = None
    redact: bool | None = None


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    identity: str
    retention: timedelta
    redacts: bool
    key: bytes | None
    """By which payloads are replaced, in the whole fleet."""
    deletions: int
    skew: timedelta
    """By how much its clock is ahead of this machine's."""


def change_settings(far: Engine, asked: Asked) -> None:
    """Raises DeniedError where only another may do that; InvalidInputError for a retention that cannot be."""
    try:
        if asked.retention is not None and asked.retention != far.read_retention():
            far.set_retention(asked.retention)
        if asked.redact is not None and asked.redact != far.read_redacts():
            far.set_redaction(asked.redact)
    except StoreError as error:
        option = "--retention" if asked.redact is None else "--redact"
        raise DeniedError(
            f"{option} changes a setting of {far.name}, which only its owner may do", "Leave it out."
        ) from error


def read_terms(far: Engine, spool: Engine) -> Terms:
    """As they are now."""
    return Terms(
        identity=far.identity(),
        retention=far.read_retention(),
        redacts=far.read_redacts(),
        key=far.redaction_key(),
        deletions=far.deletions(),
        skew=far.clock() - spool.clock(),
    )


def lay_terms(spool: Engine, terms: Terms, *, redact: bool) -> None:
    """On the spool, which keeps them for when the shared store is away. ``redact``: even if the terms do not ask it."""
    assert isinstance(spool, SpoolEngine)
    if spool.read_retention() != terms.retention:
        spool.set_retention(terms.retention)
    if terms.key is not None and spool.redaction_key() != terms.key:
        spool.take_key(terms.key)
    if spool.read_redacts() != (redacts := terms.redacts or redact):
        spool.set_redaction(redacts)


def check_belongs(progress: Progress, spool: str, url: str, identity: str | None) -> None:
    """Raises WrongSpoolError for the spool of another store. One that was made again at the same place gets all.

    That it is the same place, its name says: the URL has the role, too.

    ``identity`` is that of the store at ``url``; None while it is not known.
    """
    if progress.store in ("", identity):
        return
    if resolve_location(progress.url).name != resolve_location(url).name:
        raise WrongSpoolError(
            f"The spool {spool} belongs to another store, {progress.url}",
            f"Name another one with --spool, or send what is in it: cdp-bgservices ship {spool} --store {progress.url}",
        )
