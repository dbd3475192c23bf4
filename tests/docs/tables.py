"""Tables of the documents: read, and written for those that are compared with the code."""

from collections.abc import Iterator

from markdown_it import MarkdownIt

from tests.docs.blocks import ROOT


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


def markdown(table: list[list[str]]) -> str:
    lines = [f"| {' | '.join(row)} |" for row in table]
    return "\n".join([lines[0], "|" + "---|" * len(table[0]), *lines[1:]])
