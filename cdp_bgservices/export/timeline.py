"""The timeline as a picture: SVG, a lane for each instance, grouped by service, as in the viewer.

The size of the picture is bounded: lanes beyond MOST_LANES are counted, and events that would lie on one another
share a mark.
"""

from collections.abc import Iterable
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from cdp_bgservices.coverage.values import MEANINGS, Interval
from cdp_bgservices.events import Event
from cdp_bgservices.export.documents import NOTHING, About
from cdp_bgservices.export.lanes import Lanes, count
from cdp_bgservices.export.one_line import excerpt
from cdp_bgservices.export.ticks import Scale, format_span, make_scale
from cdp_bgservices.export.timeline_lane import (
    GUTTER,
    LABEL_LENGTH,
    LANE_HEIGHT,
    MARGIN,
    RIGHT,
    WIDTH,
    add_label,
    add_text,
    draw_lane,
    draw_mark,
    height_of,
)
from cdp_bgservices.failures import Kind
from cdp_bgservices.vocabulary.services import SERVICES, title_of

STYLE = Path(__file__).with_name("timeline.css")
MOST_LANES = 60
HEADING, SERVICE_HEIGHT, AXIS_HEIGHT = 64, 30, 36
LEGEND = (
    (Kind.GOING_ON, "in progress", 92),
    (Kind.SUCCEEDED, "succeeded", 90),
    (Kind.FAILED, "failed", 64),
    (Kind.ENDED, "ended", 62),
)
"""Signs, what each says of a story that ends with it, and pixels."""


def timeline_svg(events: Iterable[Event], about: About = NOTHING) -> str:
    """A whole SVG document, light or dark as its reader likes it."""
    lanes = Lanes(events, MOST_LANES, about)
    scale = make_scale([mark.event.timestamp for lane in lanes.shown for mark in lane.marks], GUTTER, RIGHT)
    groups = list(lanes.by_service())
    bottom = HEADING + sum(SERVICE_HEIGHT + sum(map(height_of, of_service)) for _, of_service in groups)
    height = bottom + AXIS_HEIGHT + (LANE_HEIGHT if lanes.hidden else 0)
    svg = Element(
        "svg", xmlns="http://www.w3.org/2000/svg", viewBox=f"0 0 {WIDTH} {height}", width=str(WIDTH), height=str(height)
    )
    svg.set("role", "img")
    SubElement(svg, "title").text = describe(lanes)
    SubElement(svg, "style").text = style()
    add_pattern(svg)
    SubElement(svg, "rect", {"class": "paper"}, width=str(WIDTH), height=str(height), rx="8")
    draw_heading(svg, lanes)
    draw_axis(svg, scale, bottom)
    # A picture in the picture cuts what is too long for it.
    labels = SubElement(svg, "svg", width=str(GUTTER - 4), height=str(height))
    y = HEADING
    for service, of_service in groups:
        add_text(labels, "service", MARGIN, y + 20, excerpt(title_of(service), LABEL_LENGTH))
        y += SERVICE_HEIGHT
        top = y
        for lane in of_service:
            middle = y + height_of(lane) // 2
            add_label(labels, lane, lanes.origin_of(lane), lanes.context_of(lane), middle)
            draw_lane(svg, lane, scale, middle)
            y += height_of(lane)
        # Above the phases: what happened in it is not known.
        for gap in lanes.gaps.get(service, ()):
            draw_gap(svg, gap, scale, top, y)
    if lanes.hidden:
        add_text(svg, "quiet", MARGIN, height - 12, lanes.rest())
    indent(svg)
    return tostring(svg, encoding="unicode") + "\n"


def style() -> str:
    """With the colours of services."""
    light, dark = (
        "".join(f".{name} {{ --colour: {row.colours[place]} }}\n" for name, row in SERVICES.items()) for place in (0, 1)
    )
    text = STYLE.read_text(encoding="utf-8")
    return f"{text}{light}@media (prefers-color-scheme: dark) {{\n{dark}}}\n"


def add_pattern(svg: Element) -> None:
    """Diagonal lines, for a time of which not everything is known."""
    pattern = SubElement(SubElement(svg, "defs"), "pattern", id="gap", width="8", height="8")
    pattern.set("patternUnits", "userSpaceOnUse")
    SubElement(pattern, "path", {"class": "hatch"}, d="M-2 2L2 -2M0 8L8 0M6 10L10 6")


def draw_heading(svg: Element, lanes: Lanes) -> None:
    add_text(svg, "heading", MARGIN, 32, "Background services")
    add_text(svg, "quiet", MARGIN, 51, describe(lanes))
    x = WIDTH - MARGIN - sum(width for _, _, width in LEGEND) - 110 * bool(lanes.gaps)
    for kind, words, width in LEGEND:
        draw_mark(svg, kind, x, 28, 1)
        add_text(svg, "quiet", x + 10, 32, words)
        x += width
    if lanes.gaps:
        SubElement(svg, "rect", {"class": "gap"}, x=str(x), y="20", width="18", height="16")
        add_text(svg, "quiet", x + 24, 32, "recording gap")


def describe(lanes: Lanes) -> str:
    marks = lanes.marks
    if not marks:
        return "no events"
    first, last = marks[0].event.timestamp, marks[-1].event.timestamp
    parts = [
        f"{first:%Y-%m-%d %H:%M:%S} UTC",
        format_span(last - first),
        count(len(marks), "event"),
        count(lanes.failures, "failure"),
    ]
    return " · ".join(parts)


def draw_axis(svg: Element, scale: Scale, bottom: int) -> None:
    """Grid lines behind the lanes, and below them how long after the first event."""
    for offset in scale.ticks:
        x = round(scale.x(scale.first + offset), 1)
        SubElement(svg, "line", {"class": "grid"}, x1=str(x), x2=str(x), y1=str(HEADING), y2=str(bottom + 4))
        add_text(svg, "tick", x, bottom + 20, format_span(offset))


def draw_gap(svg: Element, gap: Interval, scale: Scale, top: float, bottom: float) -> None:
    begin, end = (min(max(scale.x(moment), GUTTER), RIGHT) for moment in (gap.begin, gap.end))
    if begin < end:
        area = SubElement(svg, "rect", {"class": "gap"}, x=f"{begin:.1f}", y=f"{top:g}")
        area.attrib |= {"width": f"{max(end - begin, 2):.1f}", "height": f"{bottom - top:g}"}
        SubElement(area, "title").text = f"recording gap: {MEANINGS[gap.state]}"
