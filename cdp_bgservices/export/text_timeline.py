"""The timeline in letters, a line for each service: for pages that show no picture."""

from collections.abc import Collection
from itertools import groupby

from cdp_bgservices.events import Event
from cdp_bgservices.export.one_line import brief
from cdp_bgservices.export.ticks import format_span, make_scale
from cdp_bgservices.failures import Kind, kind_of

COLUMNS, LABEL = 60, 24
MOST_SERVICES = 12
LETTERS = {Kind.FAILED: "✕", Kind.SUCCEEDED: "●", Kind.GOING_ON: "·"}


def strip_text(events: Collection[Event]) -> str:
    """``backgroundSync  ···●·····✕``: of several events in one column the worst is shown."""
    scale = make_scale([event.timestamp for event in events], 0, COLUMNS - 1, inset=0)
    lines = []
    ordered = sorted(events, key=lambda event: event.service)
    for service, of_service in groupby(ordered, key=lambda event: event.service):
        columns = [" "] * COLUMNS
        for event in sorted(of_service, key=lambda event: list(LETTERS).index(kind_of(event)), reverse=True):
            columns[round(scale.x(event.timestamp))] = LETTERS[kind_of(event)]
        lines.append(f"{brief(service, LABEL - 1):<{LABEL}}{''.join(columns)}".rstrip())
    if len(lines) > MOST_SERVICES:
        lines = [*lines[:MOST_SERVICES], f"and {len(lines) - MOST_SERVICES} more services"]
    end = format_span(scale.span)
    lines.append(f"{'':<{LABEL}}0{end:>{COLUMNS - 1}}")
    lines.append(f"{'':<{LABEL}}" + "   ".join(f"{letter} {kind}" for kind, letter in LETTERS.items()))
    return "\n".join(lines) + "\n"
