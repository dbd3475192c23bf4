"""The doctor command."""

import click

from cdp_bgservices.cli.options import ENDPOINT, Choice, debug_option, remote_option, store_option
from cdp_bgservices.cli.trio_loop import run_in_trio

attach_option = click.option(
    "--attach",
    metavar="ENDPOINT",
    help=f"Also look at a running browser: {ENDPOINT}.",
)


@click.command()
@attach_option
@remote_option
@click.option(
    "--format",
    "format_",
    type=Choice(["text", "json"]),
    default="text",
    help="Default: text.",
)
@store_option
@debug_option
@click.pass_context
def doctor(ctx: click.Context, attach: str | None, allow_remote: bool, format_: str, store: str | None) -> None:
    """Look at what this machine has and lacks: Chromium, ports, store, the lab's parts, extras. What is missing has its
    remedy below it; the last line says what does not work.

    Nothing is changed, and the report has no names of the user, the machine, sites or profiles: it can be pasted into
    an issue. The exit status is 3 without a browser to record, 4 without a store to record into, and otherwise 0.

    Example: cdp-bgservices doctor
    """
    import logging

    from cdp_bgservices.cli.doctor_text import report_text
    from cdp_bgservices.cli.output import terminal_width, write
    from cdp_bgservices.doctor.examine import examine_redacted
    from cdp_bgservices.doctor.parameters import Asked
    from cdp_bgservices.doctor.values import report
    from cdp_bgservices.export.terminal_escape import to_json

    # Warnings of the library name what the report leaves out. Each of them is a check here.
    logging.getLogger("cdp_bgservices").addHandler(logging.NullHandler())
    found = report(run_in_trio(examine_redacted, Asked(attach=attach, allow_remote=allow_remote, store=store)))
    write(to_json(found) if format_ == "json" else report_text(found, terminal_width()))
    ctx.exit(found.exit_status)
