"""The store: where it is, and whether a recorder could write it. Nothing is made or converted."""

from cdp_bgservices.doctor.parameters import Asked
from cdp_bgservices.doctor.values import STORE_MISSING, Check, State, missing
from cdp_bgservices.errors import InvalidInputError, StoreError
from cdp_bgservices.export.sizes import format_size
from cdp_bgservices.query import format_duration
from cdp_bgservices.shipping.spool import locate_spool
from cdp_bgservices.store import inspect_file, open_engine
from cdp_bgservices.store.location import FileLocation, PostgresLocation, resolve_location
from cdp_bgservices.store.values import FileState

GROUP = "store"
RECORDING = "recording"
LEAST_FREE = 100_000_000
"""Bytes: a hundred thousand events."""
OTHERS = 0o077
"""The permissions of everyone but the owner."""
MODE_REMEDY = "Take it from them: chmod 600, also for its -wal and -shm."


def store(asked: Asked) -> list[Check]:
    """The file that a recording writes: the store itself, or the spool of a shared one."""
    try:
        place = resolve_location(asked.store)
        spool = locate_spool(place) if isinstance(place, PostgresLocation) else None
        file = spool or place
        assert isinstance(file, FileLocation)
        found = inspect_file(file)
    except (StoreError, InvalidInputError) as error:
        return [missing(GROUP, "file", error, RECORDING, STORE_MISSING)]
    what = "the spool of the shared store" if spool else "the default store" if file.is_default else "a store"
    return [*file_checks(f"{what}, {file.path}", found), *([] if spool else retention(asked, found))]


def file_checks(named: str, found: FileState) -> list[Check]:
    """What follows from how the file was found."""
    return [
        Check(group=GROUP, name="file", found=f"{named}: {file_text(found)}"),
        *([permissions(found)] if found.mode is not None else []),
        space(found),
    ]


def file_text(found: FileState) -> str:
    if not found.is_there:
        return "not there yet; it can be made"
    schema = f"schema {found.schema}"
    if found.schema < found.newest:
        schema += f", which is converted to {found.newest} when it is opened next"
    log = f" and {format_size(found.log_size)} of write-ahead log" if found.log_size else ""
    whole = "" if found.is_whole else "; too large to be looked through for damage here"
    return f"can be written; {schema}; {format_size(found.size)}{log}; journal {found.journal}{whole}"


def permissions(found: FileState) -> Check:
    assert found.mode is not None
    text = f"{found.mode:04o}"
    if found.mode & OTHERS:
        return Check(
            group=GROUP,
            name="permissions",
            state=State.WARNING,
            found=f"{text}: not only its owner can open it",
            remedy=MODE_REMEDY,
            stops="keeping the store from other users",
        )
    return Check(group=GROUP, name="permissions", found=f"{text}: for its owner only")


def space(found: FileState) -> Check:
    text = f"{format_size(found.free)} left on its disk"
    if found.free >= LEAST_FREE:
        return Check(group=GROUP, name="space", found=text)
    return Check(
        group=GROUP,
        name="space",
        state=State.WARNING,
        found=f"only {text}",
        remedy="Free some space, or name a store elsewhere with --store.",
        stops="a long recording",
    )


def retention(asked: Asked, found: FileState) -> list[Check]:
    """Of a store of this release: an opening would convert another one."""
    if not found.is_there or found.schema < found.newest:
        return []
    with open_engine(asked.store, create=False) as engine:
        length = format_duration(engine.retention)
        redacts = ", without payloads" if engine.redacts else ""
    return [Check(group=GROUP, name="retention", found=f"events are kept for {length}{redacts}")]


def shared(asked: Asked) -> list[Check]:
    """A store that machines share: recording goes on without it, into the spool."""
    try:
        place = resolve_location(asked.store)
    except StoreError:
        return []  # That is another check.
    if not isinstance(place, PostgresLocation):
        return []
    try:
        with open_engine(asked.store, create=False) as engine:
            found = f"reached; events are kept for {format_duration(engine.retention)}"
    except StoreError as error:
        return [missing(GROUP, "shared", error, "sending to the shared store (events wait in the spool)")]
    return [Check(group=GROUP, name="shared", found=found)]
