"""Events that say that something went wrong, as SQL."""

from functools import lru_cache

from cdp_bgservices.failures import FAILED_NAME, GOOD, REASONS, reported_failure
from cdp_bgservices.store.criteria import Selection, joined
from cdp_bgservices.store.sqlite.distinct_values import DistinctValues
from cdp_bgservices.store.sqlite.rows import decode_metadata
from cdp_bgservices.store.sqlite.sql import one_of

SHORT = 500
"""Characters of metadata that may be the same in other events."""
RESPONSE = {"Response Status": ("[23][0-9][0-9]",)}


def failure_condition(distinct: DistinctValues | None = None) -> Selection:
    """Only failures. ``distinct``: all names that events have; some of them are failures by their name."""
    if distinct is None:
        return FAILED
    names = [name for name in distinct.texts["event_name"] if FAILED_NAME.search(name)] if distinct.texts else []
    reported = Selection(f"({metadata_may_tell()} AND failed(event_name, metadata))", [])
    sql, values = joined("OR", [one_of("+event_name", names), reported, THREW] if names else [reported, THREW])
    return Selection(f"({sql})", values)


def metadata_may_tell() -> str:
    """True of every failure but those that only the name tells, and of little else: what is in ``failures.py``, in
    patterns that SQLite is quick with.

    A quotation mark within a string of JSON has a backslash before it. So one that follows a brace or a comma, or is
    followed by a colon, is where a key begins or ends.
    """
    tests: dict[str, list[str]] = {}
    for key, good in {**GOOD, **RESPONSE}.items():
        fine = " OR ".join(f'metadata GLOB \'{start}"{key}":"{value}"*\'' for value in good for start in ("{", "*,"))
        tests.setdefault(last_word(key), []).append(f'(metadata GLOB \'*"{key}":"*\' AND NOT ({fine}))')
    parts = [f"metadata GLOB '*{word}\":\"*'" for word in sorted({last_word(key) for key in REASONS})]
    parts += [f"(metadata GLOB '*{word}\":\"*' AND ({' OR '.join(keys)}))" for word, keys in tests.items()]
    return f"metadata <> '{{}}' AND ({' OR '.join(parts)})"


def last_word(key: str) -> str:
    """Several keys share it, so that one look for it spares one for each of them."""
    return key.rsplit(" ", 1)[-1]


NAMES = "event_name LIKE '%failed%' OR event_name LIKE '%error%'"
THREW = Selection("(details IS NOT NULL AND json_array_length(details, '$.threw') > 0)", [])
"""What a worker threw is a failure whatever Chromium says of it."""
FAILED = Selection(f"((({NAMES}) OR {metadata_may_tell()}) AND failed(event_name, metadata) OR {THREW.sql})", [])


def is_failed(event_name: str, metadata: str) -> bool:
    """``failed(event_name, metadata)``: the two fields of an event that tell."""
    return (is_failed_cached if len(metadata) < SHORT else reports_failure)(event_name, metadata)


def reports_failure(event_name: str, metadata: str) -> bool:
    return bool(reported_failure(event_name, decode_metadata(metadata)))


is_failed_cached = lru_cache(maxsize=4096)(reports_failure)
"""Failures are much alike."""
