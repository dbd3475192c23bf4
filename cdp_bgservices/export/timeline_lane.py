"""One lane of the timeline's picture: what its instance is called, its phases as bars, its events as marks, and at the
right how it stands."""

from datetime import datetime
from xml.etree.ElementTree import Element, SubElement

from cdp_bgservices.events import EPOCH, MICROSECOND
from cdp_bgservices.export.lanes import clusters, worst
from cdp_bgservices.export.one_line import excerpt, one_line, shorten
from cdp_bgservices.export.ticks import Scale, format_span
from cdp_bgservices.failures import Kind
from cdp_bgservices.stories import Lane, Mark, Span, State
from cdp_bgservices.vocabulary.services import SERVICES, title_of

WIDTH, GUTTER, STANDING, MARGIN = 1000, 232, 250, 24
"""Pixels: of the picture, of the labels on its left, of what is said on its right, and at its sides."""
RIGHT = WIDTH - STANDING
"""Where the axis ends."""
LANE_HEIGHT, ROW_HEIGHT, MOST_ROWS = 24, 14, 4
LABEL_LENGTH, LETTER, NARROW = 30, 5.9, 5.6
"""Characters of an instance id that a label shows; and the width of one on a bar and on the right, roughly."""
MARK, SHARED_MARK = 5.0, 8.0
"""Radius of one event's mark, and of several events' one."""
MOST_LISTED, LISTED_LENGTH = 5, 160
"""Events that a mark's tooltip lists, and characters of each."""
MOST_REASONS = 3
"""Of a lane, which are said together."""
SIGNS = {State.FAILED: "✕ ", State.SUCCEEDED: "✓ "}
"""Before what is said of a lane."""


def height_of(lane: Lane) -> int:
    """Higher if phases run side by side: each has room for its name."""
    rows = rows_of(lane)
    return LANE_HEIGHT if rows == 1 else ROW_HEIGHT * rows + 8


def rows_of(lane: Lane) -> int:
    return min(1 + max((span.row for span in lane.spans), default=0), MOST_ROWS)


def draw_lane(svg: Element, lane: Lane, scale: Scale, y: float) -> None:
    """``y``: of its middle."""
    marks = list(clusters(lane.marks, scale, apart=2 * SHARED_MARK))
    group = SubElement(svg, "g", {"class": service_class(lane.head.service)})
    line = {"y1": f"{y:g}", "y2": f"{y:g}"}
    SubElement(group, "line", {"class": "lane", "x1": str(GUTTER), "x2": str(RIGHT), **line})
    if not lane.spans:  # No name of a phase stands on the line.
        SubElement(group, "line", {"class": "life", "x1": f"{marks[0][0]:.1f}", "x2": f"{marks[-1][0]:.1f}", **line})
    for span in lane.spans:
        draw_span(group, span, scale, y, rows_of(lane))
    for x, cluster in marks:
        mark = draw_mark(group, worst(cluster), x, y, len(cluster))
        SubElement(mark, "title").text = tooltip(cluster, scale.first)
    draw_standing(svg, lane, y)


def draw_span(group: Element, span: Span, scale: Scale, y: float, rows: int) -> None:
    begin, end = x_of(span.begin, scale), RIGHT if span.end is None else x_of(span.end, scale)
    height = 14 if rows == 1 else ROW_HEIGHT - 2
    top = y - height / 2 if rows == 1 else y - ROW_HEIGHT * rows / 2 + ROW_HEIGHT * min(span.row, rows - 1) + 1
    width = max(end - begin, 1.5)
    bar = SubElement(group, "rect", {"class": f"span {class_of(span.state)}"}, x=f"{begin:.1f}", y=f"{top:g}")
    bar.attrib |= {"width": f"{width:.1f}", "height": str(height)}
    SubElement(bar, "title").text = f"{excerpt(span.name)}: {span.state}"
    letters = int((width - 18) / LETTER)
    if letters >= 4:
        kind = "name" if span.state not in (State.SUCCEEDED, State.FAILED) else "name strong"
        add_text(group, kind, round(begin + 10, 1), top + height - 3.5, excerpt(span.name, letters))


