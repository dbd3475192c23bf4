"""What the view command does, once its command line is understood: it serves the page. ``view_browser`` has the browser
behind it, if there is one; ``view_files`` the files that it shows instead of a store."""

import gc
import sys
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING

import trio

from cdp_bgservices.cli.output import say, write_now
from cdp_bgservices.cli.stop_signals import open_stop_signals
from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.notices import Notice
from cdp_bgservices.store.trio_store import Store
from cdp_bgservices.tasks import open_tasks

if TYPE_CHECKING:
    from cdp_bgservices.web.attached import Attached
    from cdp_bgservices.web.server import Viewer

TURN = 0.0005
"""Seconds for which a thread that computes may keep Python's lock, when others want it. Each row that SQLite gives
takes it again, so that with Python's own 5 ms a page of a hundred rows could wait half a second."""
GARBAGE = 50_000
"""Objects after which Python looks for garbage. To count the runs of a million events makes millions of them, of which
none is garbage: with Python's own 700 a fifth of that time went into the search."""


async def run_viewer(store: str | None, port: int, token: str | None, show: bool) -> None:
    """Until a signal. ``show``: in the default browser. Raises InvalidInputError, StoreError."""
    with open_stop_signals() as signals:
        async with open_shown(store, port, token, show):
            await anext(signals)


@asynccontextmanager
async def open_shown(
    store: Store | str | None,
    port: int,
    token: str | None,
    show: bool,
    attached: "Attached | None" = None,
    *,
    query: str = "",
) -> AsyncIterator[None]:
    """Serve until the body ends, and say where. Raises as ``run_viewer``.

    ``attached`` is the browser behind the viewer; it is recorded into ``store``, which is then open. ``query`` is what
    the page opens with.
    """
    sys.setswitchinterval(TURN)
    gc.set_threshold(GARBAGE, *gc.get_threshold()[1:])
    async with serve(store, port, token, attached) as viewer:
        address = viewer.address_at(query)
        write_now(f"{address}\n")
        say(Notice("viewer", "Ctrl-C stops the viewer."))
        async with open_tasks() as tasks:
            if show:
                tasks.start_soon(open_page, address)
            yield


def serve(
    store: Store | str | None, port: int, token: str | None, attached: "Attached | None"
) -> "AbstractAsyncContextManager[Viewer]":
    """Raises InvalidInputError where what it needs is not installed."""
    try:
        from cdp_bgservices.web.server import open_viewer, serve_store
    except ImportError as error:
        raise InvalidInputError(
            f"the viewer needs starlette and hypercorn ({error})", "Install them: pip install 'cdp-bgservices[view]'"
        ) from error
    if isinstance(store, Store):
        return serve_store(store, port=port, attached=attached, token=token)
    return open_viewer(store, port=port, token=token)


async def open_page(address: str) -> None:
    """In the default browser. Some are waited for until they are closed."""
    import webbrowser

    try:
        opened = await trio.to_thread.run_sync(webbrowser.open, address, abandon_on_cancel=True)
    except (webbrowser.Error, OSError):
        opened = False
    if not opened:
        say(Notice("viewer", "no browser could be started: open the address yourself"))
