"""The record command."""

from datetime import timedelta
from functools import partial
from pathlib import Path

import click

from cdp_bgservices.cli.browser_options import check_place, launch_options, place_options
from cdp_bgservices.cli.capture_options import capture_options, gather_rules
from cdp_bgservices.cli.options import DURATION, SERVICE, UNTIL, debug_option, remote_option, store_option


@click.command()
@place_options
@click.option("--launch", is_flag=True, help="Record a Chromium that is started for it (the default).")
@launch_options
@click.option(
    "--port", metavar="N", type=click.IntRange(0, 65535), help="Also open a debugging port for others, on loopback."
)
@click.option(
    "--service",
    "services",
    metavar="NAME",
    type=SERVICE,
    multiple=True,
    help="Record this service only; repeatable; all six otherwise.",
)
@click.option(
    "--for", "length", metavar="DURATION", type=DURATION, help="Stop so long after recording is ready, such as 60s."
)
@click.option(
    "--until", metavar="SERVICE:EVENT_NAME", type=UNTIL, help="Stop at this event; exit status 1 if it does not come."
)
@click.option(
    "--retention",
    metavar="DURATION",
    type=DURATION,
    help="How long the store keeps an event, from its own timestamp: 3d unless set. Kept in the store.",
)
@click.option(
    "--redact",
    type=click.Choice(["payloads", "nothing"]),
    help="Leave payloads out of what is stored from now on: their length and a digest stand in their place. "
    "Kept in the store, for everybody who adds to it.",
)
@click.option(
    "--stop-recording",
    is_flag=True,
    help="On the way out, switch the browser's own recording off where it was switched on here.",
)
@click.option(
    "--metrics-port",
    metavar="N",
    type=click.IntRange(0, 65535),
    help="Serve the recording's numbers to Prometheus, on loopback; 0: any port that is free.",
)
@click.option("--no-rearm", is_flag=True, help="Leave recording off when somebody else switches it off.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["table", "jsonl"]),
    help="Default: a table on a terminal, JSON lines in a pipe.",
)
@capture_options
@remote_option
@store_option
@debug_option
@click.pass_context
def record(
    ctx: click.Context,
    attach: str | None,
    wait: bool | None,
    launch: bool,
    restart: bool,
    lab: tuple[str, ...] | None,
    urls: tuple[str, ...],
    headed: bool,
    profile: Path | None,
    chromium: str | None,
    port: int | None,
    arguments: tuple[str, ...],
    grants: tuple[str, ...],
    services: tuple[str, ...],
    length: timedelta | None,
    until: tuple[str, str] | None,
    source: str | None,
    retention: timedelta | None,
    redact: str | None,
    stop_recording: bool,
    metrics_port: int | None,
    no_rearm: bool,
    format_: str | None,
    fail_on: tuple[tuple[str, str], ...],
    expect: tuple[tuple[str, str], ...],
    rules_files: tuple[str, ...],
    output: Path | None,
    summary: Path | None,
    junit: Path | None,
    command: str | None,
    strict: bool,
    allow_idle: bool,
    allow_remote: bool,
    store: str | None,
) -> None:
    """Record what background services do, until Ctrl-C, --for, --until, the end of --run or of the browser.

    Events go to the store, and as they are stored to standard output.

    The exit status is 1 where something came that must not, or did not come that must: of what came during this
    recording, not before it. It is also 1 where something is judged and nothing could come: no page, no client, no
    event. With --run it is the larger of that and the command's own (128 and its number for a
    signal), and 1 if --for was over first. An error of the browser (3) or of the store (4) takes precedence,
    and reports are still written.
    """
    check_options(ctx, attach, launch, wait, services, (*fail_on, *expect, *(() if until is None else (until,))))
    if command is not None and not command.strip():
        raise click.UsageError("--run needs a command line.")
    from cdp_bgservices.browser.launch import Launch
    from cdp_bgservices.capture.options import Recording
    from cdp_bgservices.capture.recording import main
    from cdp_bgservices.cli.output import print_following, say, show_log
    from cdp_bgservices.events import Service

    if command is not None and attach is None and port is None:
        port = 0  # The command attaches to it.
    show_log()
    ctx.exit(
        main(
            Recording(
                store=store,
                attach=attach,
                allow_remote=allow_remote,
                launch=Launch(chromium=chromium, profile=profile, headed=headed, port=port, arguments=arguments),
                wait=wait,
                restart=restart,
                lab=lab or (),
                urls=urls,
                grants=grants,
                services=services or tuple(Service),
                source=source,
                length=length,
                until=until,
                retention=retention,
                redact=None if redact is None else redact == "payloads",
                metrics_port=metrics_port,
                stop_recording=stop_recording,
                rearm=not no_rearm,
                rules=gather_rules(fail_on, expect, rules_files, services, until, say, strict=strict),
                strict=strict,
                allow_idle=allow_idle,
                output=output,
                summary=summary,
                junit=junit,
                command=command,
            ),
            say,
            partial(print_following, name=format_),
        )
    )


def check_options(
    ctx: click.Context,
    attach: str | None,
    launch: bool,
    wait: bool | None,
    services: tuple[str, ...],
    named: tuple[tuple[str, str], ...],
) -> None:
    """What does not go together. ``named`` are services and the names of their events, that something waits for."""
    check_place(ctx, attach=attach, launch=launch, wait=wait, port="port")
    for service, event_name in named:
        if services and service not in services:
            raise click.UsageError(f"{service}:{event_name} is asked for, which --service leaves out.")