def draw_standing(svg: Element, lane: Lane, y: float) -> None:
    """It has a place of its own, where no line and no mark is: an image on a page has no tooltips."""
    reason = ": ".join(reasons(lane))
    said = reason if lane.state is State.FAILED and reason else lane.said or str(lane.state)
    if reason and lane.state is State.WAITING:
        said = f"waiting for retry: {reason}"
    kind = "reason" if reason and lane.state in (State.FAILED, State.WAITING) else "standing"
    text = SIGNS.get(lane.state, "") + excerpt(said, int((STANDING - MARGIN - 8) / NARROW))
    element = add_text(svg, kind, RIGHT + 12, y + 4, text)
    SubElement(element, "title").text = excerpt(f"{lane.state}: {lane.said}" + (f": {reason}" if reason else ""), 500)


def reasons(lane: Lane) -> list[str]:
    """Why its last run failed, the last reason first, each once; without those that another one says, too."""
    begin = max((run.begin for run in lane.runs if run.service == lane.head.service), default=lane.begin)
    failures = [mark.failure for mark in reversed(lane.marks) if mark.failure and mark.at >= begin]
    found = [one for one in dict.fromkeys(failures) if not any(one in other for other in failures if other != one)]
    return found[:MOST_REASONS]


def add_label(labels: Element, lane: Lane, where: str, context: str, y: float) -> None:
    """``where``: its origin, if the lanes of its service have several."""
    kind = "label" if lane.marks[0].event.instance_id else "label none"
    kind += " bad" if lane.state is State.FAILED else ""
    label = add_text(labels, kind, MARGIN + 10, y + 4, excerpt(lane.head.label, LABEL_LENGTH))
    for text in filter(None, (context, where)):
        SubElement(label, "tspan", {"class": "context"}).text = f" · {excerpt(text, LABEL_LENGTH)}"
    title = f"{title_of(excerpt(lane.head.service))} of {excerpt(lane.head.origin)}\n{excerpt(lane.head.label)}"
    SubElement(label, "title").text = title + (f"\nin {excerpt(context)}" if context else "")


def draw_mark(svg: Element, kind: Kind, x: float, y: float, events: int) -> Element:
    """A ring, a disc, a square; a failure also has a shape of its own, for readers who cannot tell red from green."""
    where = f"translate({x:.1f} {y:g})"
    mark = SubElement(svg, "g", {"class": f"mark {class_of(kind)}", "transform": where})
    radius = SHARED_MARK if events > 1 else MARK
    if kind is Kind.FAILED:
        SubElement(mark, "path", d=f"M0 {-radius - 2}L{radius + 2} 0L0 {radius + 2}L{-radius - 2} 0Z")
        if events == 1:
            SubElement(mark, "path", {"class": "cross"}, d="M-2 -2L2 2M2 -2L-2 2")
    elif kind is Kind.ENDED:
        side = radius - 1
        SubElement(mark, "rect", x=str(-side), y=str(-side), width=str(2 * side), height=str(2 * side))
    else:
        SubElement(mark, "circle", r=str(radius))
    if events > 1:
        add_text(mark, "number", 0, 3.5, str(events) if events < 100 else "99+")
    return mark


def tooltip(cluster: list[Mark], first: datetime) -> str:
    """A line for each of the first few, failures before others."""
    chosen = sorted(cluster, key=lambda mark: mark.kind is not Kind.FAILED)[:MOST_LISTED]
    lines = [
        f"+{format_span(mark.event.timestamp - first)}  {shorten(one_line(mark.event), LISTED_LENGTH)}"
        for mark in sorted(chosen, key=lambda mark: mark.at)
    ]
    if len(cluster) > len(chosen):
        lines.append(f"and {len(cluster) - len(chosen)} more")
    return "\n".join(lines)


def x_of(moment: int, scale: Scale) -> float:
    """Not beyond the ends of the axis."""
    return min(max(scale.x(EPOCH + MICROSECOND * moment), GUTTER), RIGHT)


def service_class(service: str) -> str:
    """Which gives its colour; of an unknown service none of its own."""
    return f"of {service}" if service in SERVICES else "of"


def class_of(state: State | Kind) -> str:
    """``going on`` as ``going-on``."""
    return state.value.replace(" ", "-")


def add_text(parent: Element, kind: str, x: float, y: float, text: str) -> Element:
    element = SubElement(parent, "text", {"class": kind}, x=str(x), y=str(y))
    element.text = text
    return element
