"""Text in any of an event's texts, whatever the case, as SQL.

SQLite knows the case of ASCII letters only, Python (slower) that of all. So a needle of ASCII is looked for by ``LIKE``
(which stops at a NUL), any other by Python, in what has one of its letters.
"""

from cdp_bgservices.store.criteria import Selection, either
from cdp_bgservices.store.folding import forms
from cdp_bgservices.store.sqlite.rows import encode_json

IN_KINDS = ("service", "event_name", "origin", "storage_key", "scope", "source")
"""Columns that are looked through once for each kind of event, not for every event."""
LONGEST = 5_000
"""Characters for ``LIKE``, which takes 50,000 bytes: one may become seven, as ``\\\\u0001``."""
STRUCTURE = frozenset("{}:,")
"""Characters of an object of strings in JSON that stand outside of its strings, beside the quotation mark."""


def text_condition(text: str) -> Selection:
    needle = text.lower() if text.isascii() else text.casefold()
    quick = text.isascii() and len(text) <= LONGEST and "\0" not in text
    column_has = like if quick else holds if text.isascii() else folds
    kinds, values = either(column_has(column, needle) for column in IN_KINDS)
    return either(
        [
            Selection(f"+kind IN (SELECT id FROM kinds WHERE {kinds})", values),
            column_has("instance_id", needle),
            metadata_has(needle, quick) if text.isascii() else metadata_folds(needle),
        ]
    )


def pattern(needle: str) -> str:
    """For ``LIKE … ESCAPE '\\'``."""
    escaped = needle.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def like(column: str, needle: str) -> Selection:
    sql = f"({column} LIKE ? ESCAPE '\\' OR instr({column}, char(0)) AND instr(lower({column}), ?))"
    return Selection(sql, [pattern(needle), needle])


def holds(column: str, needle: str) -> Selection:
    return Selection(f"instr(lower({column}), ?)", [needle])


def folds(column: str, needle: str) -> Selection:
    maybe = has_letter(column, needle)
    return Selection(f"({maybe.sql} AND instr(casefold({column}), ?))", [*maybe.values, needle])


def metadata_has(needle: str, quick: bool) -> Selection:
    """In a key or a value. First the JSON text, which is quick, then its parts, since punctuation and escapes are no
    metadata; but where the text cannot be either of those, the parts need not be looked at.
    """
    escaped = encode_json(needle).decode()[1:-1]
    parts = Selection(
        "EXISTS (SELECT 1 FROM json_each(metadata) WHERE instr(lower(key), ?) OR instr(lower(value), ?))",
        [needle, needle],
    )
    if not quick:
        return Selection(f"(instr(lower(metadata), ?) AND {parts.sql})", [escaped, *parts.values])
    if escaped != needle or STRUCTURE.issuperset(needle):
        return Selection(f"(metadata LIKE ? ESCAPE '\\' AND {parts.sql})", [pattern(escaped), *parts.values])
    # It stands within a string, and is part of an escape only where a backslash is right before it, or \u00.
    plain = "metadata NOT LIKE ? ESCAPE '\\' AND NOT instr(metadata, '\\u00')"
    return Selection(
        f"(metadata LIKE ? ESCAPE '\\' AND ({plain} OR {parts.sql}))",
        [pattern(needle), pattern(f"\\{needle}"), *parts.values],
    )


def metadata_folds(needle: str) -> Selection:
    maybe = has_letter("metadata", needle)
    return Selection(
        f"({maybe.sql} AND instr(casefold(metadata), ?) AND EXISTS (SELECT 1 FROM json_each(metadata) "
        "WHERE instr(casefold(key), ?) OR instr(casefold(value), ?)))",
        [*maybe.values, encode_json(needle).decode()[1:-1], needle, needle],
    )


def has_letter(column: str, needle: str) -> Selection:
    """Whether a text has one letter of the needle, in any of its forms: true of whatever has the needle."""
    if len(needle) > LONGEST:
        return Selection("TRUE", [])
    letter = min((char for char in needle if not char.isascii()), key=lambda char: len(forms(char)), default=None)
    if letter is None:  # As that of ß, which is folded to ss.
        return either([like(column, needle), Selection(is_foreign(column), [])])
    return either(Selection(f"instr({column}, ?)", [form]) for form in forms(letter))


def is_foreign(column: str) -> str:
    """Whether there is anything in it that is not ASCII; also true of what has a NUL, which ends what is counted."""
    return f"length({column}) <> length(CAST({column} AS BLOB))"
