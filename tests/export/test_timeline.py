"""The picture: as an XML reader understands it, and as a Chromium draws it."""

from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from cdp_bgservices.browser.launch import Launch
from cdp_bgservices.browser.opening import open_browser
from cdp_bgservices.browser.pages import open_page
from cdp_bgservices.events import Event, to_microseconds
from cdp_bgservices.export.text_timeline import text_timeline
from cdp_bgservices.export.ticks import MOST_TICKS, format_span, make_scale
from cdp_bgservices.export.timeline import MOST_LANES, timeline_svg
from tests.export.capture import a_sync, nasty_events, words
from tests.making import NOW, event, events

SVG = "{http://www.w3.org/2000/svg}"


def read(items: list[Event]) -> ElementTree.Element:
    return ElementTree.fromstring(timeline_svg(items))


def texts(svg: ElementTree.Element, kind: str) -> list[str]:
    return [str(text.text).strip() for text in svg.iter(f"{SVG}text") if kind in str(text.get("class")).split()]


def marks(svg: ElementTree.Element) -> list[ElementTree.Element]:
    """But those of the legend, which have no tooltip."""
    return [group for group in svg.iter(f"{SVG}g") if group.find(f"{SVG}title") is not None]


def test_a_lane_for_each_instance_under_its_service_in_the_order_of_time() -> None:
    svg = read([*a_sync(), event(9, service="pushMessaging", event_name="Push event dispatched", instance_id="")])
    assert texts(svg, "service") == ["Background sync", "Push messaging"]
    assert texts(svg, "label") == ["outbox", "reject", "no message id"]


def test_a_mark_has_the_worst_of_its_events_and_names_all() -> None:
    svg = read(a_sync())
    succeeded, failed = marks(svg)
    assert (succeeded.get("class"), failed.get("class")) == ("mark succeeded", "mark failed")
    assert texts(svg, "number") == ["2", "2"]
    reported = str(failed.findtext(f"{SVG}title")).splitlines()
    assert [line.split()[0] for line in reported] == ["+1", "+1"]
    assert "Failure Reason=waitUntil rejected" in reported[1]
    assert texts(svg, "reason") == ["waiting for retry: waitUntil rejected"]
    assert svg.findtext(f"{SVG}title") == "2026-11-21 11:59:00 UTC · 1 s · 4 events · 1 failure"


def test_the_same_tag_of_two_origins_is_two_instances() -> None:
    svg = read([event(n, instance_id="tag", origin=f"http://localhost:{n}/") for n in (1, 2)])
    assert texts(svg, "label") == ["tag", "tag"]


def test_no_events_are_a_picture_too() -> None:
    svg = read([])
    assert svg.findtext(f"{SVG}title") == "no events"
    assert marks(svg) == []


def test_too_many_instances_are_counted_and_failures_are_shown_first() -> None:
    last = event(5000, event_name="sync event failed", instance_id="last", age=timedelta(0))
    svg = read([*events(500), last])
    assert len(texts(svg, "label")) == MOST_LANES
    assert "last" in texts(svg, "label")
    assert "and 441 more instances with 441 events" in texts(svg, "quiet")


def test_a_picture_has_a_bounded_size() -> None:
    crowd = [
        event(n, age=timedelta(seconds=n % 997), instance_id=f"{n % 100}", metadata={"Payload": "x" * 10_000})
        for n in range(20_000)
    ]
    assert len(timeline_svg(crowd)) < 5_000_000


@given(words)
def test_no_text_can_act(text: str) -> None:
    svg = read(nasty_events(text))
    allowed = {"svg", "title", "style", "rect", "text", "tspan", "line", "g", "path", "circle", "defs", "pattern"}
    assert {element.tag.removeprefix(SVG) for element in svg.iter()} <= allowed
    assert all("xlink" not in name and not name.startswith("on") for element in svg.iter() for name in element.attrib)


@given(st.lists(st.integers(0, 10**15), min_size=1, max_size=20))
def test_every_moment_is_on_the_axis(microseconds: list[int]) -> None:
    moments = [NOW + timedelta(microseconds=number) for number in microseconds]
    scale = make_scale(moments, 200, 1000)
    assert all(200 <= scale.x(moment) <= 1000 for moment in moments)
    assert 1 <= len(scale.ticks) <= MOST_TICKS
    assert len({format_span(tick) for tick in scale.ticks}) == len(scale.ticks)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0"),
        (0.0002, "200 µs"),
        (0.012, "12 ms"),
        (1.5, "1.5 s"),
        (150, "2 min 30 s"),
        (10_800, "3 h"),
        (194_400, "2 d 6 h"),
        (3303, "55 min 3 s"),
        (86_459, "1 d"),
    ],
)
def test_spans_are_written_as_people_read_them(seconds: float, text: str) -> None:
    assert format_span(timedelta(seconds=seconds)) == text


def test_the_text_timeline_shows_the_worst_of_a_column() -> None:
    service, *lanes, axis, legend = text_timeline(a_sync()).splitlines()
    assert service == "Background sync"
    assert lanes == [f"  outbox{' ' * 16}●{' ' * 61}✓ succeeded", f"  reject{' ' * 75}✕  waiting for retry"]
    assert axis.split() == ["0", "1", "s"]
    assert legend.split() == ["✕", "failed", "●", "succeeded", "▪", "ended", "·", "going", "on"]


DRAWN = """(() => {
  const box = element => element.getBoundingClientRect();
  const marks = [...document.querySelectorAll('.mark')].map(box);
  return {
    root: document.documentElement.tagName,
    width: box(document.documentElement).width,
    inside: marks.every(mark => mark.width > 5 && mark.left >= 0 && mark.right <= 1000),
    paper: getComputedStyle(document.querySelector('.paper')).fill,
    ink: getComputedStyle(document.querySelector('.label')).fill,
    scripts: document.querySelectorAll('script').length,
  };
})()"""


@pytest.mark.browser
@pytest.mark.parametrize(
    ("scheme", "paper", "ink"),
    [(1, "rgb(255, 255, 255)", "rgb(31, 35, 40)"), (0, "rgb(13, 17, 23)", "rgb(230, 237, 243)")],
    ids=["light", "dark"],
)
async def test_a_chromium_draws_it(scheme: int, paper: str, ink: str, tmp_path: Path) -> None:
    file = tmp_path / "timeline.svg"
    late = event(7, timestamp=to_microseconds(NOW), instance_id="漢字" * 40)
    file.write_text(timeline_svg([*a_sync(), *nasty_events(), late]), encoding="utf-8")
    arguments = (f"--blink-settings=preferredColorScheme={scheme}",)
    with trio.fail_after(40):
        async with open_browser(launch=Launch(arguments=arguments)) as browser:
            page = await open_page(browser, file.as_uri())
            await page.wait_loaded()
            drawn = await page.evaluate(DRAWN)
    assert drawn == {"root": "svg", "width": 1000, "inside": True, "paper": paper, "ink": ink, "scripts": 0}
