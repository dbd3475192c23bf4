"""The subscriptions of one connection: none ends another one's line, or the connection."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio
from trio.testing import lockstep_stream_pair, wait_all_tasks_blocked

from cdp_bgservices.capture.options import CaptureOptions
from cdp_bgservices.capture.run import Run
from cdp_bgservices.capture.subject import CaptureSubject
from cdp_bgservices.errors import BrowserError, InvalidInputError
from cdp_bgservices.rpc.peer import Peer
from cdp_bgservices.store import open_store
from cdp_bgservices.tasks import open_tasks
from cdp_bgservices.testing.methods import METHODS
from cdp_bgservices.testing.methods.session import Session, write_mark

LONG = "x" * 10_000


@asynccontextmanager
async def open_session(folder: Path) -> AsyncIterator[tuple[Session, trio.abc.ReceiveStream]]:
    """A session without a browser, and what its client reads, of which nothing is kept on the way."""
    ours, theirs = lockstep_stream_pair()
    with trio.fail_after(30):
        async with open_tasks() as tasks, open_store(folder / "events.db") as store:
            subject = CaptureSubject(Run(CaptureOptions(), store, print))
            yield Session(subject, Peer(theirs).notify, tasks), ours


async def test_a_line_is_whole_though_its_subscription_ends_in_the_middle(tmp_path: Path) -> None:
    async with open_session(tmp_path) as (session, client):

        async def follow(name: str) -> None:
            while True:
                await session.notify(name, "event", LONG)

        name = session.subscribe(follow)
        begin = await client.receive_some(100)
        session.unsubscribe(name)
        session.tasks.start_soon(session.send, "other", "")
        await wait_all_tasks_blocked()
        lines = bytes(begin)
        while lines.count(b"\n") < 2:
            lines += await client.receive_some()
    assert [json.loads(line)["method"] for line in lines.splitlines()] == ["event", "other"]


async def test_a_subscription_that_ends_before_it_begins(tmp_path: Path) -> None:
    begun = []

    async def follow(name: str) -> None:
        await trio.lowlevel.checkpoint()
        begun.append(name)

    async with open_session(tmp_path) as (session, _):
        session.unsubscribe(session.subscribe(follow))
        await wait_all_tasks_blocked()
        with pytest.raises(InvalidInputError, match="no subscription 's1'"):
            session.unsubscribe("s1")
    assert begun == []


@pytest.mark.parametrize("method", ["wait", "subscribe"])
async def test_before_a_browser_is_recorded_no_other_one_s_events_are_seen(tmp_path: Path, method: str) -> None:
    async with open_session(tmp_path) as (session, _):
        handlers = session.handlers(METHODS)
        mark = await write_mark(session.subject.scope(None).store, 0)
        with pytest.raises(BrowserError, match="the browser is not recorded yet"):
            await handlers[method]({"since": mark})
