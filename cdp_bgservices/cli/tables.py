"""Tables of a browser's workers and recordings, and of the last recorders. ``width`` is that of a terminal."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cdp_bgservices.export.columns import fields, table
from cdp_bgservices.thrown import Thrown, line_of

if TYPE_CHECKING:
    from cdp_bgservices.browser.each_context import BrowserRecordings
    from cdp_bgservices.protocol.workers import Worker
    from cdp_bgservices.shipping.report import SpoolReport
    from cdp_bgservices.store import LastRun
    from cdp_bgservices.store.presence import Presence

MOST_ROWS = 20
ALWAYS = ("received", "stored", "gaps")


def workers_text(workers: "Sequence[Worker]", threw: "Sequence[Thrown | None]", width: int | None = None) -> str:
    """What each of them threw last is in a column of its own, where one did."""
    titles = ("SCOPE", "SCRIPT", "STATUS", "RUNNING", "REGISTRATION", "CONTEXT")
    rows: list[tuple[str, ...]] = [titles] if workers else []
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
    if any(threw):
        last = [f"{error.timestamp:%Y-%m-%d %H:%M:%S} UTC: {line_of(error)}" if error else "" for error in threw]
        rows = [(*row, cell) for row, cell in zip(rows, ["LAST ERROR", *last], strict=True)]
    return table(rows, width)


def recordings_text(recordings: "BrowserRecordings", width: int | None = None) -> str:
    text = fields([("browser", recordings.product), ("profile", recordings.profile or "not known")], width)
    for context in recordings.contexts:
        name = context.profile or ("default" if context.is_default else "")
        kind = f" ({name})" if name else ""
        text += fields([("context", context.browser_context + kind)], width)
        text += fields(
            [
                (f"  {service}", "recording" if state.recording else "not recording", until(state.armed_until))
                for service, state in context.services.items()
            ],
            width,
        )
    return text


def runs_text(runs: "Sequence[LastRun]", width: int | None = None) -> str:
    """A source has two lines, so that they fit into a terminal; what is 0 is left out, but for what matters most."""
    rows = [("LAST RECORDED (UTC)", "SOURCE")]
    for run in runs[:MOST_ROWS]:
        counts = [
            f"{name.replace('_', ' ')} {number}" for name, number in run.numbers.items() if number or name in ALWAYS
        ]
        rows += [(f"{run.moment:%Y-%m-%d %H:%M:%S}", run.source), ("", ", ".join(counts))]
    return fields(rows, width) + more_text(len(runs))


def more_text(count: int) -> str:
    return f"and {count - MOST_ROWS} more: --format json has them all\n" if count > MOST_ROWS else ""


def spool_text(report: "SpoolReport", width: int | None = None, *, is_reached: bool) -> str:
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
    return fields(lines, width)


def moment(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M:%S} UTC"


def recorders_text(presences: "Sequence[Presence]", width: int | None = None) -> str:
    """Those at work, and a warning of two browsers that are recorded under one name."""
    from cdp_bgservices.store.presence import doubles, doubles_text

    rows = [("RECORDING SINCE (UTC)", "VERSION", "SOURCE")]
    for each in presences[:MOST_ROWS]:
        host = "" if each.source.startswith(f"{each.host}:") else f" on {each.host}"
        rows.append((f"{each.since:%Y-%m-%d %H:%M:%S}", each.version, each.source + host))
    warned = {each[0].source: doubles_text(*each) for each in doubles(presences)}
    return (
        fields(rows, width)
        + more_text(len(presences))
        + "".join(fields([("warning:", warning)], width) for warning in warned.values())
    )


def until(moment: datetime | None) -> str:
    return f"armed until {moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if moment else ""
