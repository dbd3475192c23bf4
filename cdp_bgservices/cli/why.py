"""The why command: the reasons why a background service of a site does nothing."""

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from cdp_bgservices.cli.browser_commands import ask_browser
from cdp_bgservices.cli.command import OTHERS, GroupedCommand, option_group
from cdp_bgservices.cli.options import (
    ENDPOINT,
    ORIGIN,
    SERVICE,
    Choice,
    check_text,
    debug_option,
    remote_option,
    store_option,
)
from cdp_bgservices.cli.output import say, terminal_width, write
from cdp_bgservices.errors import StoreError

if TYPE_CHECKING:
    from cdp_bgservices.explanation.chosen import Chosen
    from cdp_bgservices.why.values import Facts

STORE_ONLY = (
    "only the store was read: what the browser itself knows is unknown here\nGive --attach ENDPOINT for that, too."
)
NOTHING_OPEN = "the browser has no open page and no service worker\nOpen the page first."
NOT_FOUND = "the store has no event of it"


def check_scope(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    try:
        parts = urlsplit(value or "http://localhost/")
        if parts.scheme and parts.hostname:
            return check_text(ctx, param, value)
    except ValueError:
        pass
    raise click.BadParameter(f"{value!r} is not a scope. Write the whole URL: http://localhost:8000/.", ctx, param)


@click.command(cls=GroupedCommand)
@option_group(
    "What is asked about",
    click.argument("service", type=SERVICE, required=False),
    click.option("--scope", metavar="URL", callback=check_scope, help="The worker's scope."),
    click.option("--origin", metavar="ORIGIN", type=ORIGIN, help="The site: http://localhost:8000."),
    click.option("--browser-context", metavar="ID", callback=check_text, help="The context, by its id."),
    click.option("--tag", metavar="TAG", callback=check_text, help="One sync's tag, fetch's id, notification's tag."),
)
@option_group(
    OTHERS,
    click.option(
        "--attach",
        metavar="ENDPOINT",
        help=f"The running browser: {ENDPOINT}. Without it, only the store is read.",
    ),
    remote_option,
    click.option(
        "--no-start",
        is_flag=True,
        help="Do not start a worker that is stopped: which handlers it has is then unknown.",
    ),
    click.option("--format", "format_", type=Choice(["text", "json"]), default="text", help="Default: text."),
    store_option,
    debug_option,
)
def why(
    service: str | None,
    scope: str | None,
    origin: str | None,
    browser_context: str | None,
    tag: str | None,
    attach: str | None,
    allow_remote: bool,
    no_start: bool,
    format_: str,
    store: str | None,
) -> None:
    """Say why a background service of a site does nothing: what blocks it, what delays it, and what to do.

    With SERVICE the decisive reason comes first, then what to do, then the other facts. Without, one line for each
    service that the site uses. Nothing changes in the browser but this: a worker that is stopped is started, since only
    a running worker can say which handlers it has; and an emulation of offline by another program is half undone
    (docs/why.md).

    A fact that could not be looked at is "unknown". It never means that there is nothing.

    \b
    Examples:
      cdp-bgservices why --attach 9222
      cdp-bgservices why backgroundSync --tag send --attach 9222
    """
    if tag is not None and service is None:
        raise click.UsageError("Give the SERVICE that the tag is of: cdp-bgservices why backgroundSync --tag …")
    from cdp_bgservices.cli.why_text import json_of, service_text, sites_text
    from cdp_bgservices.explanation.chosen import Chosen
    from cdp_bgservices.export.terminal_escape import to_json

    chosen = Chosen(scope=scope, origin=origin, browser_context=browser_context)
    if attach is None:
        found = ask_store(store, chosen)
    else:
        found = ask_both(attach, chosen, store, allow_remote=allow_remote, start_worker=not no_start)
    if format_ == "json":
        write(to_json(json_of(found, service, tag)))
        return
    if not found:
        say(NOT_FOUND if attach is None else NOTHING_OPEN)
    elif service is None:
        write(sites_text(found, terminal_width()))
    else:
        write(service_text(found, service, tag, terminal_width()))


def ask_both(
    attach: str, chosen: "Chosen", store: str | None, *, allow_remote: bool, start_worker: bool
) -> "list[Facts]":
    """The facts of a browser, and of the store where there is one. Raises BrowserError."""
    from functools import partial

    from cdp_bgservices.explanation.looking import look
    from cdp_bgservices.explanation.stored import with_store
    from cdp_bgservices.store import locate_store, open_engine

    looked = ask_browser(attach, partial(look, chosen=chosen, start_worker=start_worker), allow_remote=allow_remote)
    try:
        name, is_there = locate_store(store)
        if is_there:
            with open_engine(store, create=False) as engine:
                return with_store(engine, looked)
        if store is not None:
            say(f"what was recorded is not known: no store yet at {name}")
    except StoreError as error:
        say(f"what was recorded is not known: {error}\n{error.remedy}")
    return looked.facts


def ask_store(store: str | None, chosen: "Chosen") -> "list[Facts]":
    """Raises StoreError."""
    from cdp_bgservices.explanation.stored import look_at_store
    from cdp_bgservices.store import locate_store, open_engine

    name, is_there = locate_store(store)
    if not is_there and store is None:
        raise click.UsageError(f"Give --attach ENDPOINT: no store yet at {name} that could answer.")
    with open_engine(store, create=False) as engine:
        say(STORE_ONLY)
        return look_at_store(engine, chosen)
