"""Data goes to standard output, everything else to standard error."""

import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from itertools import chain
from shutil import get_terminal_size
from typing import TYPE_CHECKING

import click

from cdp_bgservices.cli.streams import silence

if TYPE_CHECKING:
    from cdp_bgservices.contexts import BrowserContext
    from cdp_bgservices.events import Event
    from cdp_bgservices.export import Format
    from cdp_bgservices.export.styles import Paint


class Log:
    """How notices are written, in one command line."""

    is_json = False


LOG = Log()


def say(text: str) -> None:
    """A notice, on standard error: for a person, with nothing in it that a terminal obeys; or as a line of JSON."""
    if LOG.is_json:
        from cdp_bgservices.cli.json_log import log_line

        click.echo(log_line(text), err=True)
        return
    from cdp_bgservices.export.columns import wrap
    from cdp_bgservices.export.terminal_escape import escape_text

    lines = [escape_text(line) for line in text.split("\n")]
    if sys.stderr.isatty():
        lines = [part for line in lines for part in wrap(line, get_terminal_size().columns, breaks=False)]
    click.echo("\n".join(lines), err=True)


def show_log() -> None:
    """Show the library's warnings on standard error. With ``--debug``, the root logger shows them, and more."""
    import logging

    if LOG.is_json:
        from cdp_bgservices.cli.json_log import show_all

        show_all(logging.WARNING, say)
        return

    class Saying(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            say(f"{record.levelname.lower()}: {record.getMessage()}")

    if not logging.getLogger().handlers:
        logging.getLogger("cdp_bgservices").addHandler(Saying(logging.WARNING))


def write(text: str) -> None:
    """Write an answer to standard output. If the reader has gone, the exit status stays the same."""
    try:
        write_now(text)
    except BrokenPipeError:
        silence(sys.stdout)


def choose_format(name: str | None, *, piped: str = "table", streams: bool = False) -> "Format":
    """The format of this name; by default a table on a terminal, fitted to its width, and ``piped`` elsewhere.

    ``streams``: the events come one by one.
    """
    from cdp_bgservices.export import make_format

    width = terminal_width()
    name = name or (piped if width is None else "table")
    if name == "table" and width is not None:
        from cdp_bgservices.export.terminal_table import TerminalTable

        return TerminalTable(width, paint=choose_paint(), streams=streams)
    return make_format(name)


def terminal_width() -> int | None:
    """None where standard output is not a terminal."""
    return get_terminal_size().columns if sys.stdout.isatty() else None


def choose_paint() -> "Paint":
    """Colours, unless $NO_COLOR is set (no-color.org), or standard output is not a terminal."""
    from cdp_bgservices.export.styles import coloured, plain

    return coloured if sys.stdout.isatty() and not os.environ.get("NO_COLOR") else plain


def print_events(
    pages: Iterable[Sequence["Event"]], name: str | None, contexts: "Callable[[], Sequence[BrowserContext]]" = list
) -> int:
    """Print a whole document; the count of events that were read. ``contexts`` reads what is known of them."""
    document = choose_format(name)
    if document.names_contexts:
        document.learn(contexts())
    count = 0
    try:
        sys.stdout.write(document.header())
        for page in pages:
            count += len(page)
            sys.stdout.write(document.rows(page))
        write_now(document.footer())
    except BrokenPipeError:
        silence(sys.stdout)
    return count


def print_pages(
    stored: Iterator[list["Event"]],
    coming: Iterator[list["Event"]],
    name: str | None,
    contexts: "Callable[[], Sequence[BrowserContext]]",
) -> None:
    """Print each page immediately, to the end. Raises BrokenPipeError when the reader has gone."""
    document = choose_format(name, streams=True)
    write_now(document.header())
    for page in chain(stored, coming):
        if document.names_contexts:
            document.learn(contexts())
        write_now(document.rows(page))


async def print_capture(
    pages: AsyncIterator[list["Event"]], name: str | None, contexts: "Callable[[], Awaitable[Sequence[BrowserContext]]]"
) -> None:
    """Page by page, JSON lines in a pipe, until there are no more.

    In a thread: a slow reader must not hold up the recorder.
    """
    import trio

    document = choose_format(name, piped="jsonl", streams=True)
    await trio.to_thread.run_sync(write_now, document.header(), abandon_on_cancel=True)
    async for page in pages:
        if document.names_contexts:
            document.learn(await contexts())
        await trio.to_thread.run_sync(write_now, document.rows(page), abandon_on_cancel=True)
    await trio.to_thread.run_sync(write_now, document.footer(), abandon_on_cancel=True)


def write_now(text: str) -> None:
    """Write and flush. Raises BrokenPipeError if the reader has gone."""
    sys.stdout.write(text)
    sys.stdout.flush()
