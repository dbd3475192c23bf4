"""Text in columns: every table that is not Markdown."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate, count, takewhile
from unicodedata import category, east_asian_width

from cdp_bgservices.export.terminal_escape import escape_text

GAP = "  "
LEAST = 20
"""Columns of a terminal in which wrapped text can still be read."""
EMOJI = "\ufe0f"
"""Makes an emoji, two columns wide, of the narrow sign before it."""


def fields(rows: Sequence[Sequence[str]], width: int | None = None, *, breaks: bool = True) -> str:
    """As ``aligned``; on a terminal of this width the last column is wrapped within itself. Without ``breaks``, a long
    word in it stays whole."""
    cells = [[escape_text(cell) for cell in row] for row in rows]
    if width is None or not cells:
        return aligned(cells)
    widths = [max(map(measure, column)) for column in zip(*cells, strict=True)][:-1]
    indent = sum(widths) + len(GAP) * len(widths)
    if width - indent < LEAST:  # Its own line is then the better place.
        lines = [line for *first, last in cells for line in (*wrap(join(first, widths), width), *wrap(last, width))]
        return "".join(f"{line}\n" for line in lines if line)
    lines = []
    for *first, last in cells:
        begin, *more = wrap(last, width - indent, breaks=breaks)
        lines += [join([*first, begin], [*widths, 0]), *(" " * indent + line for line in more)]
    return "".join(f"{line}\n" for line in lines)


def table(rows: Sequence[Sequence[str]], width: int | None = None) -> str:
    """As ``aligned``, if that fits a terminal of this width; otherwise a cell a line, with its title from the first
    row, and an empty line between two rows.
    """
    text = aligned(rows)
    if width is None or max(map(measure, text.splitlines()), default=0) <= width:
        return text
    titles, *others = rows
    return "\n".join(
        fields([(title.lower(), cell) for title, cell in zip(titles, row, strict=True) if cell], width)
        for row in others
    )


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


def wrap(text: str, width: int, most: int | None = None, *, breaks: bool = True) -> Iterator[str]:
    """Lines of at most this width, broken at spaces where that is possible; what does not fit in ``most`` is cut.

    Without ``breaks``, a longer word stays whole: an address can then be copied.
    """
    for number in count(1):
        if measure(text) <= width or number == most:
            yield fit(text, width).rstrip()
            return
        line = beginning(text, width)
        space = len(line) if text[len(line)] == " " else line.rfind(" ")
        if not breaks and not line[: max(0, space)].strip():
            space = text.find(" ", len(line) - 1)
            line = text if space < 0 else text[:space]
        elif space > (width // 2 if breaks else 0):
            line = line[:space]
        yield line.rstrip()
        text = text[len(line) :].lstrip()
        if not text:
            return


def join(cells: Iterable[str], widths: Iterable[int], resize: Callable[[str, int], str] = pad) -> str:
    """One line, of cells without control characters."""
    return GAP.join(map(resize, cells, widths)).rstrip()
