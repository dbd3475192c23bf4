"""Commands that set something off in a running browser: one for each row of TRIGGERS."""

import sys
from datetime import timedelta
from typing import Any, BinaryIO

import click

from cdp_bgservices.cli.browser_commands import attach_option
from cdp_bgservices.cli.command import OTHERS, option_group
from cdp_bgservices.cli.options import (
    DURATION,
    Choice,
    check_text,
    debug_option,
    lab_option,
    remote_option,
    store_option,
)
from cdp_bgservices.cli.output import choose_format, say, show_log, write
from cdp_bgservices.cli.trio_loop import run_in_trio
from cdp_bgservices.vocabulary.triggers import TRIGGERS

trigger_options = option_group(
    OTHERS,
    attach_option,
    remote_option,
    click.option("--scope", metavar="URL", help="The worker's scope; needed only where there are several."),
    click.option("--browser-context", metavar="ID", help="The worker's context; needed only where several match."),
    click.option("--timeout", type=DURATION, default="10s", help="Default: 10s."),
    click.option(
        "--source", metavar="NAME", callback=check_text, help="What to call the browser's first profile in the store."
    ),
    click.option("--format", "format_", type=Choice(["table", "jsonl"]), help="Same as record --format."),
    store_option,
    debug_option,
)


@click.command("push")
@click.argument("data", required=False)
@click.option("--data-file", type=click.File("rb"), help="Read the data from this file.")
@lab_option
@trigger_options
def push(data: str | None, data_file: BinaryIO | None, lab: str | None, **options: object) -> None:
    """Deliver a push message to a service worker, and print the event that says how it ended.

    The exit status is 1 if the worker's handler throws, even if Chromium calls that a success.

    DATA is the message's text; - reads it from standard input. Without any, the worker's event.data is null.

    If record --lab push has started the browser, and the worker has a subscription, it is a real web push, encrypted
    and delivered by the lab's push service; otherwise DevTools' emulation.

    Example: cdp-bgservices push hello --attach 9222
    """
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
    run_trigger("push", text, lab=lab, **options)  # type: ignore[arg-type]


def make_command(name: str) -> click.Command:
    """Of a row of TRIGGERS; push has more to it than a tag."""
    words = TRIGGERS[name]
    if name == "push":
        return push

    def run(tag: str, **options: Any) -> None:
        run_trigger(name, tag, **options)

    status = "The exit status is 1 if the worker's handler throws, even if Chromium calls that a success."
    run.__doc__ = f"{words.summary}\n\n{status}\n\nExample: cdp-bgservices {name} my-tag --attach 9222"
    command = trigger_options(run)
    if words.has_last_chance:
        command = click.option("--last-chance", is_flag=True, help="Tell the worker that there will be no retry.")(
            command
        )
    return click.command(name)(click.argument("tag")(command))


def run_trigger(
    name: str,
    text: str,
    *,
    last_chance: bool = False,
    lab: str | None = None,
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

    ``text``: its tag or data. ``lab``: the one that a push may go through.
    """

    from cdp_bgservices.browser.firing import LINGER, dispatch
    from cdp_bgservices.browser.opening import open_browser
    from cdp_bgservices.browser.outcome import Outcome
    from cdp_bgservices.browser.triggers import make_trigger
    from cdp_bgservices.errors import TriggerError
    from cdp_bgservices.events import Event
    from cdp_bgservices.heartbeat import default_source
    from cdp_bgservices.store import open_store

    show_log()

    async def run() -> tuple[Event, Outcome]:
        async with open_store(store) as kept, open_browser(attach, allow_remote=allow_remote) as browser:
            chosen = make_trigger(name, text, last_chance=last_chance)
            if name == "push":
                from cdp_bgservices.capture.push_route import choose_push

                chosen = await choose_push(browser, text, lab, scope, browser_context, timeout, say)
            outcome = await dispatch(
                browser,
                chosen,
                scope=scope,
                browser_context=browser_context,
                timeout=timeout,
                source=source or default_source(browser, kept),
                linger=LINGER,
            )
            if not outcome.event.source:
                say("not stored: it is not known yet which of the open profiles it belongs to; record stores it")
                return outcome.event, outcome
            await kept.add([outcome.event])
            return await kept.stored(outcome.event) or outcome.event, outcome

    event, outcome = run_in_trio(run)
    document = choose_format(format_, piped="jsonl")
    write(document.header() + document.row(event) + document.footer())
    if outcome.remark:
        say(f"warning: {outcome.remark}")
    if outcome.failure:
        raise TriggerError(outcome.failure, "Fix the worker.")
