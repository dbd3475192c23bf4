"""The serve command."""

from typing import Any

import click

from cdp_bgservices.cli.asked_capture import capture_options
from cdp_bgservices.cli.capture_options import (
    ATTACH,
    attach_option,
    launch_options,
    recording_options,
    store_group,
)
from cdp_bgservices.cli.command import GroupedCommand, option_group
from cdp_bgservices.cli.options import debug_option, log_format_option, remote_option, warn_of_password
from cdp_bgservices.cli.output import show_log
from cdp_bgservices.cli.trio_loop import run_in_trio
from cdp_bgservices.errors import InvalidInputError

temporary_store_option = click.option(
    "--store",
    metavar="STORE",
    callback=warn_of_password,
    help="A file, or a URL: sqlite:///… or postgresql://…; default: a temporary file, which is deleted at the end.",
)


def print_schema(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from cdp_bgservices.cli.output import write
        from cdp_bgservices.export.terminal_escape import to_json
        from cdp_bgservices.testing.methods.schema import make_schema

        write(to_json(make_schema()))
        ctx.exit()


schema_option = click.option(
    "--schema",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=print_schema,
    help="Print the protocol as a JSON schema, and exit.",
)


class ServeCommand(GroupedCommand):
    """What is wrong with the command line is the first line of the protocol, too."""

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        try:
            return super().make_context(*args, **kwargs)
        except click.UsageError as error:
            refuse(error)
            raise


def refuse(error: click.UsageError) -> None:
    """For a client that reads standard output only."""
    from cdp_bgservices.rpc.messages import error_line

    wrong = InvalidInputError(error.format_message(), "See cdp-bgservices serve --help.")
    click.echo(error_line(None, wrong), nl=False)


@click.command(cls=ServeCommand)
@option_group(ATTACH, attach_option, remote_option)
@launch_options("Serve a Chromium that is started for it (the default).", "--port", restart=False)
@recording_options
@store_group(temporary_store_option)
@schema_option
@log_format_option
@debug_option
@click.pass_context
def serve(ctx: click.Context, /, **values: Any) -> None:
    """Answer what tests ask, in any language: JSON-RPC 2.0 on standard input and output, a message a line.

    The browser is recorded. Clients wait for its events, read them, trigger them, and use the lab. The first line says
    how to reach the browser. It ends when standard input does, and takes browser, lab and temporary store with it.

    The exit status is 3 if the browser goes away before that.

    Example: cdp-bgservices serve --lab all --grant http://localhost:8000
    """
    if values["attach"] is not None:
        values["wait"] = False  # A client that waits for a browser that may never be back would not learn that it went.
    elif values["port"] is None:
        values["port"] = 0
    try:
        options = capture_options(ctx, values)
    except click.UsageError as error:
        refuse(error)
        raise

    from cdp_bgservices.cli.serve_run import run_serve

    show_log()
    ctx.exit(run_in_trio(run_serve, options))
