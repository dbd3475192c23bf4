"""The lab command: how other processes reach an open lab."""

import click

from cdp_bgservices.cli.asking_lab import ask_lab, lab_options
from cdp_bgservices.cli.command import OTHERS, option_group
from cdp_bgservices.cli.options import Choice
from cdp_bgservices.cli.output import write


@click.command()
@option_group(
    OTHERS,
    lab_options,
    click.option(
        "--format",
        "format_",
        type=Choice(["shell", "json"]),
        default="shell",
        help="Lines for a shell to evaluate, or one JSON object; default: shell.",
    ),
)
def lab(lab: str | None, format_: str) -> None:
    """Print the variables that the command of `record --run` has, for another terminal or an application server there.

    They name the lab's socket, the browser if it has a debugging port (--port), its store, and with the lab's push
    service its HTTPS proxy, its URL and its certificate, which NODE_EXTRA_CA_CERTS names for Node.

    `eval "$(cdp-bgservices lab)"` sets them.

    Example: cdp-bgservices lab --format json
    """
    found: dict[str, str] = ask_lab(lab, "environment")
    if format_ == "json":
        from cdp_bgservices.export.terminal_escape import to_json

        write(to_json(found))
    else:
        from shlex import quote

        write("".join(f"export {name}={quote(value)}\n" for name, value in found.items()))
