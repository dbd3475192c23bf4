"""What the methods of one connection share, in moments that a client can hit by chance."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from cdp_bgservices.capture.options import CaptureOptions
from cdp_bgservices.capture.run import Run
from cdp_bgservices.capture.subject import CaptureSubject
from cdp_bgservices.errors import BrowserError, InvalidInputError, StoreError
from cdp_bgservices.rpc.messages import error_of
from cdp_bgservices.store import open_store
from cdp_bgservices.tasks import open_tasks
from cdp_bgservices.testing.methods import METHODS
from cdp_bgservices.testing.methods.session import Notify, Session, SubscriptionEnded, write_mark


async def notify(method: str, params: Any) -> None:
    raise AssertionError(f"{method} was sent")


@asynccontextmanager
async def open_session(folder: Path, notify: Notify = notify) -> AsyncIterator[Session]:
    """A session whose browser is not recorded yet, and whose client is sent nothing."""
    with trio.fail_after(30):
        async with open_store(folder / "events.db") as store, open_tasks() as tasks:
            yield Session(CaptureSubject(Run(CaptureOptions(), store, print)), notify, tasks)


@pytest.mark.parametrize("error", [StoreError("the store is gone", "Give another."), ValueError("of ours")])
async def test_a_subscription_that_fails_ends_alone_and_says_why(tmp_path: Path, error: Exception) -> None:
    sent = []

    async def keep(method: str, params: Any) -> None:
        sent.append((method, params))

    async def follow(name: str) -> None:
        raise error

    async with open_session(tmp_path, keep) as session:
        session.subscribe(follow)
        await wait_all_tasks_blocked()
        assert session.subscriptions == {}
    assert sent == [("subscriptionEnded", SubscriptionEnded("s1", error_of(error)))]


async def test_a_subscription_that_ends_before_it_begins(tmp_path: Path) -> None:
    begun = []

    async def follow(name: str) -> None:
        await trio.lowlevel.checkpoint()
        begun.append(name)

    async with open_session(tmp_path) as session:
        session.unsubscribe(session.subscribe(follow))
        await wait_all_tasks_blocked()
        with pytest.raises(InvalidInputError, match="no subscription 's1'"):
            session.unsubscribe("s1")
    assert begun == []


@pytest.mark.parametrize("method", ["wait", "subscribe"])
async def test_before_a_browser_is_recorded_no_other_one_s_events_are_seen(tmp_path: Path, method: str) -> None:
    async with open_session(tmp_path) as session:
        handlers = session.handlers(METHODS)
        mark = await write_mark(session.subject.scope(None).store, 0)
        with pytest.raises(BrowserError, match="the browser is not recorded yet"):
            await handlers[method]({"since": mark})
