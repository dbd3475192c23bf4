"""What the view command does, once its command line is understood."""

import sys
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING, Any

import msgspec
import trio

from cdp_bgservices.cli.output import say, write_now
from cdp_bgservices.cli.stop_signals import open_stop_signals
from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.tasks import open_tasks

if TYPE_CHECKING:
    from cdp_bgservices.store.trio_store import Store
    from cdp_bgservices.web.server import Viewer

TURN = 0.0005
"""Seconds for which a thread that computes may keep Python's lock, when others want it. Each row that SQLite gives
takes it again, so that with Python's own 5 ms a page of a hundred rows could wait half a second."""


class Viewing(msgspec.Struct, frozen=True, kw_only=True):
    """What the command line says."""

    store: str | None
    port: int
    open: bool


async def run_viewer(viewing: Viewing) -> None:
    """Until a signal. Raises InvalidInputError, StoreError."""
    with open_stop_signals() as signals:
        async with open_shown(viewing):
            await anext(signals)


@asynccontextmanager
async def open_shown(viewing: Viewing, store: "Store | None" = None, attached: Any = None) -> AsyncIterator[None]:
    """Serve until the body ends, and say where. Raises as ``run_viewer``.

    ``attached`` is the browser behind the viewer; it is recorded into this open ``store``.
    """
    sys.setswitchinterval(TURN)
    async with serve(viewing, store, attached) as viewer:
        write_now(f"{viewer.address}\n")
        say("Ctrl-C stops the viewer.")
        async with open_tasks() as tasks:
            if viewing.open:
                tasks.start_soon(open_page, viewer.address)
            yield


def serve(viewing: Viewing, store: "Store | None", attached: Any) -> "AbstractAsyncContextManager[Viewer]":
    """Raises InvalidInputError where what it needs is not installed."""
    try:
        from cdp_bgservices.web.server import open_viewer, serve_store
    except ImportError as error:
        raise InvalidInputError(
            f"the viewer needs starlette and hypercorn ({error})", "Install them: pip install 'cdp-bgservices[view]'"
        ) from error
    if store is None:
        return open_viewer(viewing.store, port=viewing.port)
    return serve_store(store, port=viewing.port, attached=attached)


async def open_page(address: str) -> None:
    """In the default browser. Some are waited for until they are closed."""
    import webbrowser

    try:
        opened = await trio.to_thread.run_sync(webbrowser.open, address, abandon_on_cancel=True)
    except (webbrowser.Error, OSError):
        opened = False
    if not opened:
        say("no browser could be started: open the address yourself")
