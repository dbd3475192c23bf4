"""The end of a recording: judged, said, reported."""

from datetime import UTC, datetime

from cdp_bgservices.cli.judged import INTERRUPTED, exit_status, reach_verdicts, say_failed, say_put_off
from cdp_bgservices.cli.output import say
from cdp_bgservices.cli.recorded import Run
from cdp_bgservices.cli.reports import write_reports
from cdp_bgservices.errors import BackgroundServicesError, StoreError


def conclude(run: Run, error: BackgroundServicesError | None, *, cut_short: bool) -> int:
    """Judge, say and report. The exit status, or the error of the recording itself."""
    ended_at = datetime.now(UTC)
    recording, events = run.recording, run.recorded.events
    verdicts = reach_verdicts(recording, events, run.ending, run.status, ended_at)
    problem = "\n".join(filter(None, (str(error), error.remedy))) if error else ""
    if cut_short:
        problem = "it was stopped at once, by a second signal"
    say_failed(verdicts)
    say_put_off(recording, events, verdicts, ended_at)
    try:
        write_reports(
            recording,
            events,
            verdicts,
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
