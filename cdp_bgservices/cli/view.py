"""The view command."""

from typing import Any

import click

from cdp_bgservices.cli.options import debug_option, store_option
from cdp_bgservices.cli.view_options import asked_recording, browser_options


@click.command()
@click.option(
    "--port", metavar="N", type=click.IntRange(0, 65535), default=0, help="Serve there; default: any port that is free."
)
@click.option("--open", "open_", is_flag=True, help="Open the page in the default browser.")
@browser_options
@store_option
@debug_option
@click.pass_context
def view(ctx: click.Context, /, port: int, open_: bool, store: str | None, **browser: Any) -> None:
    """Serve a page over the store, for this machine only, until stopped: table, timeline, numbers.

    With --attach or --launch the browser is recorded meanwhile, and the page can drive it: recording, clearing,
    triggers.

    The address that is printed has a token in it: whoever knows it can see everything.
    """
    recording = asked_recording(ctx, store, **browser)
    import trio

    from cdp_bgservices.cli.output import show_log
    from cdp_bgservices.cli.viewing import Viewing, run_viewer

    show_log()
    viewing = Viewing(store=store, port=port, open=open_)
    if recording is None:
        trio.run(run_viewer, viewing)
        return
    from cdp_bgservices.cli.viewed import run_viewed

    ctx.exit(trio.run(run_viewed, recording, viewing))
