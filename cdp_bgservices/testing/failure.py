"""The message of a failed expectation: what was expected, what occurred instead, and the state of the workers."""

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime

import msgspec

from cdp_bgservices.delays import explain_delays
from cdp_bgservices.events import Event
from cdp_bgservices.export.columns import aligned
from cdp_bgservices.export.one_line import shorten
from cdp_bgservices.export.table import format_metadata
from cdp_bgservices.export.terminal_escape import escape_text
from cdp_bgservices.notification_details import notification_lines
from cdp_bgservices.protocol.registrations import WorkerError
from cdp_bgservices.protocol.workers import Worker
from cdp_bgservices.testing.expected import Expected
from cdp_bgservices.thrown import Thrown, line_of

MOST = 20
"""Events that are shown: with more, the nearest ones are hard to find."""

WIDTH = 200
"""Characters of a line. Longer metadata is cut."""

HERE, OTHERS = "this browser context", "ask bgservices.of(context)"

TITLES = ("", "TIME (UTC)", "SERVICE", "EVENT", "INSTANCE", "METADATA")


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """The material of an explanation."""

    events: Sequence[Event] = ()
    """All events that the test has seen."""
    earlier: Collection[str] = ()
    """The ids of the events that occurred before the wait."""
    workers: Sequence[Worker] = ()
    errors: Sequence[Thrown] = ()
    """What the workers threw."""
    logged: Sequence[WorkerError] = ()
    """What they, and Chromium itself, wrote to their consoles as errors since their contexts began."""
    reasons: Sequence[str] = ()
    """Why nothing happens, as the browser says it now: lines."""
    remarks: Sequence[str] = ()
    """What else prevents events, a sentence each."""
    where: str = HERE
    """The contexts that the test sees, in words."""
    others: str = OTHERS
    """How to see other contexts, in words."""
    elsewhere: int = 0
    """Events in other contexts."""
    begin: str = "the wait"
    """What ``earlier`` events occurred before."""
    is_part: bool = False
    """Whether there are more events than these."""
    history: Sequence[Event] = ()
    """Events of the expected service from before ``events``: what Chromium has put off may be older than those."""


def explain_failure(expected: Expected, waited: str, known: Known, *, ended: str = "") -> str:
    """Several lines. ``ended``: why the wait ended early."""
    outcome = f"{ended} before it occurred" if ended else within(waited)
    return "\n".join([f"{heading(expected)}: {outcome}", *expected.doubts(), explain_situation(expected, known)])


def heading(expected: Expected) -> str:
    return f"expected {escape_text(str(expected))}"


def within(waited: str) -> str:
    """``waited``: for how long; empty if it was only looked for."""
    return f"it did not occur within {waited}" if waited else "it has not occurred"


def explain_situation(expected: Expected, known: Known) -> str:
    """The same without its first line, for anything that should have happened together with the expected event."""
    parts = [*put_off(expected, [*known.history, *known.events]), *instead(expected, known)]
    if known.elsewhere:
        occurred = "1 event occurred" if known.elsewhere == 1 else f"{known.elsewhere} events occurred"
        parts += ["", f"{occurred} in other browser contexts: {known.others}."]
    parts += section("service workers", map(worker_line, known.workers))
    parts += section("details of the notifications", details_lines(known.events))
    parts += section("what the workers threw", thrown_lines(known.errors))
    parts += section("errors on the workers' consoles", map(logged_line, known.logged))
    parts += section("why, as the browser says it now", known.reasons)
    for remark in known.remarks:
        parts += ["", escape_text(remark[:1].upper() + remark[1:]) + "." * (not remark.endswith("."))]
    return "\n".join(parts)


def put_off(expected: Expected, events: Sequence[Event]) -> list[str]:
    """That Chromium will fire the expected event itself, but later."""
    wanted = msgspec.structs.replace(expected, event_name=None, metadata={}, predicate=None)
    lines = explain_delays(filter(wanted.matches, events), datetime.now(UTC))
    return ["", *map(escape_text, lines)] if lines else []


def instead(expected: Expected, known: Known) -> list[str]:
    """A table of the events that occurred instead, the nearest first; of equally near ones the newest."""
    events = known.events
    if not events:
        return ["", f"No event of any service occurred in {known.where}."]
    ranked = sorted(events, key=lambda event: (expected.nearness(event), event.timestamp), reverse=True)
    heading = (
        f"{len(events)} events occurred instead, the nearest first" if len(events) > 1 else "1 event occurred instead"
    )
    heading = f"more than {heading}" if known.is_part else heading
    if len(ranked) > MOST:
        heading += f" ({len(ranked) - MOST} more are not shown)"
    rows = [TITLES, *(cells(event, known.earlier) for event in ranked[:MOST])]
    lines = [line[:WIDTH] for line in aligned(rows).splitlines()]
    note = [f"* occurred before {known.begin}"] if any(row[0] for row in rows) else []
    return ["", f"{heading}:", *lines, *note]


def cells(event: Event, earlier: Collection[str]) -> tuple[str, ...]:
    time = f"{event.timestamp.astimezone(UTC):%H:%M:%S}.{event.timestamp.microsecond // 1000:03}"
    texts = (event.service, event.event_name, event.instance_id or '""', format_metadata(event))
    return ("*" if event.id in earlier else "", time, *texts)


def section(title: str, lines: Iterable[str]) -> list[str]:
    """A list under its title; nothing if it is empty."""
    shown = [f"  {line}" for line in lines]
    return ["", f"{title}:", *shown] if shown else []


def worker_line(worker: Worker) -> str:
    status = f"{worker.status or 'no version'}, {worker.running_status or 'not running'}"
    return f"{escape_text(worker.scope)}  {status}  ({escape_text(worker.script_url)})"


def details_lines(events: Sequence[Event]) -> list[str]:
    """Of the last notifications that were displayed."""
    shown = [(event, notification_lines(event)) for event in events]
    lines = [
        escape_text(f"{event.instance_id or event.metadata.get('Title', '')!r}  {', '.join(about)}")
        for event, about in shown
        if about
    ]
    return [shorten(line, WIDTH) for line in lines[-MOST:]]


def thrown_lines(errors: Sequence[Thrown]) -> list[str]:
    more = [f"and {len(errors) - MOST} before these"] if len(errors) > MOST else []
    return [*(escape_text(line_of(error)) for error in errors[-MOST:]), *more]


def logged_line(error: WorkerError) -> str:
    return f"{escape_text(error.error_message)}  ({escape_text(error.source_url)}:{error.line_number})"
