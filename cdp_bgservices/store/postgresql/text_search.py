"""Text in any of an event's texts, whatever the case, as SQL: found just where a store in a file finds it.

A needle of ASCII is looked for by ``ILIKE``, which in the order "C" knows the case of ASCII letters only. Any other one
becomes a regular expression of all forms of its letters: what PostgreSQL itself takes for equal depends on its version,
and on the language it was set up for.
"""

from collections.abc import Callable

from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.store.criteria import Selection, either, encode_json
from cdp_bgservices.store.folding import equals, ligatures
from cdp_bgservices.store.postgresql.rows import escaped
from cdp_bgservices.store.postgresql.sql import one_of

NARROW = ("service", "event_name", "origin", "storage_key", "scope", "source")
"""Columns that have few different texts."""
LONGEST = 2_000
"""Characters of a regular expression: one of 30,000 takes PostgreSQL seconds before it looks at anything."""
STRUCTURE = frozenset("{}:,")
"""Characters of an object of strings in JSON that stand outside of its strings, beside the quotation mark."""
PARTS = r"""json_each_text((
    CASE WHEN position('\u00' IN metadata) > 0 THEN
        replace(replace(replace(replace(metadata, '\\', chr(1)), '\u0001', '\u0001\u0002'), '\u0000', '\u0001\u0001'),
            chr(1), '\\')
    ELSE metadata END
)::json)"""
"""The keys and values of an event's metadata, escaped like other texts."""

Test = Callable[[str, str], Selection]
"""Whether a column has a needle."""


def text_condition(text: str, distinct: dict[str, frozenset[str]] | None = None) -> Selection:
    """``distinct``: all texts of the NARROW columns, so that they are looked through once and not for every event."""
    if text.isascii():
        has: Test = like
        needle = text
    else:
        has = folds
        needle = text.casefold()
        if len(needle) > LONGEST:
            raise InvalidInputError(
                f"{len(needle)} characters beyond ASCII are too many to look for",
                f"Take {LONGEST} of them at the most.",
            )
    parts = [] if distinct is None else [*narrow_conditions(text, needle, distinct)]
    if distinct is None:
        parts += [has(column, escaped(needle)) for column in NARROW]
    return either([*parts, has("instance_id", escaped(needle)), metadata_has(needle, has)])


def narrow_conditions(text: str, needle: str, distinct: dict[str, frozenset[str]]) -> list[Selection]:
    """Of the columns that have it at all."""
    fold = str.casefold if not text.isascii() else lower
    needle = fold(needle)
    found = {column: [each for each in texts if needle in fold(each)] for column, texts in distinct.items()}
    return [one_of(column, texts) for column, texts in found.items() if texts]


def lower(text: str) -> str:
    """Of ASCII only."""
    return text.encode().lower().decode()


def pattern(needle: str) -> str:
    """For ``ILIKE``."""
    quoted = needle.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{quoted}%"


def like(column: str, needle: str) -> Selection:
    return Selection(f"{column} ILIKE %s", [pattern(needle)])


def folds(column: str, needle: str) -> Selection:
    """The needle is folded. What is folded to several characters is written out, where it may be part of the needle."""
    several = {fold: chars for fold, chars in ligatures().items() if is_relevant(fold, needle)}
    expression = "".join(map(letter, needle))
    plain = Selection(f"{column} ~ %s", [expression])
    if not several:
        return plain
    written, values = column, []
    for fold, chars in several.items():
        for char in chars:
            written = f"replace({written}, %s, %s)"
            values += [char, fold]
    # The innermost of them has its values first.
    any_of = f"[{''.join(several.values())}]"
    sql = f"({plain.sql} OR {column} ~ %s AND {written} ~ %s)"
    return Selection(sql, [expression, any_of, *values, expression])


def is_relevant(fold: str, needle: str) -> bool:
    """Whether a text that is folded to this may be in what the needle is found in, or at one end of it."""
    inside = range(1, len(fold))
    return (
        fold in needle
        or needle in fold
        or any(needle.startswith(fold[place:]) or needle.endswith(fold[:place]) for place in inside)
    )


def letter(char: str) -> str:
    """As a regular expression, in all its forms."""
    if len(forms := equals(char)) > 1:
        return f"[{forms}]"
    return char if char.isalnum() or not char.isascii() or char < " " else f"\\{char}"


def metadata_has(needle: str, has: Test) -> Selection:
    """In a key or a value. First the JSON text, which is quick, then its parts, since punctuation and escapes are no
    metadata; but where the text cannot be either of those, the parts need not be looked at.
    """
    in_json = encode_json(needle).decode()[1:-1]
    key, value = (has(f'part.{name} COLLATE "C"', escaped(needle)) for name in ("key", "value"))
    parts = Selection(
        f"EXISTS (SELECT FROM {PARTS} AS part WHERE {key.sql} OR {value.sql})", [*key.values, *value.values]
    )
    text = has("metadata", in_json)
    if in_json != needle or STRUCTURE.issuperset(needle):
        return Selection(f"({text.sql} AND {parts.sql})", [*text.values, *parts.values])
    # It stands within a string, and is part of an escape only where a backslash is right before it, or \u00.
    escape = has("metadata", f"\\{needle}")
    return Selection(
        rf"({text.sql} AND (NOT {escape.sql} AND position('\u00' IN metadata) = 0 OR {parts.sql}))",
        [*text.values, *escape.values, *parts.values],
    )
