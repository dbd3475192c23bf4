"""Commands that ask a running browser something: workers."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

import click

from cdp_bgservices.cli.options import DURATION, ENDPOINT, debug_option, format_option, remote_option, store_option
from cdp_bgservices.cli.output import say, show_log, terminal_width, write
from cdp_bgservices.cli.trio_loop import run_in_trio
from cdp_bgservices.errors import StoreError

if TYPE_CHECKING:
    from cdp_bgservices.browser.opening import Browser
    from cdp_bgservices.protocol.workers import NoneRegisteredError, Worker
    from cdp_bgservices.thrown import Thrown

T = TypeVar("T")

LOOK_EVERY = 0.25
"""Seconds between two looks for a worker."""

attach_option = click.option(
    "--attach",
    metavar="ENDPOINT",
    required=True,
    help=f"The running browser: {ENDPOINT}.",
)


def ask_browser(attach: str, question: "Callable[[Browser], Awaitable[T]]", *, allow_remote: bool) -> T:
    """Attach to it, and return the answer."""

    from cdp_bgservices.browser.opening import open_browser

    async def ask() -> T:
        async with open_browser(attach, allow_remote=allow_remote) as browser:
            return await question(browser)

    show_log()
    return run_in_trio(ask)


@click.command()
@attach_option
@remote_option
@click.option(
    "--wait",
    type=DURATION,
    help="Wait this long for one that is active: a page may just be loading. If none is in time, the exit status is 1.",
)
@format_option
@store_option
@debug_option
def workers(attach: str, allow_remote: bool, wait: timedelta | None, format_: str, store: str | None) -> None:
    """List a browser's service workers: scope, script, status, running or not, and what they threw last.

    That is as far as this browser was recorded into the store: the browser itself does not keep it.

    Example: cdp-bgservices workers --attach 9222
    """
    import trio
    from msgspec.structs import asdict

    from cdp_bgservices.browser.each_context import list_workers
    from cdp_bgservices.browser.missing_worker import explain_missing
    from cdp_bgservices.cli.tables import workers_text
    from cdp_bgservices.export.terminal_escape import to_json
    from cdp_bgservices.protocol.workers import ACTIVATED, NoWorkerError

    async def list_all(browser: "Browser") -> "tuple[list[Worker], NoneRegisteredError | None]":
        deadline = trio.current_time() + (wait or timedelta()).total_seconds()
        found = await list_workers(browser)
        while not is_active(found) and trio.current_time() < deadline:
            await trio.sleep(LOOK_EVERY)
            found = await list_workers(browser)
        return found, None if found else await explain_missing(browser)

    def is_active(found: "Sequence[Worker]") -> bool:
        return any(worker.status == ACTIVATED for worker in found)

    found, missing = ask_browser(attach, list_all, allow_remote=allow_remote)
    threw, names = known_of(store, found)
    if format_ == "json":
        write(to_json([{**asdict(worker), "last_error": error} for worker, error in zip(found, threw, strict=True)]))
    else:
        write(workers_text(found, threw, names, terminal_width()))
    if wait is not None and not is_active(found):
        raise missing or NoWorkerError(
            "no service worker is active yet", "Wait longer, or see what its start waits for."
        )
    if missing is not None and format_ == "table":
        say(f"{missing}\n{missing.remedy}")


def known_of(store: str | None, workers: "Sequence[Worker]") -> "tuple[list[Thrown | None], dict[str, str]]":
    """What each of them threw last, and what the browser contexts are called, by id: both by the store; where that
    cannot be read, it is not known.
    """
    if not workers:
        return [], {}
    from cdp_bgservices.contexts import labels
    from cdp_bgservices.store import open_engine
    from cdp_bgservices.store.related import last_thrown

    try:
        with open_engine(store, create=False) as engine:
            names = {context: label for (_, context), label in labels(engine.contexts()).items()}
            return [last_thrown(engine, each.scope, each.browser_context) for each in workers], names
    except StoreError as error:
        say(f"what they threw last is not known: {error}\n{error.remedy}")
        return [None] * len(workers), {}
