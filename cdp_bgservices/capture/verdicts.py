"""What became of what was asked for: verdicts, what is said of them, and the exit status."""

from collections.abc import Sequence
from datetime import datetime

from cdp_bgservices.capture.options import Recording
from cdp_bgservices.capture.say import Say
from cdp_bgservices.capture.stop_reason import Ending, Reason
from cdp_bgservices.delays import explain_delays
from cdp_bgservices.events import Event
from cdp_bgservices.export.one_line import one_line
from cdp_bgservices.export.terminal_escape import harmless
from cdp_bgservices.rules import Outcome, Verdict, has_failed
from cdp_bgservices.rules.judging import judge

FAILED, INTERRUPTED = 1, 130
MOST_EVENTS = 10
"""Events that are listed for each rule."""

UNTIL = "--until sees its event"
"""The name of its rule."""

STOPPED = {
    Reason.SIGNAL: (Outcome.UNDECIDED, "it was stopped by a signal"),
    Reason.EVENT: (Outcome.UNDECIDED, "it was stopped: what --until waits for came first"),
    Reason.TIME: (Outcome.FAILED, "it was stopped: it had not ended when --for was over"),
    Reason.BROWSER: (Outcome.FAILED, "it was stopped: the browser went away"),
}


def reach_verdicts(
    recording: Recording, events: Sequence[Event], ending: Ending, status: int | None, ended_at: datetime
) -> list[Verdict]:
    """One for each rule, one for ``--until``, one for the command, which ended by itself with ``status``."""
    verdicts = judge(recording.rules, events, ended_at=ended_at)
    if recording.until is not None:
        verdicts.append(until_verdict(":".join(recording.until), is_seen(recording, events)))
    if recording.command is not None:
        verdicts.append(command_verdict(ending, status))
    return verdicts


def is_seen(recording: Recording, events: Sequence[Event]) -> bool:
    """Whether what ``--until`` waits for came. Whatever ended the recording: it may have been the last to come."""
    return any((event.service, event.event_name) == recording.until for event in events)


def until_verdict(until: str, seen: bool) -> Verdict:
    outcome = Outcome.PASSED if seen else Outcome.FAILED
    return Verdict(rule=UNTIL, outcome=outcome, message="" if seen else f"{until} was not seen")


def command_verdict(ending: Ending, status: int | None) -> Verdict:
    rule = "the command of --run succeeds"
    if status is None:
        unknown = (Outcome.UNDECIDED, "it was stopped: the recording failed")
        outcome, message = STOPPED.get(ending.reason, unknown) if ending.reason else unknown
    elif status:
        outcome, message = Outcome.FAILED, f"it ended with status {status}" + (": not found" if status == 127 else "")
    else:
        outcome, message = Outcome.PASSED, ""
    return Verdict(rule=rule, outcome=outcome, message=message)


def say_failed(verdicts: Sequence[Verdict], say: Say) -> None:
    """A line for each that failed, and below it one for each event that made it; and one for each undecided."""
    for verdict in verdicts:
        if verdict.outcome is Outcome.UNDECIDED:
            say(f"undecided: {verdict.rule}: {verdict.message}")
        elif verdict.outcome is Outcome.FAILED:
            say(f"failed: {verdict.rule}: {verdict.message}")
            for event in verdict.events[:MOST_EVENTS]:
                say(f"  {one_line(event)}")
            if len(verdict.events) > MOST_EVENTS:
                say(f"  and {len(verdict.events) - MOST_EVENTS} more")


def say_put_off(
    recording: Recording, events: Sequence[Event], verdicts: Sequence[Verdict], ended_at: datetime, say: Say
) -> None:
    """Where something did not come: a line for each sync of its service that Chromium fires later by itself."""
    missing = {verdict.rule for verdict in verdicts if verdict.outcome is Outcome.FAILED and not verdict.events}
    services = {pattern.service for rule in recording.rules if rule.name in missing for pattern in rule.patterns()}
    if recording.until is not None and UNTIL in missing:
        services.add(recording.until[0])
    for line in explain_delays((event for event in events if event.service in services), ended_at):
        say(f"  {harmless(line)}")


def exit_status(
    recording: Recording, events: Sequence[Event], verdicts: Sequence[Verdict], ending: Ending, status: int | None
) -> int:
    """The worse, which is the larger, of ours and that of the command, if it ended by itself.

    Stopped by a signal it is 130, where there was an end to wait for that had not come.
    """
    statuses = [FAILED if has_failed(list(verdicts)) else 0]
    if status is not None:
        statuses.append(status)
    if ending.reason is Reason.SIGNAL and recording.has_an_end and not is_seen(recording, events):
        statuses.append(INTERRUPTED)
    return max(statuses)
