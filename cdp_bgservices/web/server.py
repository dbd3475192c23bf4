"""The viewer: the page, the questions it asks, and who may ask them."""

import mimetypes
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import msgspec
import trio
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from cdp_bgservices.errors import BackgroundServicesError, StoreError
from cdp_bgservices.export.page import PAGE
from cdp_bgservices.release import package_version
from cdp_bgservices.store import Clock, open_store, utc_now
from cdp_bgservices.store.trio_store import Store
from cdp_bgservices.store.values import EVERYTHING
from cdp_bgservices.tasks import open_tasks
from cdp_bgservices.web.answers import answer_error, answer_fault, answer_http_error
from cdp_bgservices.web.api import Api
from cdp_bgservices.web.attached import Attached
from cdp_bgservices.web.browser_routes import browser_routes
from cdp_bgservices.web.bundle import join_files, page_routes
from cdp_bgservices.web.feed import Feed
from cdp_bgservices.web.histograms import Histograms
from cdp_bgservices.web.security import Guard, make_token
from cdp_bgservices.web.serving import LOOPBACK, listen, open_serving

HEAD_START = 0.5
"""Seconds, at the most, to prepare in before there is an address."""


class Viewer(msgspec.Struct, frozen=True, kw_only=True):
    """A viewer that is open."""

    port: int
    token: str

    @property
    def address(self) -> str:
        """For a browser on this machine. Anyone who has it sees everything."""
        return f"http://{LOOPBACK}:{self.port}/#token={self.token}"


@asynccontextmanager
async def open_viewer(
    location: str | Path | None = None, *, port: int = 0, clock: Clock = utc_now
) -> AsyncIterator[Viewer]:
    """Serve a store on this machine. Nothing is written to it.

    Resource handling: on the way out every connection is closed.

    Error handling: raises InvalidInputError for a port that cannot be used, StoreError for what is not a store.
    """
    with listen(port) as listener:
        async with open_store(location, clock=clock, create=False) as store, serve(store, listener) as viewer:
            yield viewer


@asynccontextmanager
async def serve_store(store: Store, *, port: int = 0, attached: Attached | None = None) -> AsyncIterator[Viewer]:
    """The same, of a store that is open. ``attached`` is a browser that this process records into it."""
    with listen(port) as listener:
        async with serve(store, listener, attached) as viewer:
            yield viewer


@asynccontextmanager
async def serve(store: Store, listener: socket.socket, attached: Attached | None = None) -> AsyncIterator[Viewer]:
    # Windows takes the types of files from its registry, where some program may have called modules plain text.
    mimetypes.add_type("text/javascript", ".js")
    mimetypes.add_type("text/css", ".css")
    # A role that may only record is refused here, and not by each answer.
    await store.ask(lambda engine: engine.committed(EVERYTHING, engine.cursor(), 1))
    viewer = Viewer(port=listener.getsockname()[1], token=make_token())
    async with open_tasks() as tasks:
        histograms = Histograms(store)
        feed = Feed(store, histograms, attached, package_version())
        api = Api(store, feed, histograms)
        app = Starlette(
            routes=[
                *api.routes(),
                *browser_routes(attached, api.row, feed.state),
                *page_routes(PAGE),
                Mount("/", StaticFiles(directory=PAGE)),
            ],
            middleware=[Middleware(Guard, port=viewer.port, token=viewer.token)],
            exception_handlers={
                BackgroundServicesError: answer_error,
                HTTPException: answer_http_error,
                Exception: answer_fault,
            },
        )
        ready = trio.Event()
        tasks.start_soon(prepare, feed, ready)
        tasks.start_soon(feed.run)
        tasks.start_soon(api.prepare)
        async with open_serving(app, listener):
            with trio.move_on_after(HEAD_START):
                await ready.wait()
            yield viewer


async def prepare(feed: Feed, ready: trio.Event) -> None:
    """Prepare the first requests of the page. A request reports the error, if there is one."""
    await trio.to_thread.run_sync(join_files, PAGE)
    with suppress(StoreError):
        await feed.state()
    ready.set()
