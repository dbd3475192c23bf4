"""Options of ``view`` for a browser behind the viewer, and the recording that they ask for."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cdp_bgservices.cli.browser_options import LAUNCH_ONLY, check_place, given, launch_options, place_options
from cdp_bgservices.cli.options import F, remote_option

if TYPE_CHECKING:
    from cdp_bgservices.capture.options import Recording

BROWSER_ONLY = (*LAUNCH_ONLY, "debugging_port", "grants", "source", "stop_recording", "allow_remote")
"""Options that say nothing where the viewer shows a store alone."""


def browser_options(command: F) -> F:
    """As the arguments of :func:`asked_recording`."""
    options = (
        place_options,
        click.option("--launch", is_flag=True, help="Record a Chromium that is started for it."),
        launch_options,
        click.option(
            "--debugging-port",
            metavar="N",
            type=click.IntRange(0, 65535),
            help="Also open a debugging port for others, on loopback.",
        ),
        click.option(
            "--stop-recording",
            is_flag=True,
            help="On the way out, switch the browser's own recording off where it was switched on here.",
        ),
        remote_option,
    )
    for option in reversed(options):
        command = option(command)
    return command


def asked_recording(
    ctx: click.Context,
    store: str | None,
    *,
    attach: str | None,
    wait: bool | None,
    launch: bool,
    restart: bool,
    lab: tuple[str, ...] | None,
    urls: tuple[str, ...],
    headed: bool,
    profile: Path | None,
    chromium: str | None,
    arguments: tuple[str, ...],
    grants: tuple[str, ...],
    source: str | None,
    debugging_port: int | None,
    stop_recording: bool,
    allow_remote: bool,
) -> "Recording | None":
    """What goes on behind the viewer; None where it shows a store alone. Raises UsageError."""
    check_place(ctx, attach=attach, launch=launch, wait=wait, port="debugging_port")
    if attach is None and not launch:
        if option := given(ctx, BROWSER_ONLY):
            raise click.UsageError(f"{option} is for a browser behind the viewer: add --launch, or --attach ENDPOINT.")
        return None
    from cdp_bgservices.browser.launch import Launch
    from cdp_bgservices.capture.options import Recording
    from cdp_bgservices.events import Service

    return Recording(
        store=store,
        attach=attach,
        allow_remote=allow_remote,
        launch=Launch(chromium=chromium, profile=profile, headed=headed, port=debugging_port, arguments=arguments),
        wait=wait,
        restart=restart,
        lab=lab or (),
        urls=urls,
        grants=grants,
        services=tuple(Service),
        source=source,
        stop_recording=stop_recording,
        rearm=False,  # The page decides.
    )
