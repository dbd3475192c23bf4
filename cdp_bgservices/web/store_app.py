"""What answers the questions about one store."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import NamedTuple

import trio
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from cdp_bgservices.errors import BackgroundServicesError, StoreError
from cdp_bgservices.release import package_version
from cdp_bgservices.store.trio_store import Store
from cdp_bgservices.store.values import EVERYTHING
from cdp_bgservices.tasks import open_tasks
from cdp_bgservices.web.answers import answer_error, answer_fault, answer_http_error
from cdp_bgservices.web.api import Api
from cdp_bgservices.web.attached import Attached
from cdp_bgservices.web.browser_routes import browser_routes
from cdp_bgservices.web.feed import Feed
from cdp_bgservices.web.histograms import Histograms

HEAD_START = 0.5
"""Seconds, at the most, to prepare in before there is an address."""


class StoreApp(NamedTuple):
    app: ASGIApp
    feed: Feed


def make_app(routes: Sequence[BaseRoute]) -> Starlette:
    """With our answers to errors."""
    handlers = {
        BackgroundServicesError: answer_error,
        HTTPException: answer_http_error,
        Exception: answer_fault,
    }
    app = Starlette(routes=routes, exception_handlers=handlers)
    app.router.redirect_slashes = False
    return app


@asynccontextmanager
async def open_store_app(store: Store, attached: Attached | None = None) -> AsyncIterator[StoreApp]:
    """Raises StoreError where the store cannot be read."""
    # A role that may only record is refused here, and not by each answer.
    await store.ask(lambda engine: engine.committed(EVERYTHING, engine.cursor(), 1))
    identity = await store.ask(lambda engine: engine.identity())
    async with open_tasks() as tasks:
        histograms = Histograms(store)
        feed = Feed(store, histograms, attached, package_version(), identity)
        api = Api(store, feed, histograms)
        ready = trio.Event()
        tasks.start_soon(prepare, feed, ready)
        tasks.start_soon(feed.run)
        tasks.start_soon(api.prepare)
        with trio.move_on_after(HEAD_START):
            await ready.wait()
        yield StoreApp(make_app([*api.routes(), *browser_routes(attached, api.row, feed.state)]), feed)


async def prepare(feed: Feed, ready: trio.Event) -> None:
    """Prepare the first request of the page. The request reports the error, if there is one."""
    with suppress(StoreError):
        await feed.state()
    ready.set()
