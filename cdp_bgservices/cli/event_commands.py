"""Commands that look at stored events: events, show."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from cdp_bgservices.cli.command import GroupedCommand
from cdp_bgservices.cli.filter_options import filter_options
from cdp_bgservices.cli.options import Choice, debug_option, format_option, store_option
from cdp_bgservices.cli.output import choose_paint, print_events, print_pages, say, terminal_width, write
from cdp_bgservices.export import DOCUMENTS, PRINTED

if TYPE_CHECKING:
    from cdp_bgservices.events import Event
    from cdp_bgservices.query import Query
    from cdp_bgservices.store import Engine

MOST_THROWN = 10
"""Errors that are listed beside events; more are counted."""


@click.command(cls=GroupedCommand)
@filter_options
@click.option("--format", "format_", type=Choice(PRINTED), default="table", help="How to print them; default: table.")
@click.option("--follow", is_flag=True, help="Then print what is stored from now on, until Ctrl-C or SIGTERM ends it.")
@store_option
@debug_option
def events(query: "Query", format_: str, follow: bool, store: str | None) -> None:
    """List stored events, oldest first.

    Example: cdp-bgservices events --service backgroundSync --since 2h
    """
    from cdp_bgservices.cli.coverage import say_gaps
    from cdp_bgservices.store import open_engine

    if follow and DOCUMENTS[format_].has_end:
        raise click.UsageError(f"--follow has no end, and --format {format_} needs one: use jsonl.")
    with open_engine(store, create=follow) as database:
        say_gaps(database, query)
        if follow:
            cursor = database.cursor()
            print_pages(
                database.pages(query, until=cursor),
                database.follow_pages(query, after=cursor),
                format_,
                database.contexts,
            )
        else:
            if not print_events(database.pages(query), format_, database.contexts):
                say_nothing_found(database, query)
            if query.failed:
                say_thrown(database, query)


def say_thrown(database: "Engine", query: "Query") -> None:
    """What workers threw that belongs to no event for certain, unless the query is for events of some kind."""
    from urllib.parse import urlsplit

    from cdp_bgservices.thrown import line_of

    if query.services or query.event_names or query.instance_ids or query.text:
        return
    found = database.thrown(query, no_event=True)
    if query.origins:
        origins = {origin.rstrip("/") for origin in query.origins}
        found = [each for each in found if "{0.scheme}://{0.netloc}".format(urlsplit(each.scope or "")) in origins]
    if found:
        say("workers also threw, in which handler is not certain:")
    for each in found[-MOST_THROWN:]:
        say(f"  {each.timestamp:%Y-%m-%dT%H:%M:%S}.{each.timestamp.microsecond // 1000:03}Z  {line_of(each)}")
    if len(found) > MOST_THROWN:
        say(f"  and {len(found) - MOST_THROWN} before these")


def say_nothing_found(database: "Engine", query: "Query") -> None:
    """Why the list is empty: on a fresh machine, or by the filters. An event's name may be misspelt."""
    if database.statistics().events:
        from cdp_bgservices.rules.spelling import doubt, name_doubts

        say("no stored event matches")
        for name in query.event_names:
            doubts = [doubt(service, name) for service in query.services] or [*name_doubts(name)]
            if doubts and all(doubts):
                say("\n".join(doubts))
    else:
        say(f"no events in {database.name} yet: `cdp-bgservices record` records some")


@click.command()
@click.argument("id_", metavar="ID")
@format_option
@store_option
@debug_option
@click.pass_context
def show(ctx: click.Context, id_: str, format_: str, store: str | None) -> None:
    """Show one event with its metadata, and the other events of its instance.

    ID is an event's id, or a unique prefix.

    Example: cdp-bgservices show 1a2b3c
    """
    from cdp_bgservices.export.detail import detail_json, detail_text
    from cdp_bgservices.store import open_engine
    from cdp_bgservices.store.related import same_instance, thrown_after

    with open_engine(store, create=False) as database:
        found = database.find(id_)
        if len(found) > 1:
            say(f"error: {id_!r} is the prefix of several ids; write more of one of them:")
            say("\n".join(describe_candidates(found)))
            ctx.exit(1)
        if not found:
            say(f"error: no event has an id that begins with {id_!r}\n`cdp-bgservices events` lists them.")
            ctx.exit(1)
        others = [other for other in same_instance(database, found[0]) if other.id != found[0].id]
        near = thrown_after(database, found[0])
    write(
        detail_json(found[0], others, near)
        if format_ == "json"
        else detail_text(found[0], others, near, terminal_width(), choose_paint())
    )


def describe_candidates(found: list["Event"], most: int = 10) -> Iterator[str]:
    """A line each, of the first few."""
    for event in found[:most]:
        yield f"  {event.id}  {event.timestamp:%Y-%m-%d %H:%M:%S}  {event.service}  {event.event_name}"
    if len(found) > most:
        yield "  …"
