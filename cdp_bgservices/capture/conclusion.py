"""The end of a capture: verdicts, what is said of them, reports, the outcome."""

from datetime import UTC, datetime

import msgspec

from cdp_bgservices.capture.idle import idle_verdicts
from cdp_bgservices.capture.proof import no_proof
from cdp_bgservices.capture.reports import write_reports
from cdp_bgservices.capture.run import Run
from cdp_bgservices.capture.stop_reason import StopReason
from cdp_bgservices.capture.verdicts import (
    INTERRUPTED,
    exit_status,
    gap_verdicts,
    reach_verdicts,
    say_failed,
    say_put_off,
)
from cdp_bgservices.contexts import labels
from cdp_bgservices.errors import BackgroundServicesError, StoreError
from cdp_bgservices.export.verdict_text import summary
from cdp_bgservices.notices import Notice
from cdp_bgservices.rules import Verdict, has_failed
from cdp_bgservices.statistics import Statistics

CUT_SHORT = "it was stopped at once, without waiting for its end"


class CaptureResult(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of a capture."""

    exit_status: int
    """That of ``record``: 0 if everything is as it should be."""
    verdicts: tuple[Verdict, ...]
    """One for each rule, in their order; then those of ``--until``, of the command and of the capture itself."""
    stop_reason: StopReason | None
    """None if an error stopped it."""
    command_status: int | None
    """The command's own exit status, if it ended by itself."""
    statistics: Statistics
    started_at: datetime
    ended_at: datetime


def conclude(run: Run, error: BackgroundServicesError | None) -> CaptureResult:
    """Judge, say and report. ``error`` is that of the capture. Raises StoreError for a report, if there is no other."""
    ended_at, cut_short = datetime.now(UTC), run.scope.cancelled_caught
    verdicts = all_verdicts(run, ended_at, failed=error is not None or cut_short)
    problem = "\n".join(filter(None, (str(error), error.remedy))) if error else CUT_SHORT if cut_short else ""
    say_failed(verdicts, run.say, labels(run.recorded.contexts))
    say_put_off(run, verdicts, ended_at)
    if verdicts:
        run.say(Notice("verdicts", f"verdicts: {summary(verdicts)}"))
    try:
        write_reports(run, verdicts, ended_at, problem)
    except StoreError as not_written:
        if error is None:
            raise
        run.say(Notice("report", str(not_written), level="warning"))
    return CaptureResult(
        exit_status=INTERRUPTED if cut_short else exit_status(run, verdicts),
        verdicts=tuple(verdicts),
        stop_reason=run.stop.reason,
        command_status=run.status,
        statistics=run.statistics,
        started_at=run.started_at,
        ended_at=ended_at,
    )


def all_verdicts(run: Run, ended_at: datetime, *, failed: bool) -> list[Verdict]:
    """``failed``: the capture itself did, so that nothing follows from what it lacks."""
    options = run.options
    verdicts, idle = reach_verdicts(run, ended_at), idle_verdicts(run, failed=failed)
    found = [*verdicts, *idle]
    if failed:
        return found
    if not has_failed(idle) and not (options.allow_idle and not run.recorded.has_come):
        found += no_proof(verdicts[: len(options.rules)], run.say, strict=options.strict)
    return found + gap_verdicts(run, ended_at)


def closing_notice(run: Run) -> Notice:
    options, recorder, statistics = run.options, run.recorder, run.statistics
    # What is for a shared store may still be on its way.
    where = f"{'for' if run.store.is_shared else 'in'} {run.store.name}"
    lines = [f"stored {statistics.stored} events {where}"]
    others = [
        f"{number} {what}"
        for number, what in (
            (statistics.known, "were there already"),
            (statistics.too_old, "were past retention"),
            (statistics.not_understood, "messages were not understood"),
        )
        if number
    ]
    lines[0] += f" ({', '.join(others)})" if others else ""
    lines.append(counted(statistics))
    kept_on = options.attach is not None and not options.stop_recording
    if kept_on and recorder is not None and recorder.armed_until:
        lines.append(f"the browser goes on recording by itself until {recorder.armed_until:%Y-%m-%d %H:%M} UTC")
    return Notice("stored", "\n".join(lines), store=run.store.name, **msgspec.structs.asdict(statistics))


def counted(statistics: Statistics) -> str:
    """What was received, and what a reader should know of it; nothing that is 0."""
    counts = [count(statistics.received, "event")]
    counts += [count(statistics.reattachments, "re-attachment")] if statistics.reattachments else []
    if statistics.gaps:
        shows = f"`cdp-bgservices coverage` shows {'it' if statistics.gaps == 1 else 'them'}"
        counts.append(f"{count(statistics.gaps, 'gap')} ({shows})")
    return f"received {', '.join(counts)}"


def count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
