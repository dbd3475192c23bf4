"""docs/platforms.md: its tables are those of the code."""

from collections.abc import Iterator

import pytest
from markdown_it import MarkdownIt

from cdp_bgservices.platforms import IMPOSSIBLE, ON_DEVICE, Ability, Platform, Refusal, state
from tests.docs.blocks import ROOT

PAGE = "docs/platforms.md"
SHOWN = (Platform.LINUX, Platform.MACOS, Platform.WINDOWS, Platform.ANDROID)


def tables(page: str) -> Iterator[list[list[str]]]:
    """The cells of each table, with its heading."""
    table: list[list[str]] = []
    cell = ""
    for token in MarkdownIt().enable("table").parse((ROOT / page).read_text()):
        if token.type == "table_open":
            table = []
        elif token.type == "tr_open":
            table.append([])
        elif token.type == "inline":
            cell = token.content
        elif token.type in ("th_close", "td_close"):
            table[-1].append(cell)
            cell = ""
        elif token.type == "table_close":
            yield table


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


def markdown(table: list[list[str]]) -> str:
    lines = [f"| {' | '.join(row)} |" for row in table]
    return "\n".join([lines[0], "|" + "---|" * len(table[0]), *lines[1:]])


@pytest.mark.parametrize(("number", "expected"), [(0, abilities()), (1, reasons())], ids=["abilities", "reasons"])
def test_the_tables_are_those_of_the_code(number: int, expected: list[list[str]]) -> None:
    assert list(tables(PAGE))[number] == expected, f"write in {PAGE}:\n{markdown(expected)}"
