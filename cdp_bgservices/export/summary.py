"""The summary of a recording on a CI job's page: Markdown for GitHub, GitLab and others."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from html import escape as escape_html
from itertools import groupby
from urllib.parse import quote

from cdp_bgservices.events import Event
from cdp_bgservices.export.documents import NOTHING, About
from cdp_bgservices.export.markdown import code, escape, table
from cdp_bgservices.export.one_line import METADATA_LENGTH, shorten
from cdp_bgservices.export.text_timeline import text_timeline
from cdp_bgservices.export.ticks import format_span
from cdp_bgservices.failures import judge
from cdp_bgservices.rules import Outcome, Verdict
from cdp_bgservices.thrown import Thrown, line_of, threw

MARKS = {
    Outcome.FAILED: "❌ failed",
    Outcome.UNDECIDED: "⚪ undecided",
    Outcome.PASSED: "✅ passed",
    Outcome.NOT_APPLICABLE: "⚪ not applicable",
}
"""In the order of the table: what needs a look comes first."""
ITSELF = "it failed"
"""Why an event that reports a failure itself is listed among the failures."""
MOST_ROWS = 50
"""Of each table: GitHub shows no summary of more than a megabyte."""
MOST_SERVICES = 12
MESSAGE_LENGTH = 500
MOST_REASONS = 5
"""Of one event."""


def summary_markdown(
    events: Collection[Event],
    verdicts: Sequence[Verdict],
    *,
    problem: str = "",
    picture: str = "",
    thrown: Sequence[Thrown] = (),
    about: About = NOTHING,
) -> str:
    """Verdicts, failures, what workers threw, timeline, and a table of each service's events.

    ``problem`` is why the recording itself failed. ``picture`` is the timeline's file, as seen from this one;
    without it, the timeline is text.
    """
    ordered = sorted(events, key=lambda event: event.timestamp)
    return "\n".join(part for part in parts(ordered, verdicts, problem, picture, thrown, about) if part)


def parts(
    events: list[Event], verdicts: Sequence[Verdict], problem: str, picture: str, thrown: Sequence[Thrown], about: About
) -> Iterator[str]:
    yield f"## Background services: {headline(verdicts, problem)}\n"
    yield f"{extent(events)}\n"
    if problem:
        yield f"❌ **The recording failed**: {escape(shorten(' '.join(problem.splitlines()), MESSAGE_LENGTH))}\n"
    if verdicts:
        ranked = sorted(verdicts, key=lambda verdict: list(MARKS).index(verdict.outcome))
        rows = [(MARKS[verdict.outcome], escape(shorten(verdict.rule)), message_of(verdict)) for verdict in ranked]
        yield table(("", "rule", ""), rows, MOST_ROWS)
    yield failures(events, verdicts)
    yield thrown_table(thrown)
    if events:
        yield timeline(events, picture, about)
    by_service = groupby(sorted(events, key=lambda event: event.service), lambda event: event.service)
    tables = [service_table(service, list(of_service)) for service, of_service in by_service]
    yield from tables[:MOST_SERVICES]
    if len(tables) > MOST_SERVICES:
        yield f"and {len(tables) - MOST_SERVICES} more services\n"


def headline(verdicts: Sequence[Verdict], problem: str) -> str:
    counts = Counter(verdict.outcome for verdict in verdicts)
    if counts[Outcome.FAILED]:
        return f"❌ {counts[Outcome.FAILED]} of {len(verdicts)} rules failed"
    if problem:
        return "❌ the recording failed"
    if not verdicts:
        return "recorded"
    passed = counts[Outcome.PASSED]
    rest = [
        f"{counts[outcome]} {outcome}" for outcome in (Outcome.UNDECIDED, Outcome.NOT_APPLICABLE) if counts[outcome]
    ]
    mark = "✅" if passed and not counts[Outcome.UNDECIDED] else "⚪"
    return ", ".join([f"{mark} {passed} of {len(verdicts)} rules passed", *rest])


def message_of(verdict: Verdict) -> str:
    return code(" ".join(verdict.message.splitlines()), MESSAGE_LENGTH)


def extent(events: list[Event]) -> str:
    if not events:
        return "No events."
    number = "1 event" if len(events) == 1 else f"{len(events)} events"
    first, last = events[0].timestamp, events[-1].timestamp
    return f"{number} in {format_span(last - first)}, starting {first:%Y-%m-%d %H:%M:%S} UTC."


def failures(events: list[Event], verdicts: Sequence[Verdict]) -> str:
    """Events that report a failure, and those that make a rule fail; and why each of them is listed."""
    failed = {event.id: event for event in events if judge(event).reason}
    why = {event_id: [ITSELF] for event_id in failed}
    for verdict in verdicts:
        if verdict.outcome is Outcome.FAILED:
            for event in verdict.events:
                failed.setdefault(event.id, event)
                why.setdefault(event.id, []).append(f"rule: {escape(shorten(verdict.rule))}")
    if not failed:
        return ""
    rows = [
        (
            *(clock(event), code(event.service), code(event.event_name), code(event.instance_id), metadata(event)),
            "<br>".join(why[event.id][:MOST_REASONS]),
        )
        for event in sorted(failed.values(), key=lambda event: event.timestamp)
    ]
    return "### Failures\n\n" + table(("UTC", "service", "event", "instance", "metadata", "why"), rows, MOST_ROWS)


def thrown_table(thrown: Sequence[Thrown]) -> str:
    """Errors that certainly belong to an event are listed with it; these do not."""
    rows = [(clock(each), code(each.scope or ""), code(line_of(each), MESSAGE_LENGTH)) for each in thrown]
    heading = "### Thrown by workers, in which handler is not certain\n\n"
    return heading + table(("UTC", "scope", "threw"), rows, MOST_ROWS) if rows else ""


def metadata(event: Event) -> str:
    cells = [f"{escape(shorten(key))}: {code(value)}" for key, value in event.metadata.items()]
    cells += [f"threw: {code(line_of(item), MESSAGE_LENGTH)}" for item in threw(event)]
    kept: list[str] = []
    for cell in cells:
        if sum(map(len, kept)) > METADATA_LENGTH:
            return "<br>".join([*kept, "…"])
        kept.append(cell)
    return "<br>".join(kept)


def timeline(events: list[Event], picture: str, about: About) -> str:
    if picture:
        return f"### Timeline\n\n![Timeline of {len(events)} events]({quote(picture)})\n"
    return f"### Timeline\n\n<pre>\n{escape_html(text_timeline(events, about))}</pre>\n"


def service_table(service: str, events: list[Event]) -> str:
    counts = Counter(event.event_name for event in events)
    first = {event.event_name: event for event in reversed(events)}
    last = {event.event_name: event for event in events}
    rows = [(code(name), str(counts[name]), clock(first[name]), clock(last[name])) for name in counts]
    return f"### {escape(shorten(service))}\n\n" + table(
        ("event", "count", "first (UTC)", "last (UTC)"), rows, MOST_ROWS
    )


def clock(event: Event | Thrown) -> str:
    return f"{event.timestamp:%m-%d %H:%M:%S}.{event.timestamp.microsecond // 1000:03}"
