"""The verdicts on a capture, what is said of them, and the exit status."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from cdp_bgservices.capture.run import Run
from cdp_bgservices.capture.stop_reason import StopReason
from cdp_bgservices.coverage.report import gaps, report_sources
from cdp_bgservices.delays import explain_delays
from cdp_bgservices.errors import StoreError
from cdp_bgservices.export.coverage import first_gap
from cdp_bgservices.export.one_line import excerpt, one_line
from cdp_bgservices.export.places import Labels, place
from cdp_bgservices.export.terminal_escape import escape_text
from cdp_bgservices.notices import Notice, Say
from cdp_bgservices.rules import Kind, Outcome, Verdict, has_failed
from cdp_bgservices.rules.judging import judge
from cdp_bgservices.store import open_engine

FAILED, INTERRUPTED = 1, 130
MOST_EVENTS = 10
"""Events that are listed for each rule."""

UNTIL = "--until sees its event"
WHOLE = "everything was recorded that the rules are about"
"""Names of rules."""

STOPPED = {
    StopReason.SIGNAL: (Outcome.UNDECIDED, "it was stopped by a signal"),
    StopReason.CALLER: (Outcome.UNDECIDED, "it was stopped"),
    StopReason.EVENT: (Outcome.UNDECIDED, "it was stopped: the event of --until occurred first"),
    StopReason.TIME: (Outcome.FAILED, "it was stopped: it had not ended when --for was over"),
    StopReason.BROWSER: (Outcome.FAILED, "it was stopped: the browser went away"),
}


def reach_verdicts(run: Run, ended_at: datetime) -> list[Verdict]:
    """One for each rule, one for ``--until``, one for the command."""
    options = run.options
    verdicts = judge(options.rules, run.recorded.events, ended_at=ended_at)
    if options.until is not None:
        missing = "" if run.recorded.is_until_seen else f"{':'.join(options.until)} was not seen"
        outcome = Outcome.FAILED if missing else Outcome.PASSED
        verdicts.append(Verdict(rule=UNTIL, kind=Kind.UNTIL, outcome=outcome, message=missing))
    if options.command is not None:
        verdicts.append(command_verdict(run.stop.reason, run.status))
    return verdicts


def command_verdict(reason: StopReason | None, status: int | None) -> Verdict:
    """``status`` is None if it did not end by itself."""
    rule = "the command of --run succeeds"
    if status is None:
        unknown = (Outcome.UNDECIDED, "it was stopped: the recording failed")
        outcome, message = STOPPED.get(reason, unknown) if reason else unknown
    elif status:
        outcome, message = Outcome.FAILED, f"it ended with status {status}" + (": not found" if status == 127 else "")
    else:
        outcome, message = Outcome.PASSED, ""
    return Verdict(rule=rule, kind=Kind.COMMAND, outcome=outcome, message=message)


def gap_verdicts(run: Run, ended_at: datetime) -> list[Verdict]:
    """One if a service that a rule names was not recorded for a while, or if that cannot be read; a failure if
    ``--strict``.
    """
    options = run.options
    services = tuple(dict.fromkeys(service for rule in options.rules for service in rule.services()))
    if not services or run.ready_at is None:
        return []
    try:
        with open_engine(options.store, create=False) as database:
            reports = report_sources(database.coverage(), run.ready_at, ended_at, run.sources, services)
    except StoreError as error:  # The verdicts and the reports do not depend on it.
        message = str(error)
    else:
        series = (each for found in reports.values() for each in found)
        message = first_gap(gaps(series, from_the_start=False))
        if not message:
            return []
    outcome = Outcome.FAILED if options.strict else Outcome.UNDECIDED
    return [Verdict(rule=WHOLE, kind=Kind.RECORDING, outcome=outcome, message=message)]


def say_failed(verdicts: Sequence[Verdict], say: Say, names: Labels) -> None:
    """A line for each that failed, and below it one for each event that made it; and one for each undecided."""
    for verdict in verdicts:
        if verdict.outcome is Outcome.UNDECIDED:
            say(Notice("verdict", f"undecided: {verdict.rule}: {verdict.message}", **judged(verdict)))
        elif verdict.outcome is Outcome.FAILED:
            say(Notice("verdict", f"failed: {verdict.rule}: {verdict.message}", **judged(verdict)))
            for event in verdict.events[:MOST_EVENTS]:
                where = place(event.origin, event.source, event.browser_context, names)
                say(Notice("verdict", f"  {one_line(event)}  at {excerpt(where)}", rule=verdict.rule, id=event.id))
            if len(verdict.events) > MOST_EVENTS:
                say(Notice("verdict", f"  and {len(verdict.events) - MOST_EVENTS} more", rule=verdict.rule))


def judged(verdict: Verdict) -> dict[str, Any]:
    return {"rule": verdict.rule, "outcome": str(verdict.outcome)}


def say_put_off(run: Run, verdicts: Sequence[Verdict], ended_at: datetime) -> None:
    """If an event is missing: a line for each sync of its service that Chromium fires later by itself."""
    options = run.options
    missing = {verdict.rule for verdict in verdicts if verdict.outcome is Outcome.FAILED and not verdict.events}
    services = {pattern.service for rule in options.rules if rule.name in missing for pattern in rule.patterns()}
    if options.until is not None and UNTIL in missing:
        services.add(options.until[0])
    for line in explain_delays((event for event in run.recorded.events if event.service in services), ended_at):
        run.say(Notice("verdict", f"  {escape_text(line)}"))


def exit_status(run: Run, verdicts: Sequence[Verdict]) -> int:
    """The larger of ours and that of the command, if it ended by itself.

    It is 130 if a signal stopped the capture before the end that it waits for.
    """
    statuses = [FAILED if has_failed(list(verdicts)) else 0]
    if run.status is not None:
        statuses.append(run.status)
    if run.stop.reason is StopReason.SIGNAL and run.options.has_an_end and not run.recorded.is_until_seen:
        statuses.append(INTERRUPTED)
    return max(statuses)
