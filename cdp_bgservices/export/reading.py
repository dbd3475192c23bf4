"""What was written, read back: JSON lines of ours, and what DevTools' *Save events* writes. Each event has the identity
that it would have had, had it been recorded."""

import re
from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.events import Event, identified
from cdp_bgservices.export.json_items import NotAnArrayError, json_items
from cdp_bgservices.protocol.messages import ProtocolError
from cdp_bgservices.protocol.wire_events import parse_event
from cdp_bgservices.thrown import check_details

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
ID = re.compile(r"[0-9a-f]{32}")
REDACTED = re.compile(r"redacted: \d+ bytes?, [0-9a-f]{16}", re.ASCII)
"""Stands at the end of a value whose content was left out."""
REMEDY = "What can be read is what `export` and `events` write as jsonl or devtools, and what DevTools saves."

decode = msgspec.json.Decoder(Event).decode


def read_events(file: BinaryIO, name: str, source: str | None = None) -> Iterator[Event]:
    """As they stand in the file, whose format its first character tells; an event is in memory at a time.

    ``source`` is whose events a file of DevTools' has, else its ``name`` is taken; JSON lines tell it themselves.

    Raises InvalidInputError, with the line's number, where something is no event.
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
        raise broken(name, skipped + 1, "it begins neither with { nor with [")


def first_character(file: BinaryIO) -> tuple[bytes, int]:
    """The first byte that is no white space, which is not taken from the file; and how many lines ended before it."""
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
            try:
                event = decode(line)
                if event.timestamp.tzinfo is None:
                    raise broken(name, number, "its timestamp names no zone")
                if fault := check_details(event.details):
                    raise broken(name, number, fault)
                yield as_recorded(event)
            except (msgspec.DecodeError, UnicodeError, RecursionError, OverflowError) as error:
                raise broken(name, number, str(error)) from error


def as_recorded(event: Event) -> Event:
    """With the id that follows from everything else. That of one whose content was left out does not: it stays."""
    made = identified(event, event.source)
    return msgspec.structs.replace(made, id=event.id) if is_redacted(event) and ID.fullmatch(event.id) else made


def is_redacted(event: Event) -> bool:
    """Whether content was left out of it before."""
    return any(REDACTED.search(value) for value in event.metadata.values())


def read_devtools(file: BinaryIO, name: str, source: str, skipped: int) -> Iterator[Event]:
    """DevTools has no scopes and no browser contexts."""
    items = json_items(file, skipped + 1)
    while True:
        try:
            number, item = next(items)
        except StopIteration:
            return
        except NotAnArrayError as error:
            raise broken(name, error.line, str(error)) from error
        try:
            event = parse_event(msgspec.Raw(b'{"backgroundServiceEvent":' + item.encode() + b"}"), source, "", {})
        except ProtocolError as error:
            raise broken(name, number, str(error)) from error
        yield event


def broken(name: str, number: int, reason: str) -> InvalidInputError:
    return InvalidInputError(f"{name}: line {number} is no event: {reason}", REMEDY)
