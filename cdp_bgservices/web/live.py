"""Server-sent events: what is committed from a cursor on, and every change of the state.

A slow reader delays nothing else: the next page is read when the last one has gone out.
"""

import trio
from starlette.types import Message, Receive, Scope, Send

from cdp_bgservices.errors import StoreError
from cdp_bgservices.query import Query
from cdp_bgservices.store import Engine
from cdp_bgservices.store.values import Committed
from cdp_bgservices.web.answers import encode, to_row, while_connected
from cdp_bgservices.web.feed import AGAIN, Feed

PAGE = 200
"""Events in one message."""
SILENCE = 15.0
"""Seconds after which something is sent, so that a client that has gone is noticed."""


class LiveStream:
    """An answer that ends when the page goes away. ``after``: the cursor behind which it begins."""

    def __init__(self, feed: Feed, query: Query, after: int) -> None:
        self.feed = feed
        self.query = query
        self.after = after

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-type", b"text/event-stream")]
        async with while_connected(receive):
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            with self.feed.stream():
                await self.follow(send)
                await send(self.message("replaced", b"{}"))
                await send({"type": "http.response.body", "body": b""})

    async def follow(self, send: Send) -> None:
        """Until it is cancelled, or the store has gone from its place."""
        read, clears, shown, trouble = -1, self.feed.clears, b"", b"{}"
        while not self.feed.is_over:
            moved = self.feed.moved
            if clears != self.feed.clears:
                is_news, clears = clears >= 0, self.feed.clears
                if is_news:
                    await send(self.message("cleared", b"{}"))
            if trouble != self.feed.trouble:
                trouble = self.feed.trouble
                await send(self.message("trouble", trouble))
            if self.feed.shown not in (b"", shown):
                shown = self.feed.shown
                await send(self.message("state", shown))
            if read != self.feed.store.commits:
                commits = self.feed.store.commits
                try:
                    if not await self.send_page(send):
                        read = commits
                except StoreError as error:
                    self.feed.report(error)
                    with trio.move_on_after(AGAIN):
                        await moved.wait()
                continue
            with trio.move_on_after(SILENCE) as scope:
                await moved.wait()
            if scope.cancelled_caught:
                await send(body(b":\n\n"))

    async def send_page(self, send: Send) -> bool:
        """Whether there is more."""
        query, after = self.query, self.after

        def read(engine: Engine) -> tuple[Committed, bool]:
            page = engine.committed(query, after, PAGE)
            return page, bool(engine.detailed(query, after, page.cursor))

        (found, cursor, more), has_learned = await self.feed.store.ask(read)
        self.after = cursor
        if has_learned:  # Of events that were sent before.
            await send(self.message("learned", b"{}"))
        if found:
            data = encode({"rows": [to_row(seq, event) for seq, event in found], "cursor": cursor, "more": more})
            del found  # Sending may take any time.
            await send(self.message("rows", data))
        return more

    def message(self, name: str, data: bytes) -> Message:
        """With the cursor as its id: an EventSource that lost us comes back with it."""
        return body(b"id: %d\nevent: %s\ndata: %s\n\n" % (self.after, name.encode(), data))


def body(data: bytes) -> Message:
    return {"type": "http.response.body", "body": data, "more_body": True}
