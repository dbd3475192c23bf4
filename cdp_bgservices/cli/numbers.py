"""The numbers command."""

from typing import TYPE_CHECKING

import click

from cdp_bgservices.cli.command import GroupedCommand
from cdp_bgservices.cli.filter_options import filter_options_but
from cdp_bgservices.cli.options import debug_option, format_option, store_option
from cdp_bgservices.cli.output import choose_paint, terminal_width, write

if TYPE_CHECKING:
    from cdp_bgservices.query import Query


@click.command(cls=GroupedCommand)
@filter_options_but("limit")
@format_option
@store_option
@debug_option
def numbers(query: "Query", format_: str, store: str | None) -> None:
    """Count runs by service and tag: how many failed, how many retries, and how long they took.

    A run is one sync with its retries, one push, one fetch, one notification or one payment. MEDIAN and P95 are
    durations from registration, or the first dispatch, to completion: 95 % of the runs took at most P95. Ids that occur
    seldom share a row. In JSON, durations are in seconds.

    Example: cdp-bgservices numbers --service backgroundSync --since 2h
    """
    from cdp_bgservices.cli.coverage import say_gaps
    from cdp_bgservices.cli.event_commands import say_nothing_found
    from cdp_bgservices.events import from_microseconds
    from cdp_bgservices.export.run_table import runs_table, runs_values
    from cdp_bgservices.export.terminal_escape import to_json
    from cdp_bgservices.store import open_engine
    from cdp_bgservices.web.run_numbers import numbers as count

    with open_engine(store, create=False) as database:
        say_gaps(database, query)
        found = count(database, query)
        if not found["rows"]:
            say_nothing_found(database, query)
    if format_ == "json":
        moments = {"since": from_microseconds(found["begin"]), "until": from_microseconds(found["end"])}
        write(to_json({**moments, "runs": [runs_values(row) for row in found["rows"]]}))
    elif found["rows"]:
        write(runs_table(found["rows"], terminal_width(), choose_paint()))
