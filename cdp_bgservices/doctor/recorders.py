"""Which recorders are at work, by what they write into the store every minute."""

from cdp_bgservices.coverage.report import FRESH
from cdp_bgservices.doctor.parameters import Asked
from cdp_bgservices.doctor.values import Check, State
from cdp_bgservices.errors import StoreError
from cdp_bgservices.release import package_version
from cdp_bgservices.store import inspect_file, open_engine
from cdp_bgservices.store.location import FileLocation, resolve_location
from cdp_bgservices.store.presence import Presence

GROUP, NAME = "store", "recorders"


def at_work(asked: Asked) -> list[Check]:
    try:
        place = resolve_location(asked.store)
        if isinstance(place, FileLocation):
            state = inspect_file(place)
            if not state.is_there or state.schema < state.newest:
                return []
        with open_engine(asked.store, create=False) as engine:
            found = [each for each in engine.recorders(engine.clock() - FRESH) if not each.is_over]
    except StoreError:
        return []  # That is another check.
    return [recorders_check(found)]


def recorders_check(found: list[Presence]) -> Check:
    """Without the names of their profiles."""
    if not found:
        return Check(group=GROUP, name=NAME, found="none is at work")
    versions = sorted({each.version for each in found})
    since = min(each.since for each in found)
    text = f"{len(found)} at work, of version {', '.join(versions)}, the first since {since:%Y-%m-%d %H:%M:%S} UTC"
    if versions == [package_version()]:
        return Check(group=GROUP, name=NAME, found=text)
    return Check(
        group=GROUP,
        name=NAME,
        state=State.WARNING,
        found=f"{text}; not of this one",
        remedy="Start them again with this version.",
        stops="what is new in this version, for those recorders",
    )
