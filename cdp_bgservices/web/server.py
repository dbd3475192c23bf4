"""The viewer: the page, the questions it asks, and who may ask them."""

import mimetypes
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NoReturn

import msgspec
import trio
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from cdp_bgservices.export.page import PAGE
from cdp_bgservices.store import Clock, utc_now
from cdp_bgservices.store.trio_store import Store
from cdp_bgservices.tasks import open_tasks
from cdp_bgservices.web.attached import Attached
from cdp_bgservices.web.bundle import join_files, page_routes
from cdp_bgservices.web.present_store import PresentStore, show_stores, wait_moved
from cdp_bgservices.web.security import Guard
from cdp_bgservices.web.serving import LOOPBACK, listen, open_serving
from cdp_bgservices.web.store_app import make_app, open_store_app
from cdp_bgservices.web.token import check_token, make_token


class Viewer(msgspec.Struct, frozen=True, kw_only=True):
    """A viewer that is open."""

    port: int
    token: str

    @property
    def address(self) -> str:
        """For a browser on this machine. Anyone who has it sees everything."""
        return self.address_at("")

    def address_at(self, query: str) -> str:
        """The same, of the view that the query of the page's address asks for."""
        return f"http://{LOOPBACK}:{self.port}/{query and f'?{query}'}#token={self.token}"


@asynccontextmanager
async def open_viewer(
    location: str | Path | None = None, *, port: int = 0, clock: Clock = utc_now, token: str | None = None
) -> AsyncIterator[Viewer]:
    """Serve a store on this machine; nothing is written to it. Where its file is deleted or replaced, the next one is
    served. ``token`` is in the address; by default it is a new one.

    Resource handling: on the way out every connection is closed.

    Error handling: raises InvalidInputError for a port or a token that cannot be used, StoreError for what is not a
    store.
    """
    present = PresentStore()
    with listen(port) as listener:
        async with open_tasks() as tasks:
            await tasks.start(show_stores, location, clock, present)
            async with serve(present, listener, token) as viewer:
                yield viewer


@asynccontextmanager
async def serve_store(
    store: Store, *, port: int = 0, attached: Attached | None = None, token: str | None = None
) -> AsyncIterator[Viewer]:
    """The same, of a store that is open. ``attached`` is a browser that this process records into it.

    Raises MovedError when the store is deleted or replaced, since what is recorded is lost then.
    """
    with listen(port) as listener:
        async with open_store_app(store, attached) as shown, open_tasks() as tasks:
            tasks.start_soon(require_place, store)
            async with serve(shown.app, listener, token) as viewer:
                yield viewer


async def require_place(store: Store) -> NoReturn:
    raise await wait_moved(store)


@asynccontextmanager
async def serve(api: ASGIApp, listener: socket.socket, token: str | None) -> AsyncIterator[Viewer]:
    """The page, and what answers it."""
    # Windows takes the types of files from its registry, where some program may have called modules plain text.
    mimetypes.add_type("text/javascript", ".js")
    mimetypes.add_type("text/css", ".css")
    viewer = Viewer(port=listener.getsockname()[1], token=make_token() if token is None else check_token(token))
    page = make_app([*page_routes(PAGE), Mount("/", StaticFiles(directory=PAGE))])

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await (api if scope["path"].startswith("/api/") else page)(scope, receive, send)

    await trio.to_thread.run_sync(join_files, PAGE)
    async with open_serving(Guard(app, port=viewer.port, token=viewer.token), listener):
        yield viewer
