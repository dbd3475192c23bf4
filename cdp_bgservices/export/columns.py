"""Text in columns: every table that is not Markdown."""

from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate, takewhile
from unicodedata import category, east_asian_width

from cdp_bgservices.export.terminal_escape import escape_text

GAP = "  "


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """One line per row, each column as wide as its longest cell. Nothing in a cell can control a terminal."""
    cells = [[escape_text(cell) for cell in row] for row in rows]
    widths = [max(map(measure, column)) for column in zip(*cells, strict=True)]
    return "".join(f"{join(row, widths)}\n" for row in cells)


def width_of(character: str) -> int:
    """The columns of a terminal that a printable character takes."""
    if east_asian_width(character) in "WF":
        return 2
    return 0 if category(character) in ("Mn", "Me") else 1  # Accents are drawn over the character before them.


def measure(text: str) -> int:
    return len(text) if text.isascii() else sum(map(width_of, text))


def pad(text: str, width: int) -> str:
    """At least this wide."""
    return text.ljust(width) if text.isascii() else text + " " * (width - measure(text))


def fit(text: str, width: int) -> str:
    """Exactly this wide: padded, or cut with an ellipsis."""
    if measure(text) <= width:
        return pad(text, width)
    kept = takewhile(lambda end: end < width, accumulate(map(width_of, text)))
    return pad(text[: len(list(kept))], width - 1) + "…" if width > 0 else ""


def join(cells: Iterable[str], widths: Iterable[int], resize: Callable[[str, int], str] = pad) -> str:
    """One line, of cells without control characters."""
    return GAP.join(map(resize, cells, widths)).rstrip()
