"""Commands whose help has the options in groups."""

from collections.abc import Callable

import click

from cdp_bgservices.cli.options import F

OTHERS = "Options"
"""The title of the group of those options that are in no other."""


class GroupedCommand(click.Command):
    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        groups: dict[str, list[tuple[str, str]]] = {}
        for param in self.get_params(ctx):
            if not isinstance(param, click.Argument) and (record := param.get_help_record(ctx)) is not None:
                groups.setdefault(group_of(param), []).append(record)
        for title, records in groups.items():
            with formatter.section(title):
                formatter.write_dl(records)


def group_of(param: click.Parameter) -> str:
    return str(getattr(param, "group", OTHERS))


def option_group(title: str, *options: Callable[[F], F]) -> Callable[[F], F]:
    """These options, under a title of their own in the help."""

    def decorate(command: F) -> F:
        for option in reversed(options):
            command = option(command)
            vars(command)["__click_params__"][-1].group = title
        return command

    return decorate


def given(ctx: click.Context, *titles: str) -> str | None:
    """The first option of these groups that is on the command line."""
    for param in ctx.command.params:
        is_given = ctx.get_parameter_source(param.name or "") == click.core.ParameterSource.COMMANDLINE
        if is_given and group_of(param) in titles:
            return param.opts[0]
    return None
