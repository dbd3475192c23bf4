"""The view command."""

from pathlib import Path
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
from cdp_bgservices.cli.options import check_text, debug_option, log_format_option, store_option
from cdp_bgservices.cli.output import show_log
from cdp_bgservices.cli.trio_loop import run_in_trio


def check_files(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        if not value:
            raise click.BadParameter("It is empty: give a file's name, or leave it out.", ctx, param)
        check_text(ctx, param, value)
    return values


@click.command(cls=GroupedCommand)
@click.argument("files", metavar="[FILE]...", nargs=-1, callback=check_files)
@option_group(
    "Viewer",
    click.option("--port", "view_port", metavar="N", type=PORT, default=0, help="Serve there; default: any free port."),
    click.option(
        "--token",
        metavar="TOKEN",
        envvar="CDP_BGSERVICES_TOKEN",
        help="The token in the address, so that with --port a bookmark stays valid; default: a new one. Others on this "
        "machine can see arguments: $CDP_BGSERVICES_TOKEN and --token-file keep it from them.",
    ),
    click.option("--token-file", metavar="FILE", type=click.Path(dir_okay=False), help="A file with the token."),
    click.option("--open", "open_", is_flag=True, help="Open the page in the default browser."),
)
@attach_options
@launch_options("Record a Chromium that is started for it.", "--debugging-port")
@option_group(RECORDING, grant_option, https_option, source_option, stop_recording_option)
@store_option
@log_format_option
@debug_option
@click.pass_context
def view(
    ctx: click.Context,
    /,
    files: tuple[str, ...],
    view_port: int,
    token: str | None,
    token_file: str | None,
    open_: bool,
    **values: Any,
) -> None:
    """Serve a page over the store, for this machine only, until stopped: table, timeline, numbers.

    With --attach or --launch the browser is recorded at the same time, and the page can drive it: recording, clearing,
    triggers.

    The address that is printed has a token in it: everyone who knows it can see everything.

    With FILEs, which are what import takes, or stores, the page shows their events, however old. Each file is a source
    of its name. Of two, the page opens the timeline that compares them, such as a passing run and a failing one.

    Example: cdp-bgservices view --attach 9222 --open

    Example: cdp-bgservices view passing.jsonl failing.jsonl
    """
    if files:
        is_store_given = ctx.get_parameter_source("store") == click.core.ParameterSource.COMMANDLINE
        if option := "--store" if is_store_given else given(ctx, ATTACH, LAUNCH, LAB_PARTS, RECORDING):
            raise click.UsageError(f"FILE and {option} exclude each other.")
    if token_file is not None:
        if ctx.get_parameter_source("token") == click.core.ParameterSource.COMMANDLINE:
            raise click.UsageError("--token and --token-file say the same: give one of them.")
        token = read_token(token_file)
    if token is not None:
        from cdp_bgservices.web.token import check_token

        check_token(token)
    is_recorded = values["attach"] is not None or values["launch"]
    options = capture_options(ctx, {**values, "rearm": False}) if is_recorded else None  # The page decides.
    if options is None and (option := given(ctx, ATTACH, LAUNCH, LAB_PARTS, RECORDING)):
        raise click.UsageError(f"{option} is for a browser behind the viewer: add --launch, or --attach ENDPOINT.")

    show_log()
    if files:
        from cdp_bgservices.cli.view_files import is_store, open_recordings, run_files

        if len(files) == 1 and is_store(files[0]):  # As it is: with its gaps, and live.
            values["store"] = files[0]
        else:
            with open_recordings(files) as recordings:
                ctx.exit(run_in_trio(run_files, recordings, view_port, token, open_))
    if options is None:
        from cdp_bgservices.cli.view_run import run_viewer

        run_in_trio(run_viewer, values["store"], view_port, token, open_)
        return
    from cdp_bgservices.cli.view_browser import run_viewed

    ctx.exit(run_in_trio(run_viewed, options, view_port, token, open_))


def read_token(path: str) -> str:
    """Raises BadParameter."""
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        raise click.BadParameter(f"{path} cannot be read: {error}", param_hint="--token-file") from error
