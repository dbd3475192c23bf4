"""The clear command."""

import sys
from contextlib import redirect_stdout
from functools import partial
from typing import TYPE_CHECKING

import click

from cdp_bgservices.cli.browser_commands import ask_browser
from cdp_bgservices.cli.command import GroupedCommand
from cdp_bgservices.cli.filter_options import filter_options_but, given_filters
from cdp_bgservices.cli.options import ENDPOINT, debug_option, remote_option, store_option
from cdp_bgservices.cli.output import say
from cdp_bgservices.cli.store_commands import NO_STORE

if TYPE_CHECKING:
    from cdp_bgservices.query import Query
    from cdp_bgservices.store import Engine


@click.command(cls=GroupedCommand)
@filter_options_but("limit")
@click.option(
    "--attach",
    metavar="ENDPOINT",
    help=f"Also clear the browser's own log, of all its sites: {ENDPOINT}. "
    "Of the filters, only --service goes with it.",
)
@remote_option
@click.option("--yes", is_flag=True, help="Do not ask. Needed where standard input is not a terminal.")
@store_option
@debug_option
@click.pass_context
def clear(
    ctx: click.Context, query: "Query", attach: str | None, allow_remote: bool, yes: bool, store: str | None
) -> None:
    """Delete stored events, and with --attach the browser's own log of them too.

    On a terminal, it says what it deletes, and asks. If the answer is no, the exit status is 1.

    What a browser still has in its own log is stored again by the next recorder.

    \b
    Examples:
      cdp-bgservices clear --service notifications
      cdp-bgservices clear --origin http://localhost:8000 --before 1h --yes
    """
    from cdp_bgservices.store import locate_store, open_engine

    given = [option for option in given_filters(query) if option != "--service"]
    if attach is not None and given:
        raise click.UsageError(
            f"A browser can only clear its log of whole services: leave out {' and '.join(given)}, or --attach."
        )
    name, is_there = locate_store(store)
    if attach is not None and not is_there:
        ask_for_consent(ctx, f"the log of the browser at {attach}{of_services(query)}", yes=yes)
        clear_browser(attach, query, allow_remote=allow_remote)
        say(NO_STORE.format(name))
        return
    with open_engine(store, create=False) as database:
        what = describe(database, query)
        if not what and attach is None:
            from cdp_bgservices.cli.event_commands import say_nothing_found

            database.remove(())  # Raises where nothing may be deleted.
            say_nothing_found(database, query)
            return
        log = f"the log of the browser at {attach}{of_services(query)}" if attach is not None else ""
        ask_for_consent(ctx, " and ".join(filter(None, (what, log))), yes=yes)
        if attach is not None:
            # First: what the browser still has would be stored again by a recorder.
            clear_browser(attach, query, allow_remote=allow_remote)
        is_whole = not given_filters(query) or given_filters(query) == ["--service"]
        count = database.clear(query.services) if is_whole else database.clear_matching(query)
        say(f"deleted {counted(count)} from {database.name}")


def describe(database: "Engine", query: "Query") -> str:
    """``3 events (backgroundSync 2, notifications 1) of PATH``; empty if there is none."""
    services = database.values(query, ("service",), 0, database.latest())["service"]
    if not services:
        return ""
    listed = ", ".join(f"{service} {number:,}" for service, number in sorted(services.items()))
    return f"{counted(services.total())} ({listed}) of {database.name}"


def counted(number: int) -> str:
    return f"{number:,} event{'' if number == 1 else 's'}"


def of_services(query: "Query") -> str:
    return f", of {' and '.join(query.services)}" if query.services else ""


def clear_browser(attach: str, query: "Query", *, allow_remote: bool) -> None:
    from cdp_bgservices.browser.each_context import clear_log
    from cdp_bgservices.events import Service

    ask_browser(attach, partial(clear_log, services=query.services or tuple(Service)), allow_remote=allow_remote)
    say("cleared the browser's own log")


def ask_for_consent(ctx: click.Context, what: str, *, yes: bool) -> None:
    """Ends the command if there is none."""
    if yes:
        return
    if not (sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()):
        raise click.UsageError(f"This deletes {what}: add --yes, as there is no terminal to ask on.")
    with redirect_stdout(sys.stderr):
        if not click.confirm(f"Delete {what}?"):
            say("nothing is deleted")
            ctx.exit(1)
