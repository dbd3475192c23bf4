"""The standard streams, whose readers may go away: that does not change the outcome of a command."""

import io
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, BinaryIO, TextIO

from cdp_bgservices.errors import InvalidInputError


class Forgiving:
    """Standard error that cannot fail: what has no reader any more, or no room on the disk, is lost.

    A verdict does not depend on its readers. Python would end with status 120, or with the error itself.
    """

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)

    def write(self, text: str) -> int:
        try:
            return self.stream.write(text)
        except OSError:
            silence(self.stream)
            return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        self.write("".join(lines))

    def flush(self) -> None:
        try:
            self.stream.flush()
        except OSError:
            silence(self.stream)


@contextmanager
def open_streams() -> Iterator[None]:
    """JSON is UTF-8, whatever the locale; on a terminal, what it cannot show is written out.

    What could not be written to a reader that went away is not tried again at the interpreter's end.
    """
    # A stream that was closed before the start is None.
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: SIM115
    before = sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            if stream.isatty():
                stream.reconfigure(errors="backslashreplace")
            else:  # Lines end as each format has it, on Windows, too.
                stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")
    sys.stderr = Forgiving(sys.stderr)
    try:
        yield
    finally:
        sys.stderr.flush()
        sys.stderr = before
        try:
            sys.stdout.flush()
        except (OSError, ValueError):
            silence(sys.stdout)


def silence(stream: TextIO) -> None:
    """What is written to it from now on, and what waits in it, goes nowhere."""
    with suppress(io.UnsupportedOperation), open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), stream.fileno())


@contextmanager
def open_input(location: str, wanted: str) -> Iterator[BinaryIO]:
    """A file, or with - standard input. Raises InvalidInputError if it cannot be read, and says what is ``wanted``."""
    try:
        if location != "-":
            with open(location, "rb") as file:
                yield file
        elif sys.stdin is None:
            raise OSError("standard input is closed")
        else:
            yield sys.stdin.buffer
    except OSError as error:
        raise InvalidInputError(
            f"{location} cannot be read ({error.strerror or error})", f"Name {wanted}, or - for standard input."
        ) from error
