"""What the record command does, once its command line is understood: one capture, and its events on standard output."""

from collections.abc import AsyncIterator
from functools import partial

import trio

from cdp_bgservices.capture.opening import Capture, open_capture
from cdp_bgservices.capture.options import CaptureOptions
from cdp_bgservices.capture.service_manager import find_service_manager
from cdp_bgservices.capture.verdicts import INTERRUPTED
from cdp_bgservices.cli.output import print_capture, say, terminal_width
from cdp_bgservices.cli.stop_signals import open_stop_signals
from cdp_bgservices.notices import Notice
from cdp_bgservices.tasks import open_tasks


async def run_record(options: CaptureOptions, format_: str | None) -> int:
    """Until something stops it; the exit status. Raises BrowserError, StoreError, InvalidInputError."""
    with open_stop_signals() as signals, trio.CancelScope() as everything:
        async with open_tasks() as tasks:
            recording = Recording(everything)
            tasks.start_soon(recording.heed, signals)
            manager = find_service_manager()
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
    return INTERRUPTED


def introduce_live(format_: str | None, replayed: int) -> None:
    """A line between what was there already and what is live, in a table."""
    if replayed and (format_ == "table" or (format_ is None and terminal_width() is not None)):
        said = f"--- {replayed} event{'' if replayed == 1 else 's'} from before; live from here ---"
        say(Notice("live", said, replayed=replayed))


class Recording:
    """What a signal stops."""

    def __init__(self, everything: trio.CancelScope) -> None:
        self.everything = everything
        self.capture: Capture | None = None
        """Once it is ready."""
        self.printing = trio.CancelScope()

    async def heed(self, signals: AsyncIterator[int]) -> None:
        """The first signal stops the capture in order; a second one, or one before it is ready, at once."""
        async for number in signals:
            if self.capture is None:
                self.everything.cancel()
            elif self.capture.stop_reason is None:
                self.capture.stop(number)
            else:
                self.capture.abort()
                self.printing.cancel()
