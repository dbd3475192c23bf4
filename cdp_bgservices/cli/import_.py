"""The import command."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from cdp_bgservices.cli.options import check_text, debug_option, store_option
from cdp_bgservices.cli.output import say
from cdp_bgservices.cli.streams import open_input
from cdp_bgservices.errors import InvalidInputError

if TYPE_CHECKING:
    from cdp_bgservices.cli.progress import Meter
    from cdp_bgservices.events import Event
    from cdp_bgservices.store import Engine

BATCH = 500
"""Events of one transaction."""


@click.command("import")
@click.argument("file", metavar="FILE")
@click.option(
    "--source",
    metavar="NAME",
    callback=check_text,
    help="Source name for events of a DevTools file; default: the file's name.",
)
@store_option
@debug_option
def import_(file: str, source: str | None, store: str | None) -> None:
    """Read events from FILE into the store, each of them once; - is standard input.

    FILE is what export writes as jsonl or devtools, or what DevTools' Save events wrote; the format is detected. Events
    older than the retention are skipped.

    Example: cdp-bgservices import events.jsonl
    """
    from cdp_bgservices.cli.progress import open_meter
    from cdp_bgservices.export.reading import read_events
    from cdp_bgservices.export.ticks import format_span
    from cdp_bgservices.store import open_engine

    if source == "":
        raise click.UsageError("--source needs a name.")
    name = "stdin" if file == "-" else Path(file).name
    with open_input(file, "a file of events") as opened, open_engine(store) as database:
        importing = Importing(database)
        try:
            with open_meter("reading") as meter:
                for event in read_events(opened, name, source):
                    importing.add(event)
                    importing.show(opened, meter)
        except InvalidInputError as error:
            importing.store()
            kept = f"What comes before it is in the store ({importing.text()}): fix the line and import it again."
            raise InvalidInputError(str(error), kept if importing.count else error.remedy) from error
        importing.store()
        past = f" (past the store's retention of {format_span(database.retention)})" if importing.too_old else ""
    say(importing.text() + past)


class Importing:
    """Events on their way into a store, and what became of them."""

    def __init__(self, database: "Engine") -> None:
        self.database = database
        self.batch: list[Event] = []
        self.count = self.stored = self.known = self.too_old = 0

    def add(self, event: "Event") -> None:
        self.batch.append(event)
        self.count += 1
        if len(self.batch) == BATCH:
            self.store()

    def store(self) -> None:
        """What was added since the last time."""
        from cdp_bgservices.export.reading import is_redacted

        # A store that leaves content out would do so a second time, and take it for another event.
        new = [event for event in self.batch if not (is_redacted(event) and self.database.find(event.id))]
        self.known += len(self.batch) - len(new)
        added = self.database.add(new)
        self.stored += added.stored
        self.known += added.known
        self.too_old += added.too_old
        self.batch.clear()

    def show(self, file: BinaryIO, meter: "Meter") -> None:
        """By the bytes that were read: the number of events is known at the end only."""
        if not self.batch:
            size = os.fstat(file.fileno()).st_size
            meter(file.tell() / size if size and file.seekable() else 0.0, self.count)

    def text(self) -> str:
        return f"{self.stored:,} stored, {self.known:,} known, {self.too_old:,} too old"
