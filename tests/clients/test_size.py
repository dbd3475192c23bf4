"""The package for Playwright stays small: what a user installs is read in a quarter of an hour."""

from tests.clients.node import ROOT

SOURCES = ROOT / "clients" / "playwright" / "src"
LIMIT = 250
WIDTH = 160
COMMENT = ("//", "/*", "*")


def written() -> dict[str, list[str]]:
    """The lines of each module that is written by hand."""
    modules = {path.name: path.read_text().splitlines() for path in SOURCES.rglob("*") if path.is_file()}
    return {name: lines for name, lines in modules.items() if not lines[0].startswith("// Generated from")}


def test_the_protocol_alone_is_generated() -> None:
    assert {path.name for path in SOURCES.rglob("*") if path.is_file()} - set(written()) == {"protocol.ts"}


def test_its_code() -> None:
    """Without empty lines and comments: both help a reader."""
    lines = [line.strip() for lines in written().values() for line in lines]
    assert len([line for line in lines if line and not line.startswith(COMMENT)]) <= LIMIT


def test_its_lines_are_not_long() -> None:
    assert [
        (name, number) for name, lines in written().items() for number, line in enumerate(lines, 1) if len(line) > WIDTH
    ] == []
