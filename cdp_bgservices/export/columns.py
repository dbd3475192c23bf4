"""Text in columns: every table that is not Markdown."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate, takewhile
from unicodedata import category, east_asian_width

from cdp_bgservices.export.terminal_escape import escape_text

GAP = "  "
EMOJI = "\ufe0f"
"""Makes an emoji, two columns wide, of the narrow sign before it."""


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """One line per row, each column as wide as its longest cell. Nothing in a cell can control a terminal."""
    cells = [[escape_text(cell) for cell in row] for row in rows]
    widths = [max(map(measure, column)) for column in zip(*cells, strict=True)]
    return "".join(f"{join(row, widths)}\n" for row in cells)


def width_of(character: str) -> int:
    """The columns of a terminal that a printable character takes."""
    if east_asian_width(character) in "WF":
        return 2
    if character == EMOJI:
        return 1
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
    return pad(beginning(text, width - 1), width - 1) + "…" if width > 0 else ""


def fit_middle(text: str, width: int) -> str:
    """Exactly this wide: padded, or cut in the middle, since ids often differ only at their ends."""
    if measure(text) <= width or width < 3:
        return fit(text, width)
    end = beginning(text[::-1], width // 2)[::-1]
    return pad(beginning(text, width - 1 - measure(end)) + "…" + end, width)


def beginning(text: str, width: int) -> str:
    """As much of it as fits."""
    return text[: len(list(takewhile(lambda end: end <= width, accumulate(map(width_of, text)))))]


def wrap(text: str, width: int, most: int) -> Iterator[str]:
    """Lines of at most this width, broken at spaces where that is possible; what does not fit in ``most`` is cut."""
    for number in range(most):
        if measure(text) <= width or number == most - 1:
            yield fit(text, width).rstrip()
            return
        line = beginning(text, width + 1)
        space = line.rfind(" ")
        line = line[:space] if space > width // 2 else beginning(text, width)
        yield line.rstrip()
        text = text[len(line) :].lstrip()


def join(cells: Iterable[str], widths: Iterable[int], resize: Callable[[str, int], str] = pad) -> str:
    """One line, of cells without control characters."""
    return GAP.join(map(resize, cells, widths)).rstrip()
