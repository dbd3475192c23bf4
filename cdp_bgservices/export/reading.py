"""Read events from a file: our JSON lines, or a file of DevTools' *Save events*.

Each event gets the same id as if it had been recorded.
"""

import re
from collections.abc import Iterator
from functools import partial
from typing import BinaryIO

import msgspec

from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.events import Event, identified
from cdp_bgservices.export.json_items import json_items
from cdp_bgservices.learned import check_details
from cdp_bgservices.protocol.messages import ProtocolError
from cdp_bgservices.protocol.wire_events import parse_event

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
ID = re.compile(r"[0-9a-f]{32}")
REDACTED = re.compile(r"redacted: \d+ bytes?, [0-9a-f]{16}", re.ASCII)
"""The end of a value whose content was left out."""
REMEDY = "Give a file that `record`, `events` or `export` wrote as jsonl or devtools, or that DevTools saved."
CUT = "The program that wrote the file was stopped there. Delete that line to use the lines before it."
TRUNCATED = "Input data was truncated"
"""What msgspec says of the beginning of a JSON value."""

decode = msgspec.json.Decoder(Event).decode


def read_events(file: BinaryIO, name: str, source: str | None = None) -> Iterator[Event]:
    """The events in the file's order, one in memory at a time. The file's first character shows its format.

    ``source`` is for a DevTools file, by default its ``name``; JSON lines contain the sources of their events.

    Raises InvalidInputError, with the line's number, for anything that is not an event.
    """
    first, skipped = first_character(file)
    if first == b"[":
        yield from read_devtools(file, name, source or name, skipped)
    elif first == b"{":
        if source:
            raise InvalidInputError(
                f"{name} has JSON lines, which name their sources themselves", "Leave --source out."
            )
        yield from read_lines(file, name, skipped)
    elif first:
        raise broken(name, skipped + 1, "it begins with neither { nor [")


def first_character(file: BinaryIO) -> tuple[bytes, int]:
    """The first byte that is not white space, which stays in the file; and the count of lines before it."""
    peek = file.peek  # type: ignore[attr-defined]
    if peek(3).startswith(BYTE_ORDER_MARK):
        file.read(3)
    lines = 0
    while (byte := peek(1)[:1]) in (b" ", b"\t", b"\r", b"\n"):
        lines += file.read(1) == b"\n"
    return byte, lines


def read_lines(file: BinaryIO, name: str, skipped: int) -> Iterator[Event]:
    for number, line in enumerate(file, skipped + 1):
        if line.strip():
            event = parse_line(line, name, number)
            try:
                yield as_recorded(event)
            except OverflowError as error:
                raise broken(name, number, str(error)) from error


def parse_line(line: bytes, name: str, number: int) -> Event:
    """The event of a line of JSON lines. Raises InvalidInputError."""
    try:
        event = decode(line.removeprefix(BYTE_ORDER_MARK))
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        if str(error) == TRUNCATED and not line.endswith(b"\n"):
            raise broken(name, number, "the file ends in the middle of it", CUT) from error
        raise broken(name, number, str(error)) from error
    fault = check_details(event.details) if event.timestamp.tzinfo else "its timestamp has no time zone"
    if fault:
        raise broken(name, number, fault)
    return event


def as_recorded(event: Event) -> Event:
    """With the id that follows from the other fields. A redacted event keeps its own: the content is missing."""
    made = identified(event)
    return msgspec.structs.replace(made, id=event.id) if is_redacted(event) and ID.fullmatch(event.id) else made


def is_redacted(event: Event) -> bool:
    """Whether content of the event was left out before."""
    return any(REDACTED.search(value) for value in event.metadata.values())


def read_devtools(file: BinaryIO, name: str, source: str, skipped: int) -> Iterator[Event]:
    """A file of DevTools has no scopes and no browser contexts."""
    for number, item in json_items(file, skipped + 1, partial(broken, name)):
        try:
            yield parse_event(msgspec.Raw(b'{"backgroundServiceEvent":' + item.encode() + b"}"), source, "", {})
        except ProtocolError as error:
            raise broken(name, number, str(error)) from error


def broken(name: str, number: int, reason: str, remedy: str = REMEDY) -> InvalidInputError:
    return InvalidInputError(f"{name}: line {number} is not an event: {reason}", remedy)
