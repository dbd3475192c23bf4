"""Whole messages, taken out of the bytes of a websocket or of a pipe.

trio-websocket and wsproto spend ten times as long on a message as decoding it takes, and return one in each turn of
trio's loop. Chromium sends every message as one unmasked, uncompressed text frame (RFC 6455, section 5.2). These are
taken out here, a batch at a time, before trio-websocket reads the bytes. The handshake, pings and closing stay with
trio-websocket, and so does the rest of a connection from the first frame of any other kind.
"""

TEXT, CLOSE, PING, PONG = 0x81, 0x88, 0x89, 0x8A
"""First bytes of final frames without extensions."""
LONGEST_CONTROL = 125
"""Bytes of a control frame at the most (RFC 6455, section 5.5)."""


class TooLongError(ValueError):
    """A message is longer than is accepted."""


class FrameSplitter:
    """Bytes of a websocket in; messages, and the bytes for trio-websocket, out."""

    def __init__(self, longest: int) -> None:
        self.longest = longest
        self.buffer = bytearray()
        self.given_up = False
        """Set at the first frame of another kind."""

    def split(self, data: bytes | bytearray) -> tuple[list[bytes], bytes]:
        """The messages that these bytes complete, and the bytes to pass on. Raises TooLongError."""
        if self.given_up:
            return [], bytes(data)
        self.buffer += data
        messages: list[bytes] = []
        passed = b""
        size, at = len(self.buffer), 0
        with memoryview(self.buffer) as view:
            while size - at >= 2:
                first, length, start = view[at], view[at + 1], at + 2
                if length == 126:
                    start += 2
                    length = int.from_bytes(view[at + 2 : start])
                elif length == 127:
                    start += 8
                    length = int.from_bytes(view[at + 2 : start])
                elif length > 127:
                    first = 0  # Masked, which no server may do.
                if first == TEXT and length > self.longest:
                    raise TooLongError(f"a message of {length} bytes")
                if first not in (TEXT, CLOSE, PING, PONG) or (first != TEXT and length > LONGEST_CONTROL):
                    self.given_up = True
                    passed += view[at:]
                    at = size
                    break
                end = start + length
                if start > size or end > size:
                    break
                if first == TEXT:
                    messages.append(bytes(view[start:end]))
                else:
                    passed += view[at:end]
                at = end
        del self.buffer[:at]
        return messages, passed


class PipeSplitter:
    """Bytes of a pipe in, messages out: each ends in a NUL byte."""

    def __init__(self, longest: int) -> None:
        self.longest = longest
        self.partial: list[bytes] = []
        self.partial_size = 0

    def split(self, data: bytes) -> list[bytes]:
        """The messages that these bytes complete; the beginning of the next is kept. Raises TooLongError."""
        *whole, rest = data.split(b"\0")
        if whole:
            self.partial.append(whole[0])
            whole[0] = b"".join(self.partial)
            self.partial = [rest] if rest else []
            self.partial_size = len(rest)
        else:
            self.partial.append(rest)
            self.partial_size += len(rest)
        if self.partial_size > self.longest:
            raise TooLongError(f"a message of more than {self.longest} bytes")
        return whole
