"""The capture that a command line asks for."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from cdp_bgservices.errors import InvalidInputError

if TYPE_CHECKING:
    from cdp_bgservices.capture.options import CaptureOptions
    from cdp_bgservices.rules.rule import Rule


def capture_options(ctx: click.Context, values: Mapping[str, Any]) -> "CaptureOptions":
    """By the values of the command line. Raises UsageError, and InvalidInputError for a file of rules."""
    from cdp_bgservices.browser.launch import Launch
    from cdp_bgservices.capture.options import CaptureOptions, check_options

    left = dict(values)
    if left.pop("launch") and left["attach"] is not None:
        raise click.UsageError("--attach and --launch exclude each other.")
    launch = Launch(**{name: left.pop(name) for name in values if name in Launch.__struct_fields__})
    fail_on, expect, files = (left.pop(name, ()) for name in ("fail_on", "expect", "rules_files"))
    rules = gather_rules(fail_on, expect, files, left.get("services", ()))
    options = CaptureOptions(launch=launch, rules=rules, **left)
    try:
        check_options(options, {param.name or "": param.opts[0] for param in ctx.command.params})
    except InvalidInputError as error:
        raise click.UsageError(f"{error}.") from error
    return options


def gather_rules(
    fail_on: tuple[tuple[str, str], ...],
    expect: tuple[tuple[str, str], ...],
    rules_files: tuple[str, ...],
    services: tuple[str, ...],
) -> "tuple[Rule, ...]":
    """In this order, each once. With ``services``, of the files only those that are about these services alone.

    Raises InvalidInputError for a file that cannot be read or understood.
    """
    if not (fail_on or expect or rules_files):
        return ()
    from cdp_bgservices.cli.check import choose_rules
    from cdp_bgservices.rules.file import load_rules
    from cdp_bgservices.rules.rule import forbid, require

    rules = [
        *(forbid(*named) for named in dict.fromkeys(fail_on)),
        *(require(*named) for named in dict.fromkeys(expect)),
    ]
    if rules_files:
        rules += choose_rules([rule for file in dict.fromkeys(rules_files) for rule in load_rules(file)], services)
    return tuple(rules)
