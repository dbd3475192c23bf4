"""What the record command does, once its command line is understood: one capture, and its events on standard output."""

import signal
from collections.abc import AsyncIterator
from functools import partial

import trio

from cdp_bgservices.capture.opening import Capture, open_capture
from cdp_bgservices.capture.options import CaptureOptions
from cdp_bgservices.capture.service_manager import find_service_manager
from cdp_bgservices.capture.verdicts import INTERRUPTED
from cdp_bgservices.cli.output import print_capture, say, terminal_width
from cdp_bgservices.cli.stop_signals import HANGUP, open_stop_signals
from cdp_bgservices.notices import Notice
from cdp_bgservices.tasks import open_tasks


async def run_record(options: CaptureOptions, format_: str | None) -> int:
    """Until something stops it; the exit status. Raises BrowserError, StoreError, InvalidInputError."""
    with open_stop_signals() as signals, trio.CancelScope() as everything:
        async with open_tasks() as tasks:
            manager = find_service_manager()
            recording = Recording(options, everything, is_service=manager is not None)
            tasks.start_soon(recording.heed, signals)
            async with open_capture(options, say=say, outlets=[manager] if manager else []) as capture:
                recording.capture = capture
                with recording.printing:
                    try:
                        pages = capture.pages()
                        pages.on_live = partial(introduce_live, format_)
                        await print_capture(pages, format_, capture.store.contexts)
                    except BrokenPipeError:
                        # A command, or a recording with a verdict, continues without a reader.
                        if options.command is None and not options.rules:
                            capture.stop()
                    await capture.wait_stopped()
        return capture.result.exit_status
    return recording.interrupted


def introduce_live(format_: str | None, replayed: int) -> None:
    """A line between what was there already and what is live, in a table."""
    if replayed and (format_ == "table" or (format_ is None and terminal_width() is not None)):
        said = f"--- {replayed} event{'' if replayed == 1 else 's'} from before; live from here ---"
        say(Notice("live", said, replayed=replayed))


class Recording:
    """What a signal stops."""

    def __init__(self, options: CaptureOptions, everything: trio.CancelScope, *, is_service: bool) -> None:
        self.options = options
        self.everything = everything
        self.is_service = is_service
        self.interrupted = INTERRUPTED
        """The exit status if it is stopped before it is ready."""
        self.capture: Capture | None = None
        """Once it is ready."""
        self.printing = trio.CancelScope()

    async def heed(self, signals: AsyncIterator[int]) -> None:
        """The first signal stops the capture in order; a second one, or one before it is ready, at once."""
        async for number in signals:
            if number == HANGUP:
                if self.is_service:  # It has no terminal: its files are rotated, say.
                    self.reopen_output()
                    continue
                say(Notice("hangup", "SIGHUP: the recording is stopped, as by a terminal that is closed"))
            if self.capture is None:
                if number == signal.SIGTERM and self.options.wait and not self.options.has_an_end:
                    self.interrupted = 0  # All that was asked for until now was to wait.
                self.everything.cancel()
            elif self.capture.stop_reason is None:
                self.capture.stop(number)
            else:
                self.capture.abort()
                self.printing.cancel()

    def reopen_output(self) -> None:
        """The file of --output may have been moved away."""
        if self.options.output is None:
            said = "SIGHUP: a service has nothing to open again without --output; the recording goes on"
        else:
            said = f"SIGHUP: the next event goes to {self.options.output}, opened again"
            if self.capture is not None:
                self.capture.run.recorded.is_moved = True
        say(Notice("hangup", said))
