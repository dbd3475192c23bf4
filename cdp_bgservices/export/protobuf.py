"""Protocol Buffers, written: as much of the format as a trace needs."""

VARINT, LENGTH = 0, 2
"""Wire types."""
SMALL = 1 << 14
"""Below it are most numbers: fields, lengths, kinds."""


def varint(number: int) -> bytes:
    """Of a number from 0 to 2**64 - 1."""
    if number < SMALL:
        return VARINTS[number]
    return bytes((number & 0x7F | 0x80,)) + varint(number >> 7)


VARINTS = [bytes((number,)) if number < 0x80 else bytes((number & 0x7F | 0x80, number >> 7)) for number in range(SMALL)]


def message(*fields: tuple[int, int | str | bytes]) -> bytes:
    """Numbers of fields and their values: a number becomes a varint, anything else its length and itself."""
    parts: list[bytes] = []
    for field, value in fields:
        if isinstance(value, int):
            parts += (VARINTS[field << 3 | VARINT], varint(value))
        else:
            data = value.encode() if isinstance(value, str) else value
            parts += (VARINTS[field << 3 | LENGTH], varint(len(data)), data)
    return b"".join(parts)
