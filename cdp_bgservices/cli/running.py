"""Runs a command line: the one place where errors become exit statuses."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import pairwise

import click

from cdp_bgservices.cli.commands import cli
from cdp_bgservices.cli.options import Session
from cdp_bgservices.cli.output import LOG, say
from cdp_bgservices.cli.streams import open_streams
from cdp_bgservices.errors import (
    BackgroundServicesError,
    BrowserError,
    ExpectationError,
    InvalidInputError,
    StoreError,
    TriggerError,
    UnhealthyError,
)
from cdp_bgservices.notices import Notice

FAILED, USAGE, BROWSER, STORE, INTERRUPTED = 1, 2, 3, 4, 130
STATUSES = (
    (InvalidInputError, USAGE),
    (BrowserError, BROWSER),
    (StoreError, STORE),
    (TriggerError, FAILED),
    (ExpectationError, FAILED),
    (UnhealthyError, FAILED),
)


def run(arguments: Sequence[str]) -> int:
    """The exit status. No exception comes out, no traceback is shown without ``--debug``."""
    session = Session()
    LOG.is_json = asks_for_json(arguments)
    with open_streams():
        try:
            status = cli.main(args=list(arguments), prog_name="cdp-bgservices", standalone_mode=False, obj=session)
            # A full disk is an error; a reader that went away is not, and does not change the status.
            with suppress(BrokenPipeError):
                sys.stdout.flush()
        except BaseException as error:
            if isinstance(error, SystemExit) and not isinstance(error.code, str):
                return error.code or 0
            if session.debug:
                import traceback  # as logging, slow to import

                if LOG.is_json:
                    return report(error, traceback.format_exc())
                traceback.print_exc()
            return report(error)
        return status if isinstance(status, int) else 0


def asks_for_json(arguments: Sequence[str]) -> bool:
    """Whether ``--log-format json`` is among them."""
    return "--log-format=json" in arguments or ("--log-format", "json") in pairwise(arguments)


def report(error: BaseException, traceback: str | None = None) -> int:
    """One or two lines: what is wrong, and what to do about it. The exit status."""

    def say_error(status: int, message: str, remedy: str = "") -> int:
        """Each is one line, but where a message quotes several."""
        say(Notice("error", message, level="error", remedy=remedy, status=status, traceback=traceback))
        return status

    found = list(leaves(error))
    if any(isinstance(leaf, KeyboardInterrupt | click.Abort) for leaf in found):
        return INTERRUPTED
    if any(isinstance(leaf, BrokenPipeError) for leaf in found):
        return 0
    for leaf in found:
        if isinstance(leaf, BackgroundServicesError):
            return say_error(
                next(status for kind, status in STATUSES if isinstance(leaf, kind)), str(leaf), leaf.remedy
            )
    leaf = found[0]
    if isinstance(leaf, click.ClickException):
        context = leaf.ctx if isinstance(leaf, click.UsageError) else None
        remedy = f"Try '{context.command_path} --help'." if context else ""
        return say_error(leaf.exit_code, leaf.format_message(), remedy)
    if isinstance(leaf, OSError):
        return say_error(FAILED, str(leaf))
    text = f"{type(leaf).__name__}: {leaf}" if str(leaf) else type(leaf).__name__
    return say_error(FAILED, f"unexpected {text}", "This should not have happened; --debug shows where it did.")


def leaves(error: BaseException) -> Iterator[BaseException]:
    """The errors in a group of groups; or the one error that it is."""
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from leaves(inner)
    else:
        yield error
