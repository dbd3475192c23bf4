"""A rules file: TOML, checked from end to end before anything is judged."""

import re
import tomllib
from pathlib import Path
from typing import Any

import msgspec

from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.rules.rule import Rule
from cdp_bgservices.rules.table import RuleTable, make_rule

RECOMMENDED = Path(__file__).with_name("recommended.toml")
"""What ``recommended`` stands for: rules that a healthy web app meets."""
AN_EXAMPLE = "Each rule begins with a line [[rule]]; `cdp-bgservices check --show-recommended` prints an example."


def load_rules(location: str) -> list[Rule]:
    """Those of a file, or ``recommended``. Raises InvalidInputError if it cannot be read or understood."""
    path = RECOMMENDED if location == "recommended" else Path(location)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise InvalidInputError(
            f"The rules {location} cannot be read ({reason})",
            "Name a TOML file, or recommended, which is built in.",
        ) from error
    return parse_rules(text, location)


def parse_rules(text: str, origin: str = "rules") -> list[Rule]:
    """``origin`` is what errors call it. Raises InvalidInputError."""
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise InvalidInputError(f"{origin} is not valid TOML: {error}", AN_EXAMPLE) from error
    tables = document.pop("rule", [])
    for field in document:
        raise InvalidInputError(f"{origin}: {field!r} is not a field of a rules file", AN_EXAMPLE)
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise InvalidInputError(f"{origin}: rule is not a list of tables", AN_EXAMPLE)
    if not tables:
        raise InvalidInputError(f"{origin} has no rule", AN_EXAMPLE)
    return [parse_rule(table, f"{origin}: rule {number}") for number, table in enumerate(tables, 1)]


def parse_rule(table: dict[str, Any], place: str) -> Rule:
    """Raises InvalidInputError, which says which rule and which field."""
    if isinstance(name := table.get("name"), str) and name:
        place += f" ({name})"
    try:
        return make_rule(msgspec.convert(table, RuleTable))
    except msgspec.ValidationError as error:
        message, remedy = explain(str(error))
        raise InvalidInputError(f"{place}: {message}", remedy) from error
    except InvalidInputError as error:
        raise InvalidInputError(f"{place}: {error}", error.remedy) from error


EVENT = 'Write "SERVICE:EVENT_NAME", or { event = "SERVICE:EVENT_NAME", where = { … } }.'
METADATA = 'Metadata is text; several values are alternatives: { Status = ["failed", "timeout"] }.'
REMEDIES = {
    **dict.fromkeys(("never", "expect", "after", "then", "order"), EVENT),
    **dict.fromkeys(("where", "where_not"), METADATA),
    "within": 'Write a duration in quotes: "250ms", "1.5s", "90s", "10m", "2h", "3d".',
    "same": 'Write "instance", "registration" or "origin".',
}
TYPES = {
    "str": "text",
    "array": "a list",
    "object": "a table",
    "int": "a whole number",
    "float": "a fraction",
    "bool": "true or false",
}
KIND = re.compile("`([a-z]+(?: \\| [a-z]+)*)`")


def explain(message: str) -> tuple[str, str]:
    """msgspec's error in TOML's words, and what to do."""
    what, _, place = message.partition(" - at ")
    fields = [field for field in re.sub(r"\[.*?\]", "", place.strip("`$")).split(".") if field]
    if what.startswith("Expected"):
        what = KIND.sub(
            lambda match: " or ".join(TYPES.get(kind, kind) for kind in match[1].split(" | ") if kind != "null"), what
        )
    what = what[0].lower() + what[1:].replace("`", "'")
    remedy = REMEDIES.get(fields[-1]) if fields else None
    known = f"A rule's fields are {', '.join(RuleTable.__struct_fields__)}."
    return ": ".join([*fields, what]), remedy or ("" if fields else known)
