"""Verdicts as text: a line each, and the events that speak against one below it."""

from collections import Counter
from collections.abc import Iterator, Sequence

import msgspec

from cdp_bgservices.export.table import BOLD, RESET, TableFormat
from cdp_bgservices.export.terminal_escape import escape_text, to_json
from cdp_bgservices.rules import Outcome, Verdict

INDENT = " " * (2 + max(map(len, Outcome)))
"""Behind the longest outcome."""
FEW = 5
"""Events that are shown of one verdict."""
COLOURS = {
    Outcome.PASSED: "\x1b[32m",
    Outcome.FAILED: "\x1b[31m",
    Outcome.UNDECIDED: "\x1b[33m",
    Outcome.NOT_APPLICABLE: "\x1b[36m",
}


def verdicts_text(verdicts: Sequence[Verdict], width: int | None = None) -> str:
    """``width`` is that of a terminal, which gets colours, and lines that fit."""
    return "".join(line + "\n" for verdict in verdicts for line in verdict_lines(verdict, width))


def verdict_lines(verdict: Verdict, width: int | None) -> Iterator[str]:
    outcome = f"{verdict.outcome:<{len(INDENT)}}"
    if width is not None:
        outcome = f"{BOLD}{COLOURS[verdict.outcome]}{outcome}{RESET}"
    is_short = verdict.outcome in (Outcome.PASSED, Outcome.NOT_APPLICABLE)
    message = escape_text(verdict.message)
    yield outcome + escape_text(verdict.rule) + (f" ({message})" if message and is_short else "")
    if is_short:
        return
    if message:
        yield INDENT + message
    table = TableFormat(None if width is None else width - len(INDENT))
    for event in verdict.events[:FEW]:
        yield INDENT + table.row(event).removesuffix("\n")
    if len(verdict.events) > FEW:
        yield INDENT + "…"


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
