"""A JSON array of objects as a stream: one element at a time, however long the array is.

ijson has no line numbers; its C backend takes gigabytes for 100 kB of ``[``, its Python one ten times as long as this.
"""

from codecs import iterdecode
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from json import JSONDecodeError, JSONDecoder
from json.decoder import WHITESPACE  # type: ignore[attr-defined]
from typing import BinaryIO

CHUNK = 1 << 16
"""Bytes that are read at a time."""

Fault = Callable[[int, str], Exception]
"""The error to raise, made of a line's number and the reason."""

raw_decode = JSONDecoder().raw_decode


class Text:
    """A file's text, as far as it is read. What is taken is forgotten."""

    def __init__(self, file: BinaryIO, line: int, fault: Fault) -> None:
        self.chunks = iterdecode(iter(partial(file.read, CHUNK), b""), "utf-8")
        self.text = ""
        self.at = 0
        """The text before it is taken."""
        self.line = line
        """The number of the line that ``at`` is in."""
        self.fault = fault

    def read(self, chunks: int = 1) -> bool:
        """Read on; False at the end of the file."""
        try:
            more = "".join(islice(self.chunks, chunks))
        except UnicodeDecodeError as error:
            raise self.fault(self.line, "it is not UTF-8") from error
        self.text, self.at = self.text[self.at :] + more, 0
        return bool(more)

    def take(self, end: int) -> str:
        taken, self.at = self.text[self.at : end], end
        self.line += taken.count("\n")
        return taken

    def peek(self) -> str:
        """The next character that is not white space, without taking it; empty at the end of the file."""
        self.take(WHITESPACE.match(self.text, self.at).end())
        while self.at == len(self.text) and self.read():
            self.take(WHITESPACE.match(self.text).end())
        return self.text[self.at : self.at + 1]

    def expect(self, characters: str, wanted: str) -> str:
        """The next character, which must be one of these; without taking it."""
        found = self.peek()
        if found and found in characters:
            return found
        raise self.fault(self.line, f"{repr(found) + ' is' if found else 'the file ends'} where {wanted} should be")

    def take_object(self) -> str:
        """The object that begins here, as it is written."""
        chunks = 1
        while True:
            try:
                return self.take(raw_decode(self.text, self.at)[1])
            except RecursionError as error:
                raise self.fault(self.line, "not valid JSON: nested too deeply") from error
            except JSONDecodeError as error:
                if not self.read(chunks):
                    raise self.fault(self.line, f"not valid JSON: {error.msg}") from error
                chunks *= 2  # Each try reads the object from its beginning.


def json_items(file: BinaryIO, line: int, fault: Fault) -> Iterator[tuple[int, str]]:
    """Each element's text, and the number of the line on which it begins. Raises a ``fault``."""
    text = Text(file, line, fault)
    text.expect("[", "an array")
    text.take(text.at + 1)
    found = text.expect("{]", "an object")
    while found != "]":
        text.expect("{", "an object")
        begin = text.line
        yield begin, text.take_object()
        found = text.expect(",]", "a comma or the end of the array")
        if found == ",":
            text.take(text.at + 1)
    text.take(text.at + 1)
    if text.peek():
        raise fault(text.line, "something follows the end of the array")
