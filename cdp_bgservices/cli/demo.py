"""The demo command."""

import sys
from contextlib import redirect_stdout
from shlex import quote

import click

from cdp_bgservices.cli.options import debug_option, store_option
from cdp_bgservices.cli.output import print_events, say, show_log
from cdp_bgservices.cli.trio_loop import run_in_trio


@click.command()
@click.option("--chromium", metavar="PATH", help="The Chromium to start; default: $CHROMIUM, or the usual places.")
@click.option(
    "--chromium-arg", "arguments", metavar="ARG", multiple=True, help="A further argument for Chromium; repeatable."
)
@click.option("--lab", "in_lab", is_flag=True, help="Emulate nothing: real push, click, retries and lost network.")
@store_option
@debug_option
def demo(chromium: str | None, arguments: tuple[str, ...], in_lab: bool, store: str | None) -> None:
    """Start a headless Chromium and the bundled site, make all background services act, and print what was recorded.

    With --lab, the demo runs in the lab and reports each act. It names the parts that this system lacks, and skips
    them. The exit status is 1 if any other act did not complete.

    If no Chromium is found, the demo installs one: Debian's package, or else Playwright's. On a terminal it asks first.

    Example: cdp-bgservices demo
    """

    from cdp_bgservices.browser.install import ensure_chromium
    from cdp_bgservices.capture.opening_store import open_recorded
    from cdp_bgservices.capture.options import CaptureOptions
    from cdp_bgservices.contexts import BrowserContext
    from cdp_bgservices.demo import run_demo, run_lab_demo
    from cdp_bgservices.events import Event

    show_log()
    is_asked = sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()
    program = str(ensure_chromium(chromium, confirm if is_asked else None))

    async def run() -> tuple[list[Event], bool, str, list[BrowserContext]]:
        async with open_recorded(CaptureOptions(store=store), say) as opened:
            say("starting Chromium and the bundled site; this takes some seconds")
            recorded, is_whole = (
                await run_lab_demo(opened, say, program, arguments)
                if in_lab
                else (await run_demo(opened, program, arguments), True)
            )
            return recorded, is_whole, opened.name, await opened.contexts()

    recorded, is_whole, name, contexts = run_in_trio(run)
    print_events([recorded], None, lambda: contexts)
    services = len({event.service for event in recorded})
    say(f"\n{len(recorded)} events of {services} services, kept for three days in {name}")
    same = "" if store is None else f" --store {quote(store)}"
    say(f"look at one with: cdp-bgservices show ID{same}")
    say(f"look at all of them in a browser: cdp-bgservices view --open{same}")
    if not is_whole:
        raise click.exceptions.Exit(1)


def confirm(command: str) -> bool:
    """Ask the person at the terminal whether to run the command. Standard output is for data only."""
    with redirect_stdout(sys.stderr):
        return click.confirm(f"No Chromium was found. Install one with '{command}'?", default=True)
