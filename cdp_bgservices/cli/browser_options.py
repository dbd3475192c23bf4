"""Options of the commands that record a browser: which one, and what it is started with."""

from pathlib import Path

import click

from cdp_bgservices.cli.options import LAB, ORIGIN, F, check_text

LAUNCH_ONLY = ("urls", "headed", "profile", "chromium", "arguments", "restart", "lab")
"""Those for a browser that is started; beside them the commands have a port for others."""


def place_options(command: F) -> F:
    """As ``attach`` and ``wait``."""
    options = (
        click.option(
            "--attach",
            metavar="ENDPOINT",
            help="Record a running browser: a port, host:port, http://…, ws://… or a profile folder.",
        ),
        click.option(
            "--wait/--no-wait",
            default=None,
            help="With --attach: wait for the browser at the start, too; or not even when it went away, as is done by "
            "default.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def launch_options(command: F) -> F:
    """As ``restart``, ``lab``, ``urls``, ``headed``, ``profile``, ``chromium``, ``arguments``, ``grants`` …"""
    options = (
        click.option("--restart", is_flag=True, help="Start it again when it crashes."),
        click.option(
            "--lab",
            metavar="PARTS",
            type=LAB,
            help="Start it in the lab: push, notifications, clock, network, several with commas, or all.",
        ),
        click.option("--url", "urls", metavar="URL", multiple=True, help="Open this page; repeatable."),
        click.option("--headed", is_flag=True, help="Start it with a window."),
        click.option(
            "--profile",
            metavar="DIR",
            type=click.Path(file_okay=False, path_type=Path),
            help="The profile to use, and keep; a temporary one otherwise.",
        ),
        click.option(
            "--chromium", metavar="PATH", help="The Chromium to start; otherwise $CHROMIUM, or the usual places."
        ),
        click.option(
            "--chromium-arg",
            "arguments",
            metavar="ARG",
            multiple=True,
            help="A further argument for Chromium; repeatable.",
        ),
        click.option(
            "--grant",
            "grants",
            metavar="ORIGIN",
            type=ORIGIN,
            multiple=True,
            help="Allow this origin what background services need; repeatable.",
        ),
        click.option(
            "--source",
            metavar="NAME",
            callback=check_text,
            help="Name of this browser's first profile in the store (others: NAME/FOLDER); its folder otherwise.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def given(ctx: click.Context, names: tuple[str, ...]) -> str | None:
    """The first of these options that was written on the command line."""
    for option in ctx.command.params:
        if option.name in names and ctx.get_parameter_source(option.name) == click.core.ParameterSource.COMMANDLINE:
            return option.opts[0]
    return None


def check_place(ctx: click.Context, *, attach: str | None, launch: bool, wait: bool | None, port: str) -> None:
    """What does not go together. ``port``: the name of the option for a port for others."""
    if attach is not None and launch:
        raise click.UsageError("--attach and --launch exclude each other.")
    if attach is not None and (option := given(ctx, (*LAUNCH_ONLY, port))):
        raise click.UsageError(f"{option} is for a browser that is started; --attach finds one that is running.")
    if attach is None and wait is not None:
        raise click.UsageError("--wait and --no-wait are for the browser of --attach.")
