"""MCS, the protocol that brings pushes to Chromium: bytes in, frames out, and the messages to send. No I/O.

Each side begins with one byte, its version; then come frames: a tag, a length as a varint, a protobuf. Both sides count
the frames that they send, from 1, and report the last frame that they received: that acknowledges a push.
Chromium's own definitions are in ``google_apis/gcm/protocol/mcs.proto``.
"""

from collections.abc import Iterator
from enum import IntEnum

from cdp_bgservices.protobuf import Field, MalformedError, Message, encode, parse, varint

VERSION = 41
CATEGORY = "org.chromium.linux"
"""Messages are for the browser, on every system; ``subtype`` is the subscription."""
LONGEST = 1 << 20
"""Bytes of a frame. A browser that was away lists the messages that it received, about 20 bytes each."""
LONGEST_LENGTH = 3
"""Bytes of the frame's length."""


class Tag(IntEnum):
    PING = 0
    PING_ACK = 1
    LOGIN_REQUEST = 2
    LOGIN_RESPONSE = 3
    CLOSE = 4
    IQ = 7
    DATA = 8
    STREAM_ERROR = 10


LAST_RECEIVED = {Tag.PING: 2, Tag.PING_ACK: 2, Tag.LOGIN_RESPONSE: 6, Tag.IQ: 10, Tag.DATA: 11}
"""By tag, the field with the number of the last frame that was received."""


class FrameSplitter:
    """Splits the bytes of a browser into frames."""

    def __init__(self) -> None:
        self.buffer = bytearray()
        self.begun = False

    def split(self, data: bytes | bytearray) -> Iterator[tuple[Tag, Message]]:
        """The frames that are complete with these bytes. Raises MalformedError."""
        self.buffer += data
        if self.buffer and not self.begun:
            if self.buffer[0] != VERSION:
                raise MalformedError(f"MCS version {self.buffer[0]} is unknown")
            del self.buffer[0]
            self.begun = True
        while (end := self.end()) is not None:
            start, stop = end
            tag, payload = self.buffer[0], bytes(self.buffer[start:stop])
            del self.buffer[:stop]
            yield as_tag(tag), parse(payload)

    def end(self) -> tuple[int, int] | None:
        """Where the first frame's payload begins and ends; None until it is complete."""
        if not self.buffer:
            return None
        as_tag(self.buffer[0])
        length = 0
        for count, byte in enumerate(self.buffer[1 : 1 + LONGEST_LENGTH]):
            length |= (byte & 0x7F) << (7 * count)
            if length > LONGEST:
                break
            if byte < 0x80:
                start = 2 + count
                return (start, start + length) if len(self.buffer) >= start + length else None
        if length > LONGEST or len(self.buffer) > LONGEST_LENGTH:
            raise MalformedError(f"a frame of more than {LONGEST} bytes")
        return None


def as_tag(number: int) -> Tag:
    try:
        return Tag(number)
    except ValueError as error:
        raise MalformedError(f"unknown tag {number}") from error


def frame(tag: Tag, payload: bytes = b"") -> bytes:
    return bytes([tag]) + varint(len(payload)) + payload


def ping_ack(last_received: int) -> bytes:
    return frame(Tag.PING_ACK, encode((LAST_RECEIVED[Tag.PING_ACK], last_received)))


def login_response(login_id: str, now: float, *, error: str = "") -> bytes:
    """The first message to a browser, and so with the version before it. ``now`` is in seconds."""
    fields: list[Field] = [(1, login_id)]
    if error:
        fields.append((3, encode((1, 401), (2, error))))
    fields += [(LAST_RECEIVED[Tag.LOGIN_RESPONSE], 1), (8, int(now * 1000))]
    return bytes([VERSION]) + frame(Tag.LOGIN_RESPONSE, encode(*fields))


def data_message(
    *,
    sender: str,
    app_id: str,
    message_id: str,
    body: bytes,
    headers: dict[str, str],
    last_received: int,
    acknowledge_now: bool,
) -> bytes:
    """A push. ``headers`` are for the decryption. Chromium acknowledges every tenth push, or if requested."""
    app_data = {"subtype": app_id, **headers}
    return frame(
        Tag.DATA,
        encode(
            (3, sender),
            (5, CATEGORY),
            *((7, encode((1, key), (2, value))) for key, value in app_data.items()),
            (9, message_id),
            (LAST_RECEIVED[Tag.DATA], last_received),
            *([(21, body)] if body else []),
            (24, int(acknowledge_now)),
        ),
    )
