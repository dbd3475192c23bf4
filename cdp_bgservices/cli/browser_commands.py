"""Commands that ask something of a running browser: workers, sync, periodic-sync, push."""

import sys
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, BinaryIO

import click

from cdp_bgservices.cli.lab_options import lab_option
from cdp_bgservices.cli.options import DURATION, F, check_text, debug_option, remote_option, store_option

if TYPE_CHECKING:
    from cdp_bgservices.browser.triggers import Trigger

attach_option = click.option(
    "--attach",
    metavar="ENDPOINT",
    required=True,
    help="The running browser: a port, host:port, http://…, ws://… or a profile folder.",
)


@click.command()
@attach_option
@remote_option
@click.option("--format", "format_", type=click.Choice(["table", "json"]), default="table", help="Default: table.")
@store_option
@debug_option
def workers(attach: str, allow_remote: bool, format_: str, store: str | None) -> None:
    """List a browser's service workers: scope, script, status, running or not."""
    import trio

    from cdp_bgservices.browser.missing_worker import explain_missing
    from cdp_bgservices.browser.opening import open_browser
    from cdp_bgservices.browser.workers import list_workers
    from cdp_bgservices.cli.output import say, show_log, write
    from cdp_bgservices.cli.tables import workers_json, workers_text
    from cdp_bgservices.protocol.workers import NoneRegisteredError, Worker

    show_log()

    async def run() -> tuple[list[Worker], NoneRegisteredError | None]:
        async with open_browser(attach, allow_remote=allow_remote) as browser:
            found = await list_workers(browser)
            return found, None if found else await explain_missing(browser)

    found, missing = trio.run(run)
    write((workers_json if format_ == "json" else workers_text)(found))
    if missing is not None and format_ == "table":
        say(f"{missing}\n{missing.remedy}")


def trigger_options(command: F) -> F:
    """What the three triggers have in common."""
    options: tuple[Callable[[F], F], ...] = (
        attach_option,
        remote_option,
        click.option("--scope", metavar="URL", help="The worker's scope; needed only where there are several."),
        click.option("--browser-context", metavar="ID", help="The worker's context; needed only where several match."),
        click.option("--timeout", metavar="DURATION", type=DURATION, default="10s", help="Default: 10s."),
        click.option(
            "--source",
            metavar="NAME",
            callback=check_text,
            help="What to call the browser's first profile in the store.",
        ),
        click.option("--format", "format_", type=click.Choice(["table", "jsonl"]), help="As of record."),
        store_option,
        debug_option,
    )
    for option in reversed(options):
        command = option(command)
    return command


@click.command()
@click.argument("tag")
@click.option("--last-chance", is_flag=True, help="Tell the worker that it is not tried again.")
@trigger_options
def sync(tag: str, last_chance: bool, **options: object) -> None:
    """Dispatch a sync event to a service worker, and print the event that proves it.

    The exit status is 1 where the worker's handler throws, also where Chromium calls that a success.
    """
    from cdp_bgservices.browser import triggers

    run_trigger(triggers.sync(tag, last_chance=last_chance), **options)  # type: ignore[arg-type]


@click.command()
@click.argument("tag")
@trigger_options
def periodic_sync(tag: str, **options: object) -> None:
    """Dispatch a periodic sync event to a service worker, and print the event that proves it.

    The exit status is 1 where the worker's handler throws, also where Chromium calls that a success.
    """
    from cdp_bgservices.browser import triggers

    run_trigger(triggers.periodic_sync(tag), **options)  # type: ignore[arg-type]


@click.command()
@click.argument("data", required=False)
@click.option("--data-file", type=click.File("rb"), help="Read the data from this file.")
@lab_option
@trigger_options
def push(data: str | None, data_file: BinaryIO | None, lab: str | None, **options: object) -> None:
    """Deliver a push message to a service worker, and print the event that says how it ended.

    The exit status is 1 where the worker's handler throws, also where Chromium calls that a success.

    DATA is the message's text; - reads it from standard input. Without any, the worker's event.data is null.

    Where record --lab push has started the browser, and the worker has a subscription, it is a real web push, encrypted
    and delivered by the lab's push service; DevTools' emulation otherwise.
    """
    from cdp_bgservices.browser import triggers

    if data is not None and data_file is not None:
        raise click.UsageError("Give DATA or --data-file, not both.")
    if data_file is not None:
        raw = data_file.read()
    elif data == "-":
        raw = sys.stdin.buffer.read()
    else:
        raw = (data or "").encode(errors="surrogateescape")
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise click.UsageError(f"The data is not UTF-8 text ({error}); DevTools delivers text only.") from error
    run_trigger(triggers.push(text), push_route=(text, lab), **options)  # type: ignore[arg-type]


def run_trigger(
    trigger: "Trigger",
    *,
    push_route: tuple[str, str | None] | None = None,
    attach: str,
    allow_remote: bool,
    scope: str | None,
    browser_context: str | None,
    timeout: timedelta,
    source: str | None,
    format_: str | None,
    store: str | None,
) -> None:
    """Fire, store the event that proves it, and print it. Raises TriggerError where the worker's handler threw.

    ``push_route``: a push's text and the lab that it may go through.
    """
    import trio

    from cdp_bgservices.browser.opening import open_browser
    from cdp_bgservices.browser.outcome import Outcome
    from cdp_bgservices.browser.triggers import LINGER, dispatch
    from cdp_bgservices.cli.output import choose_format, say, show_log, write
    from cdp_bgservices.errors import TriggerError
    from cdp_bgservices.events import Event
    from cdp_bgservices.store import open_store

    show_log()

    async def run() -> tuple[Event, Outcome]:
        async with open_store(store) as kept, open_browser(attach, allow_remote=allow_remote) as browser:
            chosen = trigger
            if push_route is not None:
                from cdp_bgservices.capture.push_route import choose_push

                chosen = await choose_push(browser, *push_route, scope, browser_context, say)
            outcome = await dispatch(
                browser,
                chosen,
                scope=scope,
                browser_context=browser_context,
                timeout=timeout,
                source=source or browser.source,
                linger=LINGER,
            )
            if not outcome.event.source:
                say("not stored: it is not known yet which of the open profiles it belongs to; record stores it")
                return outcome.event, outcome
            await kept.add([outcome.event])
            return await kept.stored(outcome.event) or outcome.event, outcome

    event, outcome = trio.run(run)
    document = choose_format(format_, piped="jsonl")
    write(document.header() + document.row(event) + document.footer())
    if outcome.remark:
        say(f"warning: {outcome.remark}")
    if outcome.failure:
        raise TriggerError(outcome.failure, "Mend the worker.")
