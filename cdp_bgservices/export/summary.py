"""The summary of a recording on a CI job's page: Markdown for GitHub, GitLab and others."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from html import escape as escape_html
from itertools import groupby
from urllib.parse import quote

from cdp_bgservices.contexts import endings, labels
from cdp_bgservices.events import Event
from cdp_bgservices.export.documents import NOTHING, About
from cdp_bgservices.export.failed_runs import FailedRun, failed_runs
from cdp_bgservices.export.markdown import code, escape, folded, table
from cdp_bgservices.export.one_line import shorten
from cdp_bgservices.export.places import Labels
from cdp_bgservices.export.text_timeline import text_timeline
from cdp_bgservices.export.ticks import format_span
from cdp_bgservices.rules import Kind, Outcome, Verdict
from cdp_bgservices.thrown import Thrown, line_of
from cdp_bgservices.vocabulary.services import title_of

MARKS = {
    Outcome.FAILED: "❌ failed",
    Outcome.UNDECIDED: "⚪ undecided",
    Outcome.PASSED: "✅ passed",
    Outcome.NOT_APPLICABLE: "⚪ not applicable",
}
"""In the order of the table: what needs a look comes first."""
MOST_ROWS = 50
"""Of each table: GitHub shows no summary of more than a megabyte."""
MOST_SERVICES = 12
MESSAGE_LENGTH = 500
MOST_REASONS = 5
"""Of one failure."""


def summary_markdown(
    events: Collection[Event],
    verdicts: Sequence[Verdict],
    *,
    problem: str = "",
    picture: str = "",
    thrown: Sequence[Thrown] = (),
    about: About = NOTHING,
) -> str:
    """What failed and why, what is missing, what was not recorded; then timeline, and folded what was counted.

    ``problem`` is why the recording itself failed. ``picture`` is the timeline's file, as seen from this one;
    without it, the timeline is text. ``thrown`` is what workers threw, in which handler is not certain.
    """
    ordered = sorted(events, key=lambda event: event.timestamp)
    broken: defaultdict[str, list[Verdict]] = defaultdict(list)
    for verdict in verdicts:
        if verdict.outcome is Outcome.FAILED:
            for event in verdict.events:
                broken[event.id].append(verdict)
    failed = failed_runs(ordered, broken, about.moment, endings(about.contexts))
    parts = [
        f"## Background services: {headline(verdicts, problem)}\n",
        f"{extent(ordered, len(failed))}\n",
        problem_line(problem),
        failures(failed, broken, labels(about.contexts)),
        *open_checks(verdicts),
        thrown_table(thrown),
        timeline(ordered, picture, about),
        folded(f"{len(verdicts)} checks", checks(verdicts)) if verdicts else "",
        folded("Events by service", "\n".join(service_tables(ordered))) if events else "",
    ]
    return "\n".join(filter(None, parts))


def problem_line(problem: str) -> str:
    shown = escape(shorten(" ".join(problem.splitlines()), MESSAGE_LENGTH))
    return f"❌ **The recording failed**: {shown}\n" if problem else ""


def open_checks(verdicts: Sequence[Verdict]) -> Iterator[str]:
    """What is missing, what was not recorded, what is not decided; each of these only if there is any."""
    about = [verdict for verdict in verdicts if verdict.kind is Kind.RECORDING]
    others = [verdict for verdict in verdicts if verdict.kind is not Kind.RECORDING]
    yield listed("Missing", [each for each in others if each.outcome is Outcome.FAILED and not each.events])
    yield listed("The recording", [each for each in about if each.outcome in (Outcome.FAILED, Outcome.UNDECIDED)])
    yield listed("Undecided", [each for each in others if each.outcome is Outcome.UNDECIDED])


def checks(verdicts: Sequence[Verdict]) -> str:
    ranked = sorted(verdicts, key=lambda verdict: list(MARKS).index(verdict.outcome))
    rows = [
        (MARKS[verdict.outcome], verdict.kind, escape(shorten(verdict.rule)), message_of(verdict)) for verdict in ranked
    ]
    return table(("", "kind", "check", ""), rows, MOST_ROWS)


def listed(title: str, verdicts: Sequence[Verdict]) -> str:
    rows = [(verdict.kind, escape(shorten(verdict.rule)), message_of(verdict)) for verdict in verdicts]
    return f"### {title}\n\n" + table(("kind", "check", "why"), rows, MOST_ROWS) if rows else ""


def headline(verdicts: Sequence[Verdict], problem: str) -> str:
    counts = Counter(verdict.outcome for verdict in verdicts)
    if counts[Outcome.FAILED]:
        return f"❌ {counts[Outcome.FAILED]} of {len(verdicts)} checks failed"
    if problem:
        return "❌ the recording failed"
    if not verdicts:
        return "recorded"
    passed = counts[Outcome.PASSED]
    rest = [
        f"{counts[outcome]} {outcome}" for outcome in (Outcome.UNDECIDED, Outcome.NOT_APPLICABLE) if counts[outcome]
    ]
    mark = "✅" if passed and not counts[Outcome.UNDECIDED] else "⚪"
    return ", ".join([f"{mark} {passed} of {len(verdicts)} checks passed", *rest])


def message_of(verdict: Verdict) -> str:
    return code(" ".join(verdict.message.splitlines()), MESSAGE_LENGTH)


def extent(events: list[Event], failed: int) -> str:
    if not events:
        return "No events."
    number = "1 event" if len(events) == 1 else f"{len(events)} events"
    first, last = events[0].timestamp, events[-1].timestamp
    text = f"{number} in {format_span(last - first)}, starting {first:%Y-%m-%d %H:%M:%S} UTC."
    return text + (f" {failed} failure{'' if failed == 1 else 's'}." if failed else "")


def failures(failed: Sequence[FailedRun], broken: Mapping[str, Sequence[Verdict]], labels: Labels) -> str:
    """Of each run: when and where, why, what the worker threw, its story, and the checks that it broke."""
    rows = []
    for each in failed:
        checks = {verdict.rule: verdict for mark in each.bad for verdict in broken.get(mark.event.id, ())}
        why = [f"**{escape(shorten(reason, MESSAGE_LENGTH))}**" for reason in each.reasons()[:MOST_REASONS]]
        why += [f"threw: {code(line, MESSAGE_LENGTH)}" for line in each.thrown()[:MOST_REASONS]]
        why += [escape(shorten(text, MESSAGE_LENGTH)) for text in (each.said(), each.story()) if text]
        why += [f"{verdict.kind}: {escape(shorten(verdict.rule))}" for verdict in [*checks.values()][:MOST_REASONS]]
        what = f"{escape(shorten(title_of(each.head.service)))} {code(each.head.label)}"
        rows.append((clock(each.first), what, code(each.place(labels)), "<br>".join(why)))
    if not rows:
        return ""
    return "### What failed\n\n" + table(("UTC", "what", "where", "why"), rows, MOST_ROWS)


def thrown_table(thrown: Sequence[Thrown]) -> str:
    """Errors that certainly belong to an event are listed with it; these do not."""
    rows = [(clock(each), code(each.scope or ""), code(line_of(each), MESSAGE_LENGTH)) for each in thrown]
    heading = "### Thrown by workers, in which handler is not certain\n\n"
    return heading + table(("UTC", "scope", "threw"), rows, MOST_ROWS) if rows else ""


def timeline(events: list[Event], picture: str, about: About) -> str:
    if not events:
        return ""
    if picture:
        return f"### Timeline\n\n![Timeline of {len(events)} events]({quote(picture)})\n"
    return f"### Timeline\n\n<pre>\n{escape_html(text_timeline(events, about))}</pre>\n"


def service_tables(events: list[Event]) -> list[str]:
    by_service = groupby(sorted(events, key=lambda event: event.service), lambda event: event.service)
    tables = [service_table(service, list(of_service)) for service, of_service in by_service]
    if len(tables) > MOST_SERVICES:
        return [*tables[:MOST_SERVICES], f"and {len(tables) - MOST_SERVICES} more services\n"]
    return tables


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
