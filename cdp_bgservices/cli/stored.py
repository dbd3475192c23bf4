"""Commands that look at stored events: events, show."""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

import click

from cdp_bgservices.cli.options import TIME, debug_option, service_option, store_option

if TYPE_CHECKING:
    from cdp_bgservices.events import Event
    from cdp_bgservices.store import Database

FORMATS = click.Choice(["table", "json", "jsonl", "csv", "devtools"])
CLOSED_FORMATS = ("json", "devtools")
"""Their documents have an end, which following never comes to."""


@click.command()
@service_option("Only this service")
@click.option("--event", "event_names", metavar="NAME", multiple=True, help="Only this event; repeatable.")
@click.option("--origin", "origins", metavar="ORIGIN", multiple=True, help="Only this origin; repeatable.")
@click.option("--scope", "scopes", metavar="URL", multiple=True, help="Only this worker scope; repeatable.")
@click.option("--instance", "instance_ids", metavar="ID", multiple=True, help="Only this instance; repeatable.")
@click.option("--source", "sources", metavar="NAME", multiple=True, help="Only this source; repeatable.")
@click.option(
    "--browser-context", "browser_contexts", metavar="ID", multiple=True, help="Only this browser context; repeatable."
)
@click.option("--since", metavar="TIME", type=TIME, help="At or after a moment: ISO 8601, or an age like 2h.")
@click.option("--before", metavar="TIME", type=TIME, help="Before a moment: ISO 8601, or an age like 2h.")
@click.option("--text", default="", help="Only events with this in any of their texts, whatever the case.")
@click.option("--limit", metavar="N", type=click.IntRange(min=0), help="The newest N.")
@click.option("--format", "format_", type=FORMATS, default="table", help="How to print them; default: table.")
@click.option("--follow", is_flag=True, help="Then print what is stored from now on, until stopped.")
@store_option
@debug_option
def events(
    services: tuple[str, ...],
    event_names: tuple[str, ...],
    origins: tuple[str, ...],
    scopes: tuple[str, ...],
    instance_ids: tuple[str, ...],
    sources: tuple[str, ...],
    browser_contexts: tuple[str, ...],
    since: datetime | None,
    before: datetime | None,
    text: str,
    limit: int | None,
    format_: str,
    follow: bool,
    store: str | None,
) -> None:
    """List stored events, oldest first."""
    from cdp_bgservices.cli.coverage import say_gaps
    from cdp_bgservices.cli.output import print_events, print_pages
    from cdp_bgservices.query import Query
    from cdp_bgservices.store import open_database

    if follow and format_ in CLOSED_FORMATS:
        raise click.UsageError(f"--follow has no end, and --format {format_} needs one: take jsonl.")
    query = Query(
        services=services,
        event_names=event_names,
        origins=origins,
        scopes=scopes,
        instance_ids=instance_ids,
        sources=sources,
        browser_contexts=browser_contexts,
        since=since,
        before=before,
        text=text,
        limit=limit,
    )
    with open_database(store, create=follow) as database:
        say_gaps(database, query)
        if follow:
            cursor = database.cursor()
            print_pages(database.pages(query, until=cursor), database.follow_pages(query, after=cursor), format_)
        elif not print_events(database.events(query), format_):
            say_nothing_found(database)


def say_nothing_found(database: "Database") -> None:
    """Why the list is empty: on a fresh machine, or by the filters."""
    from cdp_bgservices.cli.output import say

    if database.statistics().events:
        say("no stored event matches")
    else:
        say(f"no events in {database.path} yet: `cdp-bgservices record` records some")


@click.command()
@click.argument("id_", metavar="ID")
@click.option("--format", "format_", type=click.Choice(["table", "json"]), default="table", help="Default: table.")
@store_option
@debug_option
@click.pass_context
def show(ctx: click.Context, id_: str, format_: str, store: str | None) -> None:
    """Show one event with its metadata, and the other events of its instance.

    ID is an event's id, or a beginning that no other has.
    """
    from cdp_bgservices.cli.output import say, write
    from cdp_bgservices.export.detail import detail_json, detail_text
    from cdp_bgservices.store import open_database

    with open_database(store, create=False) as database:
        found = database.find(id_)
        if len(found) > 1:
            say(f"error: {id_!r} is the beginning of several ids; write more of one of them:")
            say("\n".join(describe_candidates(found)))
            ctx.exit(1)
        if not found:
            say(f"error: no event has an id that begins with {id_!r}\n`cdp-bgservices events` lists them.")
            ctx.exit(1)
        others = [other for other in database.instance(found[0]) if other.id != found[0].id]
    write((detail_json if format_ == "json" else detail_text)(found[0], others))


def describe_candidates(found: list["Event"], most: int = 10) -> Iterator[str]:
    """A line each, of the first few."""
    for event in found[:most]:
        yield f"  {event.id}  {event.timestamp:%Y-%m-%d %H:%M:%S}  {event.service}  {event.event_name}"
    if len(found) > most:
        yield "  …"
