"""Verdicts as text: a line each, and the events that speak against one below it."""

from collections import Counter
from collections.abc import Iterator, Sequence

import msgspec

from cdp_bgservices.export.columns import wrap
from cdp_bgservices.export.styles import FAILURE, NOT_APPLICABLE, PASSED, UNDECIDED, Paint, plain
from cdp_bgservices.export.table import TableFormat
from cdp_bgservices.export.terminal_escape import escape_text, to_json
from cdp_bgservices.export.terminal_table import TerminalTable
from cdp_bgservices.rules import Outcome, Verdict

INDENT = " " * (2 + max(map(len, Outcome)))
"""Behind the longest outcome."""
FEW = 5
"""Events that are shown of one verdict."""
STYLES = {
    Outcome.PASSED: PASSED,
    Outcome.FAILED: FAILURE,
    Outcome.UNDECIDED: UNDECIDED,
    Outcome.NOT_APPLICABLE: NOT_APPLICABLE,
}
MOST_LINES = 20
"""Of a message, on a terminal."""


def verdicts_text(verdicts: Sequence[Verdict], width: int | None = None, paint: Paint = plain) -> str:
    """``width`` is that of a terminal, which gets lines that fit."""
    return "".join(line + "\n" for verdict in verdicts for line in verdict_lines(verdict, width, paint))


def verdict_lines(verdict: Verdict, width: int | None, paint: Paint) -> Iterator[str]:
    is_short = verdict.outcome in (Outcome.PASSED, Outcome.NOT_APPLICABLE)
    message = escape_text(verdict.message)
    first, *more = fitted(escape_text(verdict.rule) + (f" ({message})" if message and is_short else ""), width)
    yield paint(f"{verdict.outcome:<{len(INDENT)}}", STYLES[verdict.outcome]) + first
    yield from (INDENT + line for line in more)
    if is_short:
        return
    if message:
        yield from (INDENT + line for line in fitted(message, width))
    shown = verdict.events[:FEW]
    if width is None:
        yield from (INDENT + line for line in TableFormat().rows(shown).splitlines())
    else:
        table = TerminalTable(width - 2, paint=paint, folds=False)
        yield from ("  " + line for line in table.rows(shown).splitlines())
    if len(verdict.events) > FEW:
        yield INDENT + "…"


def fitted(text: str, width: int | None) -> list[str]:
    return [text] if width is None else [*wrap(text, max(1, width - len(INDENT)), MOST_LINES)]


def verdicts_json(verdicts: Sequence[Verdict]) -> str:
    """An array with an object a verdict, whose events are ids."""
    objects = [
        {**msgspec.structs.asdict(verdict), "events": [event.id for event in verdict.events]} for verdict in verdicts
    ]
    return to_json(objects)


def summary(verdicts: Sequence[Verdict]) -> str:
    """How many of each outcome, in one line."""
    counts = Counter(verdict.outcome for verdict in verdicts)
    return ", ".join(f"{counts[outcome]} {outcome}" for outcome in Outcome)
