"""The network of a browser in the lab: switched off and on."""

import click

from cdp_bgservices.cli.lab_options import ask_lab, lab_option
from cdp_bgservices.cli.options import debug_option


@click.group()
def network() -> None:
    """Switch the network of a browser that record --lab network has started."""


@network.command()
@lab_option
@debug_option
def offline(lab: str | None) -> None:
    """Take the network away: Chromium holds syncs back, and pauses fetches."""
    from cdp_bgservices.cli.output import say

    ask_lab(lab, "network.offline")
    say("the browser is offline")


@network.command()
@lab_option
@debug_option
def online(lab: str | None) -> None:
    """Give it back: Chromium fires what has waited for it."""
    from cdp_bgservices.cli.output import say

    ask_lab(lab, "network.online")
    say("the browser is online")


@network.command()
@lab_option
@debug_option
def status(lab: str | None) -> None:
    """Print online or offline."""
    from cdp_bgservices.cli.output import write

    write("online\n" if ask_lab(lab, "network.is_online") else "offline\n")
