"""A JSON array as a stream: its elements one by one, however long it is."""

from codecs import getincrementaldecoder
from collections.abc import Iterator
from json import JSONDecodeError, JSONDecoder
from typing import BinaryIO

CHUNK = 1 << 16
"""Bytes that are read at a time, at the least."""
SPACE = " \t\r\n"
NUMERIC = "+-.0123456789eE"

raw_decode = JSONDecoder().raw_decode


class NotAnArrayError(ValueError):
    """Bytes that are no JSON array. The message says why."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line


class Reader:
    """A file's text, as far as it was needed."""

    def __init__(self, file: BinaryIO, line: int) -> None:
        self.file = file
        self.decoder = getincrementaldecoder("utf-8")()
        self.text = ""
        self.at = 0
        """What is before it in the text was taken."""
        self.line = line
        """The line that ``at`` is in."""
        self.is_at_end = False

    def read(self, size: int) -> bool:
        """More text; False where there is none."""
        if self.is_at_end:
            return False
        data = self.file.read(size)
        self.is_at_end = not data
        try:
            more = self.decoder.decode(data, final=not data)
        except UnicodeDecodeError as error:
            raise NotAnArrayError(self.line, "it is no UTF-8") from error
        self.text = self.text[self.at :] + more
        self.at = 0
        return True

    def take(self, end: int) -> str:
        """The text until there."""
        taken, self.at = self.text[self.at : end], end
        self.line += taken.count("\n")
        return taken

    def peek(self) -> str:
        """The next character that is no white space, which stays; empty at the end."""
        while True:
            end = self.at
            while end < len(self.text) and self.text[end] in SPACE:
                end += 1
            self.take(end)
            if self.at < len(self.text):
                return self.text[self.at]
            if not self.read(CHUNK):
                return ""

    def item(self) -> str:
        """The next value, as it is written."""
        size = CHUNK
        while True:
            try:
                _, end = raw_decode(self.text, self.at)
            except (JSONDecodeError, RecursionError) as error:
                if isinstance(error, RecursionError) or not self.read(size):
                    raise NotAnArrayError(self.line, f"no JSON: {getattr(error, 'msg', 'too deep')}") from error
                size *= 2  # Of a long value the beginning is read again with each try.
                continue
            # A number at the end of the text may go on in the next piece.
            if not self.text[end:].strip(NUMERIC) and self.read(size):
                continue
            return self.take(end)

    def expect(self, characters: str, wanted: str) -> str:
        """Take one of them."""
        found = self.peek()
        if not found:
            raise NotAnArrayError(self.line, f"the file ends where {wanted} should be")
        if found not in characters:
            raise NotAnArrayError(self.line, f"{found!r} is where {wanted} should be")
        return self.take(self.at + 1)


def json_items(file: BinaryIO, line: int = 1) -> Iterator[tuple[int, str]]:
    """Each element's text, and the number of the line on which it begins. Raises NotAnArrayError."""
    reader = Reader(file, line)
    reader.expect("[", "an array")
    if reader.peek() == "]":
        reader.take(reader.at + 1)
    else:
        while True:
            if not reader.peek():
                raise NotAnArrayError(reader.line, "the file ends where an element should be")
            begin = reader.line
            yield begin, reader.item()
            if reader.expect(",]", "a comma or the end of the array") == "]":
                break
    if reader.peek():
        raise NotAnArrayError(reader.line, "something follows the end of the array")
