"""The record command."""

from typing import Any

import click

from cdp_bgservices.cli.asked_capture import capture_options
from cdp_bgservices.cli.capture_options import (
    attach_options,
    launch_options,
    output_options,
    recording_options,
    report_options,
    stop_options,
    store_group,
    verdict_options,
)
from cdp_bgservices.cli.command import GroupedCommand
from cdp_bgservices.cli.options import debug_option, store_option
from cdp_bgservices.cli.output import LOG, show_log
from cdp_bgservices.cli.trio_loop import run_in_trio


@click.command(cls=GroupedCommand)
@attach_options
@launch_options("Record a Chromium that is started for it (the default).", "--port")
@recording_options
@stop_options
@verdict_options
@report_options
@output_options
@store_group(store_option)
@debug_option
@click.pass_context
def record(ctx: click.Context, /, format_: str | None, **values: Any) -> None:
    """Record what background services do, until Ctrl-C, --for, --until, the end of --run or of the browser.

    Events go to the store, and as they are stored to standard output.

    The exit status is 1 if a forbidden event occurred or a required one did not; only this recording counts. It is also
    1 if something is judged and nothing could occur: no page, no client, no event. With --run it is the larger of that
    and the command's own (128 and its number for a signal), and 1 if --for was over first. An error of the browser (3)
    or of the store (4) takes precedence; reports are still written.

    \b
    Examples:
      cdp-bgservices record --attach 9222
      cdp-bgservices record --url http://localhost:8000/ --for 60s
      cdp-bgservices record --run "npm test" --rules recommended --junit junit.xml
    """
    options = capture_options(ctx, values)
    if LOG.is_json and options.command is not None:
        raise click.UsageError("--log-format json: the output of --run would be between the notices.")

    from cdp_bgservices.cli.record_run import run_record

    show_log()
    ctx.exit(run_in_trio(run_record, options, format_))
