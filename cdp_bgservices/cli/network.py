"""The network commands."""

import click

from cdp_bgservices.cli.asking_lab import ask_lab, group_options, lab_options
from cdp_bgservices.cli.output import say, write


@click.group()
@group_options
def network() -> None:
    """Turn the network of a browser on or off that record --lab network has started.

    Example: cdp-bgservices network offline
    """


@network.command()
@lab_options
def offline(lab: str | None) -> None:
    """Turn the network off: Chromium holds syncs back, and pauses fetches.

    Example: cdp-bgservices network offline
    """
    ask_lab(lab, "network.offline")
    say("the browser is offline")


@network.command()
@lab_options
def online(lab: str | None) -> None:
    """Turn the network on again: Chromium fires what has waited for it.

    Example: cdp-bgservices network online
    """
    ask_lab(lab, "network.online")
    say("the browser is online")


@network.command()
@click.argument("ports", metavar="PORT", type=click.IntRange(1, 65535), nargs=-1, required=True)
@lab_options
def forward(ports: tuple[int, ...], lab: str | None) -> None:
    """Let the browser reach further ports of this machine, at localhost, 127.0.0.1 and [::1].

    Example: cdp-bgservices network forward 8000
    """
    ask_lab(lab, "network.forward", ports=ports)
    say(f"the browser reaches localhost at {', '.join(map(str, ports))}")


@network.command()
@lab_options
def status(lab: str | None) -> None:
    """Print online or offline.

    Example: cdp-bgservices network status
    """
    write("online\n" if ask_lab(lab, "network.isOnline") else "offline\n")
