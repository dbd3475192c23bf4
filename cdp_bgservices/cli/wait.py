"""The wait command: until an event is in the store."""

import os
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from cdp_bgservices.cli.command import OTHERS, GroupedCommand, option_group
from cdp_bgservices.cli.filter_options import filter_options_but
from cdp_bgservices.cli.options import CONDITION, TIMEOUT, UNTIL, Choice, debug_option, store_option
from cdp_bgservices.cli.output import choose_format, say, write

if TYPE_CHECKING:
    from cdp_bgservices.query import Query
    from cdp_bgservices.store import Engine
    from cdp_bgservices.testing.stored import Since

NOW = "now"
SINCE, SOURCE = "CDP_BGSERVICES_SINCE", "CDP_BGSERVICES_SOURCE"
"""What `record --run` sets for its command: the beginning of the recording, and its browser."""


@click.command(cls=GroupedCommand)
@click.argument("event", metavar="SERVICE:EVENT", type=UNTIL, required=False)
@filter_options_but("services", "event_names", "since", "before", "limit")
@option_group(
    OTHERS,
    click.option(
        "--where",
        "conditions",
        metavar="KEY=VALUE",
        type=CONDITION,
        multiple=True,
        help="Only an event with this metadata; repeatable: all of them.",
    ),
    click.option(
        "--since",
        metavar="WHEN",
        help="Also an event that has occurred by now: since a mark, or a moment (ISO 8601, or an age like 2h). "
        "Default: the beginning of the recording whose --run runs this command, otherwise now.",
    ),
    click.option("--timeout", type=TIMEOUT, default="30s", help="Default: 30s; 0 only looks."),
    click.option("--mark", is_flag=True, help="Print a mark of now, for a later --since, and wait for nothing."),
    click.option(
        "--format",
        "format_",
        type=Choice(["table", "json", "jsonl"]),
        help="Default: a table on a terminal, a line of JSON in a pipe.",
    ),
    store_option,
    debug_option,
)
@click.pass_context
def wait(
    ctx: click.Context,
    event: tuple[str, str] | None,
    query: "Query",
    conditions: tuple[tuple[str, str], ...],
    since: str | None,
    timeout: timedelta,
    mark: bool,
    format_: str | None,
    store: str | None,
) -> None:
    """Wait for an event in the store, and print it.

    If it does not come in time, the exit status is 1, and standard error has what occurred instead, the nearest first.
    Another process records: this command starts no browser.

    An event that comes before the wait begins would be missed: take a mark first, then act, then wait since the mark.

    \b
    Examples:
      cdp-bgservices wait 'backgroundSync:Sync completed' --instance send
      mark=$(cdp-bgservices wait --mark)
      cdp-bgservices wait 'notifications:Notification displayed' --since "$mark"
    """
    import msgspec

    from cdp_bgservices.errors import ExpectationError
    from cdp_bgservices.query import format_duration
    from cdp_bgservices.store import open_engine
    from cdp_bgservices.store.location import resolve_location
    from cdp_bgservices.store.marks import make_mark
    from cdp_bgservices.testing.stored import Sought, explain_missing_event, other_filters, wait_stored

    if mark == (event is not None):
        raise click.UsageError("Give SERVICE:EVENT or --mark, not both." if mark else "Missing SERVICE:EVENT.")
    # Those of another store are not those of the recording that runs this command.
    is_ours = ctx.get_parameter_source("store") != click.core.ParameterSource.COMMANDLINE
    with open_engine(store, create=resolve_location(store).is_default) as database:
        if event is None:
            write(f"{make_mark(database)}\n")
            return
        by_default = (os.environ.get(SINCE) if is_ours else None) or NOW
        begin = parse_since(by_default if since is None else since, database)
        sources = query.sources or tuple(filter(None, [os.environ.get(SOURCE)] if is_ours else []))
        sought = Sought(
            query=msgspec.structs.replace(query, services=event[:1], event_names=event[1:], sources=sources),
            metadata=dict(conditions),
            also=other_filters(query),
        )
        for doubt in sought.expected.doubts():
            say(f"warning: {doubt}")
        found = wait_stored(database, sought, begin, timeout.total_seconds())
        if found is None:
            waited = format_duration(timeout) if timeout else ""
            raise ExpectationError(explain_missing_event(database, sought, begin, waited))
    if format_ == "json":
        from cdp_bgservices.export.terminal_escape import to_json

        write(to_json(found))
    else:
        document = choose_format(format_, piped="jsonl")
        write(document.header() + document.row(found) + document.footer())


def parse_since(text: str, database: "Engine") -> "Since":
    """``now``, a mark or a moment. Raises InvalidInputError."""
    from cdp_bgservices.query import parse_time
    from cdp_bgservices.store.marks import cursor_of, is_mark
    from cdp_bgservices.testing.stored import Since

    if text == NOW:
        return Since(after=database.cursor())
    if is_mark(text):
        return Since(after=cursor_of(text, database), words="the mark", period="since the mark")
    moment = parse_time(text)
    words = f"{moment:%Y-%m-%d %H:%M:%S} UTC"
    return Since(moment=moment, words=words, period=f"since {words}")
