"""docs/platforms.md: its tables are those of the code."""

import pytest

from cdp_bgservices.platforms import IMPOSSIBLE, ON_DEVICE, Ability, Platform, Refusal, state
from tests.docs.tables import markdown, tables

PAGE = "docs/platforms.md"
SHOWN = (Platform.LINUX, Platform.MACOS, Platform.WINDOWS, Platform.ANDROID)


def abilities() -> list[list[str]]:
    rows = [[str(ability), *(str(state(ability, platform)) for platform in SHOWN)] for ability in Ability]
    return [["", *map(str, SHOWN)], *rows]


def reasons() -> list[list[str]]:
    """A row for each reason: what is not possible, and on which of the systems that are shown."""
    found: dict[Refusal, tuple[list[str], list[str]]] = {}
    for ability in Ability:
        for platform in SHOWN:
            refusals = (
                ON_DEVICE if platform is Platform.ANDROID else {ability: IMPOSSIBLE.get(ability, {}).get(platform)}
            )
            if (refusal := refusals.get(ability)) is not None:
                names, systems = found.setdefault(refusal, ([], []))
                names += [] if ability in names else [ability]
                systems += [] if platform in systems else [platform]
    rows = [[", ".join(names), ", ".join(systems), *refusal] for refusal, (names, systems) in found.items()]
    return [["what", "where", "why not", "instead"], *rows]


@pytest.mark.parametrize(("number", "expected"), [(0, abilities()), (1, reasons())], ids=["abilities", "reasons"])
def test_the_tables_are_those_of_the_code(number: int, expected: list[list[str]]) -> None:
    assert list(tables(PAGE))[number] == expected, f"write in {PAGE}:\n{markdown(expected)}"
