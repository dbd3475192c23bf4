"""What commands have that drive the lab of another terminal."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from cdp_bgservices.cli.options import debug_option
from cdp_bgservices.errors import BrowserError

F = TypeVar("F", bound=Callable[..., Any])


def common_options(command: F) -> F:
    """What every command takes; these open no store."""
    unused = click.option("--store", metavar="STORE", expose_value=False, help="Accepted for consistency; ignored.")
    return unused(debug_option(command))


def lab_option(command: F) -> F:
    """``--lab SOCKET``, as ``lab``."""
    return click.option(
        "--lab",
        metavar="SOCKET",
        envvar="CDP_BGSERVICES_LAB",
        help="The lab's socket, as record --lab printed it, or $CDP_BGSERVICES_LAB; default: the one that is open.",
    )(command)


def ask_lab(lab: str | None, command: str, **arguments: object) -> Any:
    """At the named socket, or the only one. Raises BrowserError if none answers, InvalidInputError."""
    from cdp_bgservices.lab.control import ask, only_lab

    if not lab and os.environ.get("CDP_BGSERVICES_ENDPOINT"):  # The one that is open is then another recording's.
        raise BrowserError(
            "the recording that runs this command has no lab", "Start that with --lab, or name a lab: --lab SOCKET."
        )
    return ask(Path(lab) if lab else only_lab(), command, **arguments)
