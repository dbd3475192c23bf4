"""Commands that ask a running browser something: workers."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

import click

from cdp_bgservices.cli.options import debug_option, format_option, remote_option, store_option
from cdp_bgservices.cli.output import say, show_log, write

if TYPE_CHECKING:
    from cdp_bgservices.browser.opening import Browser
    from cdp_bgservices.protocol.workers import NoneRegisteredError, Worker

T = TypeVar("T")

attach_option = click.option(
    "--attach",
    metavar="ENDPOINT",
    required=True,
    help="The running browser: a port, host:port, http://…, ws://… or a profile folder.",
)


def ask_browser(attach: str, question: "Callable[[Browser], Awaitable[T]]", *, allow_remote: bool) -> T:
    """Attach to it, and return the answer."""
    import trio

    from cdp_bgservices.browser.opening import open_browser

    async def ask() -> T:
        async with open_browser(attach, allow_remote=allow_remote) as browser:
            return await question(browser)

    show_log()
    return trio.run(ask)


@click.command()
@attach_option
@remote_option
@format_option
@store_option
@debug_option
def workers(attach: str, allow_remote: bool, format_: str, store: str | None) -> None:
    """List a browser's service workers: scope, script, status, running or not.

    Example: cdp-bgservices workers --attach 9222
    """
    from cdp_bgservices.browser.each_context import list_workers
    from cdp_bgservices.browser.missing_worker import explain_missing
    from cdp_bgservices.cli.tables import workers_text
    from cdp_bgservices.export.terminal_escape import to_json

    async def list_all(browser: "Browser") -> "tuple[list[Worker], NoneRegisteredError | None]":
        found = await list_workers(browser)
        return found, None if found else await explain_missing(browser)

    found, missing = ask_browser(attach, list_all, allow_remote=allow_remote)
    write((to_json if format_ == "json" else workers_text)(found))
    if missing is not None and format_ == "table":
        say(f"{missing}\n{missing.remedy}")
