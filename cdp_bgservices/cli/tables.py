"""Tables of a browser's workers and recordings, and of the last recorders. ``width`` is that of a terminal."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cdp_bgservices.contexts import labels
from cdp_bgservices.export.columns import fields, table
from cdp_bgservices.thrown import Thrown, line_of

if TYPE_CHECKING:
    from cdp_bgservices.browser.each_context import BrowserRecordings
    from cdp_bgservices.contexts import BrowserContext
    from cdp_bgservices.protocol.workers import Worker
    from cdp_bgservices.shipping.report import SpoolReport
    from cdp_bgservices.store import LastRun
    from cdp_bgservices.store.presence import Presence

MOST_ROWS = 20
ALWAYS = ("received", "stored", "gaps")


def workers_text(
    workers: "Sequence[Worker]",
    threw: "Sequence[Thrown | None]",
    names: Mapping[str, str],
    width: int | None = None,
) -> str:
    """What each of them threw last is in a column of its own, where one did. ``names`` of browser contexts, by id."""
    titles = ("SCOPE", "SCRIPT", "STATUS", "RUNNING", "REGISTRATION", "CONTEXT")
    rows: list[tuple[str, ...]] = [titles] if workers else []
    rows += [
        (
            worker.scope,
            worker.script_url,
            worker.status,
            worker.running_status,
            worker.registration_id,
            named(worker.browser_context, names.get(worker.browser_context, "")),
        )
        for worker in workers
    ]
    if any(threw):
        last = [f"{error.timestamp:%Y-%m-%d %H:%M:%S} UTC: {line_of(error)}" if error else "" for error in threw]
        rows = [(*row, cell) for row, cell in zip(rows, ["LAST ERROR", *last], strict=True)]
    return table(rows, width)


def named(browser_context: str, name: str) -> str:
    return f"{browser_context} ({name})" if name else browser_context


def contexts_text(contexts: "Sequence[BrowserContext]", width: int | None = None) -> str:
    """Those that come and go, the latest first: since when they were recorded, and when and why they were over."""
    names = labels(contexts)
    found = sorted((each for each in contexts if not each.is_default), key=lambda each: each.since, reverse=True)
    rows = [("RECORDED SINCE (UTC)", "BROWSER CONTEXT", "SOURCE", "OVER")] if found else []
    for each in found[:MOST_ROWS]:
        over = f"{each.ended:%Y-%m-%d %H:%M:%S}: {each.why}" if each.ended else "not known to be"
        rows.append((f"{each.since:%Y-%m-%d %H:%M:%S}", named(each.context, names[each.key]), each.source, over))
    return table(rows, width) + more_text(len(found))


def recordings_text(recordings: "BrowserRecordings", names: Mapping[str, str], width: int | None = None) -> str:
    """``names`` of browser contexts, by id."""
    text = fields([("browser", recordings.product), ("profile", recordings.profile or "not known")], width)
    for context in recordings.contexts:
        name = context.profile or names.get(context.browser_context) or ("default" if context.is_default else "")
        text += fields([("context", named(context.browser_context, name))], width)
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
