"""A mark: a moment in a store, as text that a client keeps. It names the store, so that no other one takes it."""

import re
from hashlib import blake2b

from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.store.trio_store import Store

MARK = re.compile(r"([0-9a-f]{8})-([0-9]{1,18})", re.ASCII)


def write_mark(store: Store, cursor: int) -> str:
    return f"{name_of(store)}-{cursor}"


async def read_mark(store: Store, mark: str) -> int:
    """The cursor. Raises InvalidInputError for a mark of another store, and for anything else."""
    found = MARK.fullmatch(mark)
    if found is None:
        raise InvalidInputError(f"{mark[:100]!r} is not a mark", "Give one that `mark` or `events` has returned.")
    cursor = int(found[2])
    if found[1] != name_of(store) or cursor > await store.cursor():
        raise InvalidInputError(f"the mark {mark} is of another store", f"Give one of this store, {store.name}.")
    return cursor


def name_of(store: Store) -> str:
    return blake2b(store.url.encode(), digest_size=4).hexdigest()
