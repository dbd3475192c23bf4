"""The methods of tests, answered over a connection."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import trio

from cdp_bgservices.capture.opening import Capture
from cdp_bgservices.capture.run import Run
from cdp_bgservices.capture.tested import TestedCapture
from cdp_bgservices.lab.control import certificate_beside
from cdp_bgservices.release import package_version
from cdp_bgservices.rpc.peer import Peer
from cdp_bgservices.tasks import open_tasks
from cdp_bgservices.testing.methods import METHODS
from cdp_bgservices.testing.methods.ready import PROTOCOL, PushPlaces, Ready
from cdp_bgservices.testing.methods.session import Session


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


@asynccontextmanager
async def open_answering(run: Run, stream: trio.abc.Stream) -> AsyncIterator[Peer]:
    """A peer whose requests are about the browser of a capture. Its subscriptions end with the body."""
    peer = Peer(stream)
    async with open_tasks() as tasks:
        peer.handlers = Session(TestedCapture(run), peer.notify, tasks).handlers(METHODS)
        yield peer
