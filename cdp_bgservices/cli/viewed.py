"""What the view command does where a browser is behind the viewer: record it, and let the page drive it."""

from functools import partial

import trio

from cdp_bgservices.browser.opening import Browser
from cdp_bgservices.browser.triggers import Trigger, push
from cdp_bgservices.capture.options import Recording
from cdp_bgservices.capture.push_route import find_labs, route_push
from cdp_bgservices.capture.recording import STOPPING, capture, first_error
from cdp_bgservices.capture.run import Run
from cdp_bgservices.capture.stop_reason import Reason
from cdp_bgservices.capture.verdicts import INTERRUPTED
from cdp_bgservices.cli.output import say
from cdp_bgservices.cli.viewing import Viewing, open_shown
from cdp_bgservices.errors import BackgroundServicesError, BrowserError
from cdp_bgservices.protocol.workers import Worker
from cdp_bgservices.store import open_store
from cdp_bgservices.tasks import open_tasks, wait_any
from cdp_bgservices.web.attached import Attached


async def run_viewed(recording: Recording, viewing: Viewing) -> int:
    """Until a signal ends it; the exit status. The browser may go, the viewer stays.

    Raises BrowserError where it is not there at the start and is not waited for; StoreError, InvalidInputError.
    """
    with trio.open_signal_receiver(*STOPPING) as signals, trio.CancelScope() as everything:
        async with open_tasks() as tasks, open_store(recording.store) as store:
            run = Run(recording, store, say)
            attached = Attached(*waiting(recording), left_off=run.left_off, route=partial(route, run))
            run.beside = attached.show
            is_open, stopped, over = trio.Event(), trio.Event(), trio.Event()

            async def heed_signals() -> None:
                async for _ in signals:
                    # As of record: in order once there is something to look at, at once before that or a second time.
                    if stopped.is_set() or not is_open.is_set():
                        everything.cancel()
                    stopped.set()
                    run.ending.set(Reason.SIGNAL)

            tasks.start_soon(heed_signals)

            async def record() -> None:
                try:
                    await record_on(run, attached)
                finally:
                    over.set()

            tasks.start_soon(record)
            if not recording.wait:
                await wait_any(run.ready.wait, over.wait)
            async with open_shown(viewing, store, attached):
                is_open.set()
                await stopped.wait()
            await over.wait()  # What was received is stored first.
        return 0
    return INTERRUPTED


async def record_on(run: Run, attached: Attached) -> None:
    """Browser after browser, until there is none to wait for any more; why, is for the page to tell then.

    Raises BrowserError where there has been none.
    """
    error: BackgroundServicesError | None = None
    try:
        await capture(run)
    except* BrowserError as caught:
        error = first_error(caught)
    if error is not None and not run.ready.is_set():
        raise error
    if error is not None or run.ending.reason is Reason.BROWSER:
        why = "the browser was closed" if error is None else str(error)
        say(f"{why}: the viewer goes on without it")
        attached.note_change(why)


def waiting(recording: Recording) -> tuple[str, str]:
    """What the page tells while there is no browser yet, and when it has gone, until more is known."""
    if recording.attach is None:
        return "the browser is being started", "the browser went away"
    return f"the browser at {recording.place} is waited for", f"the browser at {recording.place} went away"


async def route(run: Run, browser: Browser, worker: Worker, text: str) -> tuple[Trigger, str]:
    """By the lab that the browser was started in, or that of another terminal, where there is one."""
    if run.lab_socket is None and not await find_labs():
        return push(text), ""
    return await route_push(browser, text, run.lab_socket, worker)
