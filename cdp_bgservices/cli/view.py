"""The view command."""

from typing import Any

import click

from cdp_bgservices.cli.asked_capture import capture_options
from cdp_bgservices.cli.capture_options import (
    ATTACH,
    LAB_PARTS,
    LAUNCH,
    PORT,
    RECORDING,
    attach_options,
    grant_option,
    https_option,
    launch_options,
    source_option,
    stop_recording_option,
)
from cdp_bgservices.cli.command import GroupedCommand, given, option_group
from cdp_bgservices.cli.options import debug_option, store_option
from cdp_bgservices.cli.output import show_log


@click.command(cls=GroupedCommand)
@option_group(
    "Viewer",
    click.option("--port", "view_port", metavar="N", type=PORT, default=0, help="Serve there; default: any free port."),
    click.option("--open", "open_", is_flag=True, help="Open the page in the default browser."),
)
@attach_options
@launch_options("Record a Chromium that is started for it.", "--debugging-port")
@option_group(RECORDING, grant_option, https_option, source_option, stop_recording_option)
@store_option
@debug_option
@click.pass_context
def view(ctx: click.Context, /, view_port: int, open_: bool, **values: Any) -> None:
    """Serve a page over the store, for this machine only, until stopped: table, timeline, numbers.

    With --attach or --launch the browser is recorded at the same time, and the page can drive it: recording, clearing,
    triggers.

    The address that is printed has a token in it: everyone who knows it can see everything.

    Example: cdp-bgservices view --attach 9222 --open
    """
    is_recorded = values["attach"] is not None or values["launch"]
    options = capture_options(ctx, {**values, "rearm": False}) if is_recorded else None  # The page decides.
    if options is None and (option := given(ctx, ATTACH, LAUNCH, LAB_PARTS, RECORDING)):
        raise click.UsageError(f"{option} is for a browser behind the viewer: add --launch, or --attach ENDPOINT.")
    import trio

    show_log()
    if options is None:
        from cdp_bgservices.cli.view_run import run_viewer

        trio.run(run_viewer, values["store"], view_port, open_)
        return
    from cdp_bgservices.cli.view_browser import run_viewed

    ctx.exit(trio.run(run_viewed, options, view_port, open_))
