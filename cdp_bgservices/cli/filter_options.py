"""Which events: the options of every command that lists or writes stored ones."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from cdp_bgservices.cli.command import option_group
from cdp_bgservices.cli.options import TIME, F, service_option
from cdp_bgservices.query import EVERYTHING, FILTERS, Filter, Kind, Query

FILTERS_TITLE = "Which events"
SETTINGS: dict[Kind, dict[str, Any]] = {
    Kind.VALUES: {"multiple": True},
    Kind.MOMENT: {"type": TIME},
    Kind.TEXT: {"default": "", "metavar": "TEXT"},
    Kind.FLAG: {"is_flag": True},
    Kind.NUMBER: {"type": click.IntRange(min=0), "metavar": "N"},
}


def filter_options_but(*fields: str) -> Callable[[F], F]:
    """All but these, as one ``query``."""
    filters = [each for each in FILTERS if each.field not in fields]

    def decorate(command: F) -> F:
        @wraps(command)
        def filtered(*args: object, **options: Any) -> Any:
            return command(*args, query=Query(**{each.field: options.pop(each.field) for each in filters}), **options)

        return option_group(FILTERS_TITLE, *map(option_of, filters))(filtered)  # type: ignore[no-any-return]

    return decorate


filter_options = filter_options_but()


def given_filters(query: Query) -> list[str]:
    """The options that the command line has, in the order of the help."""
    return [option_name(each) for each in FILTERS if getattr(query, each.field) != getattr(EVERYTHING, each.field)]


def option_name(each: Filter) -> str:
    return f"--{each.option or each.name}"


def option_of(each: Filter) -> Callable[[Any], Any]:
    if each.column == "service":  # Its values are checked.
        return service_option(each.help)
    settings = SETTINGS[each.kind]
    if each.kind is Kind.VALUES:
        settings = {**settings, "metavar": each.metavar, "help": f"{each.help}; repeatable."}
    return click.option(option_name(each), each.field, **{"help": each.help, **settings})
