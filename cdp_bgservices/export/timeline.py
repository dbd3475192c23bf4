"""The timeline as a picture: SVG, a lane for each instance, grouped by service, as in the viewer.

The size of the picture is bounded: lanes beyond MOST_LANES are counted, and events that would lie on one another
share a mark.
"""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from cdp_bgservices.events import Event
from cdp_bgservices.export.documents import NOTHING, About
from cdp_bgservices.export.lanes import Lanes, clusters, count, worst
from cdp_bgservices.export.one_line import excerpt, one_line, shorten
from cdp_bgservices.export.ticks import Scale, format_span, make_scale
from cdp_bgservices.failures import Kind
from cdp_bgservices.stories import Lane, Mark

STYLE = Path(__file__).with_name("timeline.css")
MOST_LANES = 60
WIDTH, GUTTER, MARGIN = 1000, 232, 24
"""Pixels: of the picture, of the labels on its left, and at its sides."""
HEADING, SERVICE_HEIGHT, LANE_HEIGHT, AXIS_HEIGHT = 64, 30, 24, 36
LABEL_LENGTH = 30
"""Characters of an instance id that a label shows."""
MARK, SHARED_MARK = 5.0, 8.0
"""Radius of one event's mark, and of several events' one."""
REASON_LENGTH, REASON_WIDTH = 48, 6.0
"""Characters of a failure's reason beside its mark, and pixels of each, roughly."""
MOST_LISTED, LISTED_LENGTH = 5, 160
"""Events that a mark's tooltip lists, and characters of each."""


