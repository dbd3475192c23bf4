"""What a failed expectation says: what was waited for, what came instead, and how the workers are."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime

import msgspec

from cdp_bgservices.delays import explain_delays
from cdp_bgservices.events import Event
from cdp_bgservices.export.columns import aligned
from cdp_bgservices.export.table import format_metadata
from cdp_bgservices.export.terminal_escape import harmless
from cdp_bgservices.protocol.registrations import WorkerError
from cdp_bgservices.protocol.workers import Worker
from cdp_bgservices.testing.expected import Expected
from cdp_bgservices.thrown import Thrown, line_of

MOST = 20
"""Events that are shown; more bury the nearest ones."""

WIDTH = 200
"""Characters of a line, after which metadata is cut."""

HERE = "this browser context"

TITLES = ("", "TIME (UTC)", "SERVICE", "EVENT", "INSTANCE", "METADATA")


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What an explanation is made of."""

    events: Sequence[Event] = ()
    """All that the test has seen."""
    earlier: Collection[str] = ()
    """The ids of those that came before what was waited for."""
    workers: Sequence[Worker] = ()
    errors: Sequence[Thrown] = ()
    """What the workers threw."""
    logged: Sequence[WorkerError] = ()
    """Errors on their consoles."""
    remarks: Sequence[str] = ()
    """What stands in the way of events, a sentence each."""
    where: str = HERE
    """What was looked at."""
    elsewhere: int = 0
    """Events in contexts that are not looked at."""


def explain_failure(expected: Expected, waited: str, known: Known, *, ended: str = "") -> str:
    """Several lines. ``ended`` is why it was not waited for any longer."""
    outcome = f"{ended} before it came" if ended else f"it did not come within {waited}"
    parts = [f"expected {harmless(str(expected))}: {outcome}"]
    parts += expected.doubts()
    parts.append(explain_situation(expected, known))
    return "\n".join(parts)


def explain_situation(expected: Expected, known: Known) -> str:
    """The same without its headline, for whatever did not come about with the event that is expected."""
    parts = [*put_off(expected, known.events), *came(expected, known), *came_elsewhere(known.elsewhere)]
    parts += list_workers(known.workers)
    parts += thrown(known.errors)
    parts += errors_logged(known.logged)
    for remark in known.remarks:
        parts += ["", harmless(remark[:1].upper() + remark[1:]) + "." * (not remark.endswith("."))]
    return "\n".join(parts)


def put_off(expected: Expected, events: Sequence[Event]) -> list[str]:
    """Where Chromium itself fires what was asked for, but later."""
    wanted = msgspec.structs.replace(expected, event_name=None, metadata={}, predicate=None)
    lines = explain_delays(filter(wanted.matches, events), datetime.now(UTC))
    return ["", *map(harmless, lines)] if lines else []


def came(expected: Expected, known: Known) -> list[str]:
    """A table, the nearest miss first; among equals the newest."""
    events = known.events
    if not events:
        return ["", f"No event of any service came in {known.where}."]
    ranked = sorted(events, key=lambda event: (expected.nearness(event), event.timestamp), reverse=True)
    heading = f"{len(events)} events came instead, the nearest first" if len(events) > 1 else "1 event came instead"
    if len(ranked) > MOST:
        heading += f" ({len(ranked) - MOST} more are not shown)"
    rows = [TITLES, *(cells(event, known.earlier) for event in ranked[:MOST])]
    lines = [line[:WIDTH] for line in aligned(rows).splitlines()]
    note = ["* came before it was waited for"] if any(row[0] for row in rows) else []
    return ["", f"{heading}:", *lines, *note]


def cells(event: Event, earlier: Collection[str]) -> tuple[str, ...]:
    time = f"{event.timestamp.astimezone(UTC):%H:%M:%S}.{event.timestamp.microsecond // 1000:03}"
    texts = (event.service, event.event_name, event.instance_id or '""', format_metadata(event))
    return ("*" if event.id in earlier else "", time, *texts)


def came_elsewhere(count: int) -> list[str]:
    if not count:
        return []
    came = "1 event came" if count == 1 else f"{count} events came"
    return ["", f"{came} in other browser contexts: ask bgservices.of(context)."]


def list_workers(workers: Sequence[Worker]) -> list[str]:
    if not workers:
        return []
    return [
        "",
        "service workers:",
        *(
            f"  {harmless(worker.scope)}  {worker.status or 'no version'}, {worker.running_status or 'not running'}"
            f"  ({harmless(worker.script_url)})"
            for worker in workers
        ),
    ]


def thrown(errors: Sequence[Thrown]) -> list[str]:
    if not errors:
        return []
    more = [f"  and {len(errors) - MOST} before these"] if len(errors) > MOST else []
    return ["", "what the workers threw:", *(f"  {harmless(line_of(error))}" for error in errors[-MOST:]), *more]


def errors_logged(errors: Sequence[WorkerError]) -> list[str]:
    """``console.error`` of the workers, and what Chromium itself writes there; since their contexts began."""
    if not errors:
        return []
    return [
        "",
        "errors on the workers' consoles:",
        *(f"  {harmless(error.error_message)}  ({harmless(error.source_url)}:{error.line_number})" for error in errors),
    ]
