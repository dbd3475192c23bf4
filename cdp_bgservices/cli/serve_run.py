"""What the serve command does, once its command line is understood: one capture, and a peer on the standard streams."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress

import msgspec
import trio

from cdp_bgservices.browser.temporary import temporary_folder
from cdp_bgservices.capture.answering import open_answering
from cdp_bgservices.capture.opening import Capture, open_capture
from cdp_bgservices.capture.options import CaptureOptions
from cdp_bgservices.capture.stop_reason import StopReason
from cdp_bgservices.capture.subject import CaptureSubject
from cdp_bgservices.capture.verdicts import INTERRUPTED
from cdp_bgservices.cli.output import say
from cdp_bgservices.cli.standard_stream import StandardStream
from cdp_bgservices.cli.stop_signals import open_stop_signals
from cdp_bgservices.errors import BackgroundServicesError, BrowserLostError
from cdp_bgservices.lab.control import certificate_beside
from cdp_bgservices.release import package_version
from cdp_bgservices.rpc.messages import CancelledError, error_line, notification_line
from cdp_bgservices.tasks import open_tasks, wait_any
from cdp_bgservices.testing.methods.ready import PROTOCOL, PushPlaces, Ready

LOST_GRACE = 3.0
"""Seconds in which requests say what they waited for, once the browser is lost."""
CLOSED = BrowserLostError("the browser was closed", "Start it again.")


async def run_serve(options: CaptureOptions) -> int:
    """Until standard input ends, a signal comes or the browser goes away; the exit status. Raises BrowserError,
    StoreError, InvalidInputError.
    """
    stream = StandardStream()
    with open_stop_signals() as signals, trio.CancelScope() as everything, with_store(options) as stored:
        serving = Serving(stream, everything)
        async with open_tasks() as tasks:
            tasks.start_soon(serving.heed, signals)
            with suppress(trio.BrokenResourceError):  # The client had gone before the first line.
                await serving.run(stored)
        return 0
    return INTERRUPTED


@contextmanager
def with_store(options: CaptureOptions) -> Iterator[CaptureOptions]:
    """With a temporary store where none is named."""
    if options.store is not None:
        yield options
        return
    with temporary_folder("events") as folder:
        yield msgspec.structs.replace(options, store=folder / "events.db")


class Serving:
    def __init__(self, stream: StandardStream, everything: trio.CancelScope) -> None:
        self.stream = stream
        self.everything = everything
        self.capture: Capture | None = None
        """Once it is ready."""

    async def heed(self, signals: AsyncIterator[int]) -> None:
        """The first signal stops it in order; a second one, or one before it is ready, at once."""
        async for number in signals:
            if self.capture is None or self.capture.stop_reason is not None:
                self.everything.cancel()
            else:
                self.capture.stop(number)

    async def run(self, options: CaptureOptions) -> None:
        try:
            async with open_capture(options, say=say) as capture:
                self.capture = capture
                await capture.wait_usable()
                await self.stream.send_all(notification_line("ready", ready(capture)))
                await self.answer(capture)
        except BackgroundServicesError as error:
            if self.capture is None:
                await self.stream.send_all(error_line(None, error))
            raise
        if capture.stop_reason is StopReason.BROWSER:
            raise CLOSED

    async def answer(self, capture: Capture) -> None:
        """Until there is nothing more to answer, or nothing that could."""
        async with open_answering(CaptureSubject(capture.run), self.stream) as peer, open_tasks() as tasks:
            ended = trio.Event()

            async def run() -> None:
                await peer.run()
                ended.set()

            tasks.start_soon(run)
            await wait_any(ended.wait, capture.wait_stopped)
            if capture.stop_reason is StopReason.BROWSER:
                await peer.end(capture.run.error or CLOSED, LOST_GRACE)
            elif not ended.is_set():
                await peer.end(CancelledError("serve was stopped before the request was answered"), 0)


def ready(capture: Capture) -> Ready:
    """What the first message says."""
    lab, socket = capture.lab, capture.lab_socket
    push = lab.push_service if lab else None
    return Ready(
        protocol=PROTOCOL,
        version=package_version(),
        endpoint=capture.browser.endpoint,
        browser=capture.browser.product,
        store=capture.store.name,
        lab=capture.run.options.lab,
        socket=str(socket) if socket else None,
        push=PushPlaces(push.proxy, push.url, str(certificate_beside(socket))) if push and socket else None,
    )
