"""Tables and JSON of a browser's workers and recordings, and of the last recorders."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cdp_bgservices.export.columns import aligned
from cdp_bgservices.export.terminal_escape import escape_text
from cdp_bgservices.thrown import line_of

if TYPE_CHECKING:
    from cdp_bgservices.browser.each_context import BrowserRecordings
    from cdp_bgservices.protocol.workers import Worker
    from cdp_bgservices.shipping.report import SpoolReport
    from cdp_bgservices.store import LastRun
    from cdp_bgservices.store.presence import Presence
    from cdp_bgservices.thrown import Thrown

MOST_ROWS = 20
ALWAYS = ("received", "stored", "gaps")


def workers_text(workers: "Sequence[Worker]", threw: "Sequence[Thrown | None]") -> str:
    """What a worker threw last is below it."""
    rows = [("SCOPE", "SCRIPT", "STATUS", "RUNNING", "REGISTRATION", "CONTEXT")] if workers else []
    rows += [
        (
            worker.scope,
            worker.script_url,
            worker.status,
            worker.running_status,
            worker.registration_id,
            worker.browser_context,
        )
        for worker in workers
    ]
    heading, *lines = aligned(rows).splitlines(keepends=True) or [""]
    below = [
        f"  last error {error.timestamp:%Y-%m-%d %H:%M:%S} UTC: {one_line(error)}\n" if error else "" for error in threw
    ]
    return heading + "".join(line + last for line, last in zip(lines, below, strict=True))


def one_line(error: "Thrown") -> str:
    """Nothing in it can control a terminal."""
    return escape_text(line_of(error)).replace("\n", " ")


def recordings_text(recordings: "BrowserRecordings") -> str:
    rows = [(recordings.product, recordings.profile or "profile unknown", "")]
    for context in recordings.contexts:
        name = context.profile or ("default" if context.is_default else "")
        kind = f" ({name})" if name else ""
        rows.append(("context", context.browser_context + kind, ""))
        rows += [
            (f"  {service}", "recording" if state.recording else "not recording", until(state.armed_until))
            for service, state in context.services.items()
        ]
    return aligned(rows)


def runs_text(runs: "Sequence[LastRun]") -> str:
    """A source has two lines, so that they fit into a terminal; what is 0 is left out, but for what matters most."""
    rows = [("LAST RECORDED (UTC)", "SOURCE")]
    for run in runs[:MOST_ROWS]:
        counts = [
            f"{name.replace('_', ' ')} {number}" for name, number in run.numbers.items() if number or name in ALWAYS
        ]
        rows += [(f"{run.moment:%Y-%m-%d %H:%M:%S}", run.source), ("", ", ".join(counts))]
    return aligned(rows) + more_text(len(runs))


def more_text(count: int) -> str:
    return f"and {count - MOST_ROWS} more: --format json has them all\n" if count > MOST_ROWS else ""


def spool_text(report: "SpoolReport", *, is_reached: bool) -> str:
    """What waits on this machine for the shared store, and why. ``is_reached``: that store has said more of itself."""
    from cdp_bgservices.shipping.messages import clock_text, counted

    clock = "" if is_reached else clock_text(timedelta(seconds=report.skew))
    lines = [
        ("spool", report.spool),
        ("of", report.store),
        ("waiting", counted(report.waiting) + (f", since {moment(report.since)}" if report.since else "")),
        *([("error", f"{report.error} ({moment(report.error_at)})")] if report.error_at else []),
        *([("set aside", f"{counted(report.refused)}: {report.refusal}")] if report.refused else []),
        *([("too early", f"tried again at {moment(report.ahead_until)}")] if report.ahead_until else []),
        *([("clock", clock)] if clock else []),
    ]
    return aligned(lines)


def moment(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M:%S} UTC"


def recorders_text(presences: "Sequence[Presence]") -> str:
    """Those at work, and a warning of two browsers that are recorded under one name."""
    from cdp_bgservices.store.presence import doubles, doubles_text

    rows = [("RECORDING SINCE (UTC)", "VERSION", "SOURCE")]
    for each in presences[:MOST_ROWS]:
        host = "" if each.source.startswith(f"{each.host}:") else f" on {each.host}"
        rows.append((f"{each.since:%Y-%m-%d %H:%M:%S}", each.version, each.source + host))
    warned = {each[0].source: doubles_text(*each) for each in doubles(presences)}
    return (
        aligned(rows)
        + more_text(len(presences))
        + "".join(f"warning: {escape_text(warning)}\n" for warning in warned.values())
    )


def until(moment: datetime | None) -> str:
    return f"armed until {moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if moment else ""
