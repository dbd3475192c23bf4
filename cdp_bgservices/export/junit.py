"""JUnit XML, as GitHub, GitLab and Jenkins show it: a test case for each verdict."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from cdp_bgservices.contexts import BrowserContext, labels
from cdp_bgservices.events import Event
from cdp_bgservices.export.one_line import excerpt, one_line
from cdp_bgservices.export.places import Labels, place
from cdp_bgservices.failures import judge
from cdp_bgservices.rules import Outcome, Verdict
from cdp_bgservices.thrown import Thrown, line_of, threw

SUITE = "cdp-bgservices"
RECORDED = "the recording succeeds"
"""The test case that is always there: servers take a suite without any for a mistake."""
COUNTED = {"tests": "testcase", "failures": "failure", "errors": "error", "skipped": "skipped"}
"""Attributes, and the elements whose number each of them is. The root has no ``skipped``: junit-10.xsd of Jenkins'
xUnit plugin would refuse the file."""
MESSAGE_LENGTH = 500
"""Characters of a message: servers show it in one line."""
MOST_EVENTS = 100
"""Events that one test case lists."""


def junit_xml(
    events: Collection[Event],
    verdicts: Iterable[Verdict],
    *,
    problem: str = "",
    started_at: datetime | None = None,
    length: timedelta = timedelta(),
    thrown: Sequence[Thrown] = (),
    contexts: Sequence[BrowserContext] = (),
) -> str:
    """One test suite. ``problem`` is why the recording itself failed; ``length`` is its duration; ``thrown``
    is what workers threw that belongs to no event for certain."""
    suite = Element("testsuite", name=SUITE, time=f"{length.total_seconds():.3f}")
    if started_at is not None:
        suite.set("timestamp", f"{started_at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}")
    recorded = add_case(suite, RECORDED)
    if problem:
        SubElement(recorded, "error", message=one_message(problem), type="recording").text = lines_of(problem)
    names = labels(contexts)
    for verdict in verdicts:
        add_outcome(add_case(suite, verdict.rule), verdict, names)
    SubElement(suite, "system-out").text = "\n".join(output(events, thrown))
    suites = Element("testsuites", name=SUITE)
    for element in (suites, suite):
        for attribute, tag in COUNTED.items():
            if attribute != "skipped" or element is suite:
                element.set(attribute, str(sum(1 for _ in suite.iter(tag))))
    suites.append(suite)
    indent(suites)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + tostring(suites, encoding="unicode") + "\n"


def output(events: Collection[Event], thrown: Sequence[Thrown]) -> Iterator[str]:
    """What was recorded, in numbers, and each thing that was thrown, the first MOST_EVENTS of them."""
    yield f"{len(events)} event{'' if len(events) == 1 else 's'} recorded"
    lines = [
        *(one_line(event) for event in events if threw(event)),
        *(excerpt(line_of(each), MESSAGE_LENGTH) for each in thrown),
    ]
    if lines:
        yield "workers threw:"
    yield from lines[:MOST_EVENTS]
    if len(lines) > MOST_EVENTS:
        yield f"and {len(lines) - MOST_EVENTS} more"


def add_case(suite: Element, name: str) -> Element:
    return SubElement(suite, "testcase", classname=SUITE, name=one_message(name))


def add_outcome(case: Element, verdict: Verdict, names: Labels) -> None:
    """Nothing where it is passed."""
    if verdict.outcome is Outcome.FAILED:
        text = ": ".join(filter(None, (verdict.message or "failed", first_reason(verdict, names))))
        failure = SubElement(case, "failure", message=one_message(text), type=verdict.kind)
        failure.text = text_of(verdict, names)
    elif verdict.outcome is not Outcome.PASSED:
        SubElement(case, "skipped", message=one_message(f"{verdict.outcome}: {verdict.message}"))


def first_reason(verdict: Verdict, names: Labels) -> str:
    """Of the first event: what it is, where, and why it failed; empty if there is none."""
    if not verdict.events:
        return ""
    event = verdict.events[0]
    what = f"{event.event_name} '{event.instance_id}'" if event.instance_id else event.event_name
    where = place(event.origin, event.source, event.browser_context, names)
    return ": ".join(filter(None, (f"{what} of {where}", judge(event).reason)))


def text_of(verdict: Verdict, names: Labels) -> str:
    """The message, and the events, a line each."""
    lines = [lines_of(verdict.message)]
    for event in verdict.events[:MOST_EVENTS]:
        where = place(event.origin, event.source, event.browser_context, names)
        lines.append(f"{one_line(event)}  at {excerpt(where)}")
    if len(verdict.events) > MOST_EVENTS:
        lines.append(f"and {len(verdict.events) - MOST_EVENTS} more")
    return "\n".join(filter(None, lines))


def one_message(text: str) -> str:
    """In one line. What XML cannot hold, ``escape_text`` has written out."""
    return excerpt(" ".join(text.splitlines()), MESSAGE_LENGTH)


def lines_of(text: str) -> str:
    return "\n".join(excerpt(line, MESSAGE_LENGTH) for line in text.splitlines())
