"""The end of a recording: judged, said, reported."""

from datetime import UTC, datetime

from cdp_bgservices.capture.gap_verdicts import gap_verdicts
from cdp_bgservices.capture.idle import idle_verdicts
from cdp_bgservices.capture.proof import no_proof
from cdp_bgservices.capture.reports import write_reports
from cdp_bgservices.capture.run import Run
from cdp_bgservices.capture.verdicts import INTERRUPTED, exit_status, reach_verdicts, say_failed, say_put_off
from cdp_bgservices.errors import BackgroundServicesError, StoreError
from cdp_bgservices.export.verdict_text import summary
from cdp_bgservices.rules import has_failed


def conclude(run: Run, error: BackgroundServicesError | None, *, cut_short: bool) -> int:
    """Judge, say and report. The exit status, or the error of the recording itself."""
    ended_at = datetime.now(UTC)
    recording, events, say = run.recording, run.recorded.events, run.say
    verdicts = reach_verdicts(recording, events, run.ending, run.status, ended_at)
    of_rules, idle = verdicts[: len(recording.rules)], idle_verdicts(run, failed=error is not None or cut_short)
    verdicts += idle
    is_meant = recording.allow_idle and not run.recorded.has_come
    if error is None and not cut_short and not has_failed(idle) and not is_meant:
        verdicts += no_proof(of_rules, say, strict=recording.strict)
    if error is None and not cut_short:
        verdicts += gap_verdicts(run, ended_at)
    problem = "\n".join(filter(None, (str(error), error.remedy))) if error else ""
    if cut_short:
        problem = "it was stopped at once, by a second signal"
    say_failed(verdicts, say)
    say_put_off(recording, events, verdicts, ended_at, say)
    if verdicts:
        say(f"verdicts: {summary(verdicts)}")
    try:
        write_reports(
            recording,
            events,
            verdicts,
            say,
            problem=problem,
            started_at=run.started_at,
            length=ended_at - run.started_at,
            thrown=[each for each in run.recorded.thrown if each.event_id is None],
        )
    except StoreError as not_written:
        if error is None:
            raise
        say(f"warning: {not_written}")
    if error is not None:
        raise error
    return INTERRUPTED if cut_short else exit_status(recording, events, verdicts, run.ending, run.status)
