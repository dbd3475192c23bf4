"""The methods of tests, answered over a connection."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import trio

from cdp_bgservices.rpc.peer import Peer
from cdp_bgservices.tasks import open_tasks
from cdp_bgservices.testing.methods import METHODS
from cdp_bgservices.testing.methods.session import Session, Subject


@asynccontextmanager
async def open_answering(subject: Subject, stream: trio.abc.Stream) -> AsyncIterator[Peer]:
    """A peer whose requests are about a browser. Its subscriptions end with the body."""
    peer = Peer(stream)
    async with open_tasks() as tasks:
        peer.handlers = Session(subject, peer.notify, tasks).handlers(METHODS)
        yield peer


async def answer_all(subject: Subject, stream: trio.abc.Stream) -> None:
    """Until the client disconnects."""
    async with open_answering(subject, stream) as peer:
        await peer.run()
