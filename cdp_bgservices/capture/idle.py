"""A capture in which nothing could occur: the browser was not used, so that its silence proves nothing."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from cdp_bgservices.browser.activity import open_activity
from cdp_bgservices.capture.run import Run
from cdp_bgservices.capture.verdicts import STOPPED
from cdp_bgservices.errors import CommandError
from cdp_bgservices.recorder import Recorder
from cdp_bgservices.rules import Kind, Outcome, Verdict

USED = "the browser that is recorded is used"
"""The verdict's name."""
MEANT = "give --allow-idle if that is intended"
UNUSED = f"no page was open in it, no client connected to it and no event occurred: give a --url, or {MEANT}"
UNUSED_BY_COMMAND = (
    "no client connected to this browser and no page was opened in it: does the suite use $CDP_BGSERVICES_ENDPOINT? "
    f"({MEANT})"
)


@asynccontextmanager
async def watch_activity(run: Run, recorder: Recorder) -> AsyncIterator[None]:
    """Watch what other clients do in its browser, if that matters. A browser that cannot say is recorded, too."""
    async with AsyncExitStack() as stack:
        if run.options.is_judged:
            # A worker that is registered may act without a page, and without a client.
            run.had_workers |= bool(recorder.open_contexts().workers)
            try:
                run.activities.append(await stack.enter_async_context(open_activity(recorder.browser)))
            except CommandError as error:
                run.not_watched = str(error)
        yield


def idle_verdicts(run: Run, *, failed: bool) -> list[Verdict]:
    """Whether the browser was used: one verdict, or none if nothing depends on it.

    Beside a command only what happened after its start counts: another client, a page, an event, a page of ``--url``.
    Otherwise pages and workers that were there before count too: they may act.

    ``failed``: the capture itself did.
    """
    options, beside = run.options, run.options.command is not None
    if not options.is_judged:
        return []
    used = run.opened or run.recorded.has_come or any(activity.is_used for activity in run.activities)
    could = not beside and (run.had_workers or any(activity.had_pages for activity in run.activities))
    if used or could:
        return [Verdict(rule=USED, kind=Kind.RECORDING, outcome=Outcome.PASSED)]
    outcome, message = Outcome.FAILED, UNUSED_BY_COMMAND if beside else UNUSED
    if run.not_watched:
        outcome, message = Outcome.UNDECIDED, f"this browser does not report who uses it: {run.not_watched}"
    elif failed:
        outcome, message = Outcome.UNDECIDED, "the recording failed"
    elif beside and run.status is None and run.stop.reason in STOPPED:
        stopped, why = STOPPED[run.stop.reason]
        outcome, message = stopped, message if stopped is Outcome.FAILED else why
    return [Verdict(rule=USED, kind=Kind.RECORDING, outcome=outcome, message=message)]
