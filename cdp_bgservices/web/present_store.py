"""The store that is in its place now. When its file is deleted or replaced, the next one that is there is shown."""

from pathlib import Path
from typing import NoReturn

import trio
from starlette.types import ASGIApp, Receive, Scope, Send

from cdp_bgservices.errors import MovedError, StoreError
from cdp_bgservices.store import Clock, locate_store, open_store
from cdp_bgservices.store.trio_store import Store
from cdp_bgservices.web.answers import refusal
from cdp_bgservices.web.store_app import open_store_app

LOOK = 0.5
"""Seconds between two looks at the place."""
GRACE = 1.0
"""Seconds in which pages can read that the store is another one."""
NO_STORE = 503
"""The HTTP status of all answers while the store is missing: the page then shows nothing of the one before."""
WAITING = "The page goes on as soon as a store is there."


class PresentStore:
    """ASGI: passes on each question to what answers it now; while there is no store, the answer says why."""

    def __init__(self) -> None:
        self.app: ASGIApp | None = None
        self.why = StoreError("The store is being opened")
        self.asked: set[trio.CancelScope] = set()
        """One for each question that is being answered."""
        self.answered = trio.Event()
        """Set when one of them is, and then replaced."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.app is None:
            await refusal(NO_STORE, str(self.why), self.why.remedy)(scope, receive, send)
            return
        with trio.CancelScope() as asked:
            self.asked.add(asked)
            try:
                await self.app(scope, receive, send)
            finally:
                self.asked.discard(asked)
                answered, self.answered = self.answered, trio.Event()
                answered.set()

    async def leave(self, why: StoreError) -> None:
        """Answer with this error from now on, and end what is being answered, so that the store can be closed."""
        self.app, self.why = None, why
        with trio.move_on_after(GRACE):
            await self.wait_answered()
        for asked in self.asked:
            asked.cancel()
        await self.wait_answered()

    async def wait_answered(self) -> None:
        while self.asked:
            await self.answered.wait()


async def show_stores(
    location: str | Path | None,
    clock: Clock,
    present: PresentStore,
    task_status: "trio.TaskStatus[None]" = trio.TASK_STATUS_IGNORED,
) -> NoReturn:
    """The store at a location, and then the one that takes its place. Raises StoreError if there is none at first."""
    is_first = True
    while True:
        try:
            async with open_store(location, clock=clock, create=False) as store, open_store_app(store) as shown:
                present.app = shown.app
                if is_first:
                    task_status.started()
                is_first = False
                why = await wait_moved(store)
                shown.feed.leave()
                await present.leave(StoreError(str(why), WAITING))
        except StoreError as error:
            if is_first:
                raise
            await present.leave(error)
        await wait_there(location, present)


async def wait_moved(store: Store) -> MovedError:
    """Until it is not in its place any more. A server's connections notice that themselves."""
    if store.is_shared:
        await trio.sleep_forever()
    while True:
        await trio.sleep(LOOK)
        try:
            await store.ask(lambda engine: engine.check_place())
        except MovedError as error:
            return error


async def wait_there(location: str | Path | None, present: PresentStore) -> None:
    """Until there is a store: the default one is not made here."""
    while True:
        await trio.sleep(LOOK)
        try:
            if (await trio.to_thread.run_sync(locate_store, location))[1]:
                return
        except StoreError as error:
            present.why = error
