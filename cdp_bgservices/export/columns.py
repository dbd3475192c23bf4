"""Text in columns: every table that is not Markdown."""

from collections.abc import Callable, Iterable, Sequence

from cdp_bgservices.export.terminal_escape import harmless

GAP = "  "


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """One line per row, each column as wide as its longest cell. Nothing in a cell can control a terminal."""
    cells = [[harmless(cell) for cell in row] for row in rows]
    widths = [max(map(measure, column)) for column in zip(*cells, strict=True)]
    return "".join(f"{join(row, widths)}\n" for row in cells)


def measure(text: str) -> int:
    """The columns of a terminal that the text takes: some characters take two, some none."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len  # Takes 20 ms to import.

    return cell_len(text)


def pad(text: str, width: int) -> str:
    return text.ljust(width) if text.isascii() else text + " " * (width - measure(text))


def fit(text: str, width: int) -> str:
    """Exactly this wide: padded, or cut with an ellipsis."""
    if measure(text) <= width:
        return pad(text, width)
    from rich.cells import set_cell_size

    return set_cell_size(text, width - 1) + "…" if width > 0 else ""


def join(cells: Iterable[str], widths: Iterable[int], resize: Callable[[str, int], str] = pad) -> str:
    """One line, of cells without control characters."""
    return GAP.join(map(resize, cells, widths)).rstrip()