def timeline_svg(events: Iterable[Event], about: About = NOTHING) -> str:
    """A whole SVG document, light or dark as its reader likes it."""
    lanes = Lanes(events, MOST_LANES, about)
    scale = make_scale([mark.event.timestamp for lane in lanes.shown for mark in lane.marks], GUTTER, WIDTH - MARGIN)
    bottom = HEADING + sum(SERVICE_HEIGHT + LANE_HEIGHT * len(of_service) for _, of_service in lanes.by_service())
    height = bottom + AXIS_HEIGHT + (LANE_HEIGHT if lanes.hidden else 0)
    svg = Element(
        "svg", xmlns="http://www.w3.org/2000/svg", viewBox=f"0 0 {WIDTH} {height}", width=str(WIDTH), height=str(height)
    )
    svg.set("role", "img")
    SubElement(svg, "title").text = describe(lanes.marks)
    SubElement(svg, "style").text = STYLE.read_text(encoding="utf-8")
    SubElement(svg, "rect", {"class": "paper"}, width=str(WIDTH), height=str(height), rx="8")
    draw_heading(svg, lanes.marks)
    draw_axis(svg, scale, bottom)
    # A picture in the picture cuts what is too long for it.
    labels = SubElement(svg, "svg", width=str(GUTTER - 4), height=str(height))
    y = HEADING
    for service, of_service in lanes.by_service():
        add_text(labels, "service", MARGIN, y + 20, excerpt(service, LABEL_LENGTH))
        y += SERVICE_HEIGHT
        for lane in of_service:
            add_label(labels, lane, lanes.context_of(lane), y + LANE_HEIGHT // 2)
            draw_lane(svg, lane, scale, y + LANE_HEIGHT // 2)
            y += LANE_HEIGHT
    if lanes.hidden:
        add_text(svg, "quiet", MARGIN, height - 12, lanes.rest())
    indent(svg)
    return tostring(svg, encoding="unicode") + "\n"


def draw_heading(svg: Element, marks: list[Mark]) -> None:
    add_text(svg, "heading", MARGIN, 32, "Background services")
    add_text(svg, "quiet", MARGIN, 51, describe(marks))
    x = WIDTH - MARGIN - 232
    for kind, dx in ((Kind.GOING_ON, 0), (Kind.SUCCEEDED, 84), (Kind.FAILED, 176)):
        draw_mark(svg, kind, x + dx, 28, 1)
        add_text(svg, "quiet", x + dx + 10, 32, kind.value)


def describe(marks: list[Mark]) -> str:
    if not marks:
        return "no events"
    first, last = marks[0].event.timestamp, marks[-1].event.timestamp
    failures = sum(mark.kind is Kind.FAILED for mark in marks)
    parts = [
        f"{first:%Y-%m-%d %H:%M:%S} UTC",
        format_span(last - first),
        count(len(marks), "event"),
        count(failures, "failure"),
    ]
    return " · ".join(parts)


def draw_axis(svg: Element, scale: Scale, bottom: int) -> None:
    """Grid lines behind the lanes, and below them how long after the first event."""
    for offset in scale.ticks:
        x = round(scale.x(scale.first + offset), 1)
        SubElement(svg, "line", {"class": "grid"}, x1=str(x), x2=str(x), y1=str(HEADING), y2=str(bottom + 4))
        add_text(svg, "tick", x, bottom + 20, format_span(offset))


def add_label(labels: Element, lane: Lane, context: str, y: int) -> None:
    kind = "label" if lane.marks[0].event.instance_id else "label none"
    label = add_text(labels, kind, MARGIN + 10, y + 4, excerpt(lane.head.label, LABEL_LENGTH))
    title = f"{excerpt(lane.head.service)} of {excerpt(lane.head.origin)}\n{excerpt(lane.head.label)}"
    if context:
        SubElement(label, "tspan", {"class": "context"}).text = f" · {excerpt(context, LABEL_LENGTH)}"
        title += f"\nin {excerpt(context)}"
    SubElement(label, "title").text = title


def draw_lane(svg: Element, lane: Lane, scale: Scale, y: int) -> None:
    marks = list(clusters(lane.marks, scale, apart=2 * SHARED_MARK))
    first, last = marks[0][0], marks[-1][0]
    SubElement(svg, "line", {"class": "lane"}, x1=str(GUTTER), x2=str(WIDTH - MARGIN), y1=str(y), y2=str(y))
    SubElement(svg, "line", {"class": "life"}, x1=f"{first:.1f}", x2=f"{last:.1f}", y1=str(y), y2=str(y))
    for x, cluster in marks:
        mark = draw_mark(svg, worst(cluster), x, y, len(cluster))
        SubElement(mark, "title").text = tooltip(cluster, scale.first)
    draw_reason(svg, marks, y)


def draw_reason(svg: Element, marks: list[tuple[float, list[Mark]]], y: int) -> None:
    """Why the lane's last failure is one, beside its mark where there is room: an image on a page has no tooltips."""
    reasons = [next((mark.failure for mark in reversed(cluster) if mark.failure), "") for _, cluster in marks]
    failed = [number for number, reason in enumerate(reasons) if reason]
    if not failed:
        return
    number = failed[-1]
    x, text = marks[number][0], excerpt(reasons[number], REASON_LENGTH)
    room = len(text) * REASON_WIDTH + 3 * SHARED_MARK
    before = marks[number - 1][0] if number else GUTTER
    after = marks[number + 1][0] if number + 1 < len(marks) else WIDTH - MARGIN
    if x + room <= after:
        add_text(svg, "reason", round(x + 2 * SHARED_MARK, 1), y + 4, text)
    elif before <= x - room:
        add_text(svg, "reason left", round(x - 2 * SHARED_MARK, 1), y + 4, text)


def draw_mark(svg: Element, kind: Kind, x: float, y: int, events: int) -> Element:
    """A disc; a failure also has a shape of its own, for readers who cannot distinguish red from green."""
    place = f"translate({x:.1f} {y})"
    mark = SubElement(svg, "g", {"class": f"mark {kind.value.replace(' ', '-')}", "transform": place})
    radius = SHARED_MARK if events > 1 else MARK
    if kind is Kind.FAILED:
        SubElement(mark, "path", d=f"M0 {-radius - 2}L{radius + 2} 0L0 {radius + 2}L{-radius - 2} 0Z")
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


def add_text(parent: Element, kind: str, x: float, y: float, text: str) -> Element:
    element = SubElement(parent, "text", {"class": kind}, x=str(x), y=str(y))
    element.text = text
    return element
