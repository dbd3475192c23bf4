"""The export command."""

import signal
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cdp_bgservices.cli.command import GroupedCommand
from cdp_bgservices.cli.filter_options import filter_options
from cdp_bgservices.cli.options import Choice, debug_option, store_option
from cdp_bgservices.cli.output import say
from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.export import DOCUMENTS, SAVED
from cdp_bgservices.export.documents import About, guess_document, pieces

if TYPE_CHECKING:
    from cdp_bgservices.query import Query
    from cdp_bgservices.store import Engine

FORMATS = "; ".join(f"{name}: {DOCUMENTS[name].use}" for name in SAVED)


@click.command(cls=GroupedCommand)
@click.argument("file", metavar="FILE")
@click.option(
    "--format",
    "format_",
    type=Choice(SAVED),
    help=f"The format of FILE; not needed if its suffix has only one. Who reads them: {FORMATS}.",
)
@click.option("--title", metavar="TEXT", default="", help="What an HTML report is called; otherwise after the store.")
@filter_options
@store_option
@debug_option
def export(file: str, format_: str | None, title: str, query: "Query", store: str | None) -> None:
    """Write stored events to FILE, oldest first, for other tools; - is standard output.

    FILE is written atomically; an existing file is replaced. Ctrl-C or SIGTERM ends the command and leaves FILE as it
    was.

    Example: cdp-bgservices export events.html --since 2h
    """
    from cdp_bgservices.cli.coverage import say_gaps
    from cdp_bgservices.cli.event_commands import say_nothing_found
    from cdp_bgservices.cli.progress import Counted, open_meter
    from cdp_bgservices.export.files import write_file
    from cdp_bgservices.export.sizes import format_size
    from cdp_bgservices.store import open_engine

    if Path(file).is_dir():
        raise InvalidInputError(f"{file} is a folder", "Name a file in it.")
    if format_ is None and file == "-":
        raise click.UsageError("Writing to standard output needs --format.")
    name = format_ or guess_document(file)
    if file == "-" and DOCUMENTS[name].binary and sys.stdout.isatty():
        raise click.UsageError(f"{name} is not for a terminal: name a file, or redirect the output to one.")
    if title and name != "html":
        raise click.UsageError(f"--title is for html, and {name} has no title.")
    with open_engine(store, create=False) as database:
        say_gaps(database, query)
        with tidy_end(), open_meter("writing") as meter:
            counted = Counted(database.pages(query), meter, last_moment(database, query))
            written = pieces(counted, name, read_about(database, query, title))
            size = write_output(written) if file == "-" else write_file(Path(file), written)
        if not counted.count:
            say_nothing_found(database, query)
    if file != "-":
        events = f"{counted.count:,} event{'' if counted.count == 1 else 's'}"
        say(f"wrote {events}, {format_size(size)}, to {file}")


@contextmanager
def tidy_end() -> Iterator[None]:
    """SIGTERM, too, leaves nothing half written behind."""

    def end(number: int, frame: object) -> None:
        raise SystemExit(128 + number)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def write_output(pieces: Iterable[bytes]) -> int:
    """To standard output; how many bytes."""
    sys.stdout.flush()
    size = sum(map(sys.stdout.buffer.write, pieces))
    sys.stdout.buffer.flush()
    return size


def last_moment(database: "Engine", query: "Query") -> float:
    """When the last event may be, in seconds since the epoch."""
    newest = database.statistics().newest or datetime.now(UTC)
    return min(query.before or newest, newest).timestamp()


def read_about(database: "Engine", query: "Query", title: str) -> About:
    """What stands beside the events; coverage is that of the time which the query is about."""
    from cdp_bgservices.coverage.hosts import this_host
    from cdp_bgservices.coverage.report import report_sources
    from cdp_bgservices.query import filter_words

    now = datetime.now(UTC)
    oldest = now - database.retention
    return About(
        moment=now,
        coverage=report_sources(
            database.coverage(), max(query.since or oldest, oldest), now, query.sources, query.services
        ),
        contexts=database.contexts(query.sources),
        store=database.short_name,
        title=title,
        host=this_host(),
        filters=filter_words(query),
        retention=database.retention,
        redacts=database.redacts,
    )
