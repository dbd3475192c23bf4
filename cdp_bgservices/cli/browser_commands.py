"""The command that asks a running browser for its workers."""

import click

from cdp_bgservices.cli.options import debug_option, remote_option, store_option

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
    """List a browser's service workers: scope, script, status, running or not.

    Example: cdp-bgservices workers --attach 9222
    """
    import trio

    from cdp_bgservices.browser.each_context import list_workers
    from cdp_bgservices.browser.missing_worker import explain_missing
    from cdp_bgservices.browser.opening import open_browser
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
