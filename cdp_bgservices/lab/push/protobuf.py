"""Protocol Buffers, as far as the push service needs them: fields in, fields out, no schema and no I/O.

Whatever is not well formed is refused as a whole. Unknown fields are passed over, as the format has it.
"""

from collections import defaultdict
from collections.abc import Sequence

VARINT, FIXED64, LENGTH, FIXED32 = 0, 1, 2, 5
"""Wire types; 3 and 4 are groups, which nobody uses any more."""
LONGEST_VARINT = 10
"""Bytes."""
LARGEST_FIELD = (1 << 29) - 1


class MalformedError(ValueError):
    """Bytes that are no message."""


class Message:
    """The fields of one message. Where a field is there more than once, the last one counts, as the format has it.

    Raises MalformedError for a field that is of another kind than it is asked for.
    """

    def __init__(self, fields: dict[int, list[int | bytes]]) -> None:
        self.fields = fields

    def number(self, field: int, default: int = 0) -> int:
        """An integer, unsigned: of a varint or of fixed width."""
        value = self.fields.get(field, [default])[-1]
        if not isinstance(value, int):
            raise MalformedError(f"field {field} is no number")
        return value

    def texts(self, field: int) -> list[str]:
        """All of a repeated field."""
        texts = []
        for value in self.fields.get(field, []):
            try:
                texts.append(str(value, "utf-8"))  # type: ignore[arg-type]
            except (TypeError, UnicodeDecodeError) as error:
                raise MalformedError(f"field {field} is no text") from error
        return texts

    def text(self, field: int) -> str:
        """Empty where there is none."""
        texts = self.texts(field)
        return texts[-1] if texts else ""


def parse(data: bytes) -> Message:
    """The fields of a message; those within a field are parsed by parsing that. Raises MalformedError."""
    fields: defaultdict[int, list[int | bytes]] = defaultdict(list)
    at = 0
    while at < len(data):
        key, at = parse_varint(data, at)
        field, kind = key >> 3, key & 7
        if not 0 < field <= LARGEST_FIELD:
            raise MalformedError(f"there is no field {field}")
        if kind == VARINT:
            number, at = parse_varint(data, at)
            fields[field].append(number)
            continue
        if kind == LENGTH:
            length, at = parse_varint(data, at)
        elif kind in (FIXED64, FIXED32):
            length = 8 if kind == FIXED64 else 4
        else:
            raise MalformedError(f"field {field} is of the unknown kind {kind}")
        if length > len(data) - at:
            raise MalformedError(f"field {field} is cut off")
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
    raise MalformedError("a number is cut off, or too large")


def varint(number: int) -> bytes:
    """Of a number from 0 to 2**64 - 1."""
    encoded = bytearray()
    while number > 0x7F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)


def encode(fields: Sequence[tuple[int, int | str | bytes]]) -> bytes:
    """A message of fields in this order: a number becomes a varint, anything else its length and itself."""
    encoded = bytearray()
    for field, value in fields:
        if isinstance(value, int):
            encoded += varint(field << 3 | VARINT) + varint(value)
        else:
            data = value.encode() if isinstance(value, str) else value
            encoded += varint(field << 3 | LENGTH) + varint(len(data)) + data
    return bytes(encoded)


def fixed64(field: int, number: int) -> bytes:
    """One field of eight bytes."""
    return varint(field << 3 | FIXED64) + number.to_bytes(8, "little")
