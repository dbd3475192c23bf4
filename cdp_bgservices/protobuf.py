"""Protocol Buffers, as far as the push service and a Perfetto trace need them. No schema and no I/O.

Bytes that are not well formed are refused as a whole. Unknown fields are ignored, as the format specifies.
"""

from collections import defaultdict

VARINT, FIXED64, LENGTH, FIXED32 = 0, 1, 2, 5
"""Wire types; 3 and 4 are groups, which are deprecated."""
LONGEST_VARINT = 10
"""Bytes."""
LARGEST_FIELD = (1 << 29) - 1

Field = tuple[int, int | str | bytes]
"""A field's number and its value."""


class MalformedError(ValueError):
    """The bytes are not a message."""


class Message:
    """The fields of one message. Where a field occurs more than once, the last one counts, as the format specifies.

    Every method raises MalformedError for a field of another kind.
    """

    def __init__(self, fields: dict[int, list[int | bytes]]) -> None:
        self.fields = fields

    def number(self, field: int, default: int = 0) -> int:
        """An unsigned integer: a varint, or one of fixed width."""
        value = self.fields.get(field, [default])[-1]
        if not isinstance(value, int):
            raise MalformedError(f"field {field} is not a number")
        return value

    def texts(self, field: int) -> list[str]:
        """All values of a repeated field."""
        texts = []
        for value in self.fields.get(field, []):
            try:
                texts.append(str(value, "utf-8"))  # type: ignore[arg-type]
            except (TypeError, UnicodeDecodeError) as error:
                raise MalformedError(f"field {field} is not text") from error
        return texts

    def text(self, field: int) -> str:
        """Empty if the field is missing."""
        texts = self.texts(field)
        return texts[-1] if texts else ""


def parse(data: bytes) -> Message:
    """The fields of a message. A message within a field stays bytes, to be parsed in turn. Raises MalformedError."""
    fields: defaultdict[int, list[int | bytes]] = defaultdict(list)
    at = 0
    while at < len(data):
        key, at = parse_varint(data, at)
        field, kind = key >> 3, key & 7
        if not 0 < field <= LARGEST_FIELD:
            raise MalformedError(f"{field} is not a valid field number")
        if kind == VARINT:
            number, at = parse_varint(data, at)
            fields[field].append(number)
            continue
        if kind == LENGTH:
            length, at = parse_varint(data, at)
        elif kind in (FIXED64, FIXED32):
            length = 8 if kind == FIXED64 else 4
        else:
            raise MalformedError(f"field {field} has the unknown wire type {kind}")
        if length > len(data) - at:
            raise MalformedError(f"field {field} is truncated")
        value, at = data[at : at + length], at + length
        fields[field].append(value if kind == LENGTH else int.from_bytes(value, "little"))
    return Message(fields)


def parse_varint(data: bytes, at: int) -> tuple[int, int]:
    """A number below 2**64, and where it ends. Raises MalformedError."""
    number = 0
    for count, byte in enumerate(data[at : at + LONGEST_VARINT]):
        number |= (byte & 0x7F) << (7 * count)
        if byte < 0x80:
            if number >> 64:
                break
            return number, at + count + 1
    raise MalformedError("a number is truncated, or too large")


def varint(number: int) -> bytes:
    """A number from 0 to 2**64 - 1."""
    encoded = bytearray()
    while number > 0x7F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)


def encode(*fields: Field) -> bytes:
    """A message of these fields, in this order: a number becomes a varint, text and bytes their length and content."""
    parts: list[bytes] = []
    for field, value in fields:
        if isinstance(value, int):
            parts += (varint(field << 3 | VARINT), varint(value))
        else:
            data = value.encode() if isinstance(value, str) else value
            parts += (varint(field << 3 | LENGTH), varint(len(data)), data)
    return b"".join(parts)


def fixed64(field: int, number: int) -> bytes:
    """One field of eight bytes."""
    return varint(field << 3 | FIXED64) + number.to_bytes(8, "little")
