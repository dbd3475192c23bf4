"""The coverage command: which periods were recorded completely."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from cdp_bgservices.cli.options import TIME, debug_option, format_option, service_option, store_option
from cdp_bgservices.cli.output import say, terminal_width, write

if TYPE_CHECKING:
    from cdp_bgservices.query import Query
    from cdp_bgservices.store import Engine

LONGEST = timedelta(days=3)


@click.command()
@service_option("Only this service")
@click.option("--source", "sources", metavar="NAME", multiple=True, help="Only this source; repeatable.")
@click.option("--since", type=TIME, help="From a moment on: ISO 8601, or an age like 2h; default: 3d.")
@format_option
@store_option
@debug_option
def coverage(
    services: tuple[str, ...], sources: tuple[str, ...], since: datetime | None, format_: str, store: str | None
) -> None:
    """Show which periods were fully recorded, and every gap with its reason.

    The strip of each service shows the last three days: recorded live, recorded by the browser while no recorder was
    attached, or not known to be complete.

    Example: cdp-bgservices coverage --since 2h
    """
    from cdp_bgservices.coverage.report import report_sources
    from cdp_bgservices.export.coverage import coverage_text, coverage_values
    from cdp_bgservices.store import open_engine

    now = datetime.now(UTC)
    begin = now - LONGEST if since is None else since
    if begin >= now:
        raise click.UsageError("--since is not in the past.")
    with open_engine(store, create=False) as database:
        reports = report_sources(database.coverage(), begin, now, sources, services)
        name = database.name
    if format_ == "json":
        from cdp_bgservices.export.terminal_escape import to_json

        values = [coverage_values(source, series) for source, series in reports.items()]
        write(to_json({"since": begin, "until": now, "sources": values}))
        return
    write("\n".join(coverage_text(source, series, begin, now, terminal_width()) for source, series in reports.items()))
    if not reports:
        say(f"nothing of this was recorded into {name} yet: `cdp-bgservices record` records")


def say_gaps(database: "Engine", query: "Query") -> None:
    """In one line, whether the recording of what a query lists has gaps."""
    if note := gaps_note(database, query):
        say(f"note: recording has gaps: {note}")


def gaps_note(database: "Engine", query: "Query") -> str:
    """The first gap in the recording of what a query lists; empty if there is none.

    The time before the first recording counts as a gap only if the query names a moment to begin with.
    """
    from cdp_bgservices.coverage.report import gaps_of
    from cdp_bgservices.export.coverage import first_gap

    now = datetime.now(UTC)
    since = max(query.since or now - database.retention, now - database.retention)
    until = min(query.before or now, now)
    from_the_start = query.since is not None
    found = gaps_of(database.coverage(), since, now, query.sources, query.services, from_the_start=from_the_start)
    return first_gap(gap for gap in found if gap.begin < until)
