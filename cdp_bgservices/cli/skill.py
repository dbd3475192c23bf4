"""The skill command: what a coding agent has to know."""

import click

from cdp_bgservices.cli.options import debug_option, ignored_store_option
from cdp_bgservices.cli.output import write


@click.command()
@ignored_store_option
@debug_option
def skill() -> None:
    """Print a skill for coding agents: when to use which command, and what it prints.

    Save it as SKILL.md where your agent looks for skills.

    Example: cdp-bgservices skill
    """
    from importlib.resources import files

    write(files("cdp_bgservices").joinpath("SKILL.md").read_text(encoding="utf-8"))
