"""The numbers of runs as text and as data: a row for each service and tag."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from cdp_bgservices.export.columns import GAP, fit_middle, join, measure, pad
from cdp_bgservices.export.styles import BOLD, FAILURE, Paint, plain
from cdp_bgservices.export.terminal_escape import escape_text
from cdp_bgservices.export.ticks import format_span
from cdp_bgservices.vocabulary.services import SERVICES

TITLES = ("SERVICE", "INSTANCE", "RUNS", "FAILED", "RETRIES", "MEDIAN", "P95")
INSTANCE, FAILED = TITLES.index("INSTANCE"), TITLES.index("FAILED")
LEAST = 8
"""Columns of an instance's id."""

Values = Mapping[str, Any]
"""A row of ``stories.numbers.Measuring``."""


def runs_table(rows: Sequence[Values], width: int | None = None, paint: Paint = plain) -> str:
    """``width`` is that of a terminal: only an instance's id is cut, in its middle."""
    cells = [[escape_text(cell) for cell in cells_of(row)] for row in rows]
    lines = [list(TITLES), *cells]
    widths = [max(map(measure, column)) for column in zip(*lines, strict=True)]
    if width is not None:
        others = sum(widths) - widths[INSTANCE] + len(GAP) * (len(TITLES) - 1)
        widths[INSTANCE] = max(LEAST, min(widths[INSTANCE], width - others))
    text = paint(line_of(TITLES, widths), BOLD) + "\n"
    for row, line in zip(rows, cells, strict=True):
        shown = line_of(line, widths)
        text += f"{paint(shown, FAILURE) if row['failed'] else shown}\n"
    return text


def cells_of(row: Values) -> tuple[str, ...]:
    service = row["service"]
    return (
        SERVICES[service].short if service in SERVICES else service,
        f"{row['ids']:,} ids" if row["instance"] is None else row["instance"] or "no id",
        f"{row['runs']:,}",
        f"✕ {row['failed']:,}" if row["failed"] else "0",
        f"{row['retries']:,}",
        *(length(row[name]) for name in ("median", "p95")),
    )


def length(microseconds: int | None) -> str:
    return "-" if microseconds is None else format_span(timedelta(microseconds=microseconds))


def line_of(cells: Sequence[str], widths: Sequence[int]) -> str:
    """Numbers end in the same column."""
    placed = [
        fit_middle(cell, width) if place == INSTANCE else pad(cell, width) if place < INSTANCE else ahead(cell, width)
        for place, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return join(placed, widths)


def ahead(text: str, width: int) -> str:
    return " " * (width - measure(text)) + text


def runs_values(row: Values) -> dict[str, Any]:
    """For JSON: lengths are in seconds."""
    names = ("service", "instance", "ids", "runs", "failed", "succeeded", "ended", "open", "retries")
    lengths = {f"{name}_seconds": None if row[name] is None else row[name] / 1_000_000 for name in ("median", "p95")}
    return {**{name: row[name] for name in names}, **lengths}
