"""The timeline as text, a line for each instance: for pages that show no picture."""

from collections.abc import Iterable
from itertools import groupby

from cdp_bgservices.events import Event
from cdp_bgservices.export.documents import NOTHING, About
from cdp_bgservices.export.lanes import Lanes, worst
from cdp_bgservices.export.one_line import excerpt
from cdp_bgservices.export.ticks import format_span, make_scale
from cdp_bgservices.failures import Kind
from cdp_bgservices.stories import State
from cdp_bgservices.vocabulary.services import title_of

COLUMNS, LABEL, SAID = 60, 24, 60
MOST_LANES = 30
SIGNS = {Kind.FAILED: "✕", Kind.SUCCEEDED: "●", Kind.ENDED: "▪", Kind.GOING_ON: "·"}


SIGNS_OF = {State.FAILED: "✕ ", State.SUCCEEDED: "✓ "}
"""Before what is said of a lane."""


def text_timeline(events: Iterable[Event], about: About = NOTHING) -> str:
    """Below the title of each service ``  outbox  ·  ●     ✕  failed after 3 attempts``: of several events in one
    column the worst is shown."""
    lanes = Lanes(events, MOST_LANES, about)
    scale = make_scale([mark.event.timestamp for mark in lanes.marks], 0, COLUMNS - 1, inset=0)
    lines = []
    for service, of_service in lanes.by_service():
        lines.append(excerpt(title_of(service), LABEL))
        for lane in of_service:
            columns = [" "] * COLUMNS
            for column, together in groupby(lane.marks, lambda mark: round(scale.x(mark.event.timestamp))):
                columns[column] = SIGNS[worst(together)]
            said = SIGNS_OF.get(lane.state, "") + excerpt(lane.said or lane.state, SAID)
            where = " · ".join(filter(None, (said, lanes.context_of(lane), lanes.origin_of(lane))))
            lines.append(f"  {excerpt(lane.head.label, LABEL - 3):<{LABEL - 2}}{''.join(columns)}  {where}")
    lines += [lanes.rest()] if lanes.hidden else []
    end = format_span(scale.span)
    lines.append(f"{'':<{LABEL}}0{end:>{COLUMNS - 1}}")
    lines.append(f"{'':<{LABEL}}" + "   ".join(f"{sign} {kind}" for kind, sign in SIGNS.items()))
    return "\n".join(lines) + "\n"
