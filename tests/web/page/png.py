"""PNG files with a palette: a screenshot has few colours, and a page that shows it should load quickly."""

import struct
import zlib
from collections import Counter
from collections.abc import Iterator

SIGNATURE = b"\x89PNG\r\n\x1a\n"
COLOURS = 256
AREA = 400  # pixels: such a colour stays what it is
ALIKE = 3 * 6**2
"""Squared, and the sum of three channels."""


def dimensions(data: bytes) -> tuple[int, int]:
    """Width and height in pixels."""
    assert data.startswith(SIGNATURE)
    width, height = struct.unpack(">II", data[16:24])
    return width, height


def chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(SIGNATURE)
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        yield data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        at += 12 + length


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def pixels(data: bytes) -> list[bytes]:
    """Its lines, three bytes a pixel; of 8 bits a channel, without transparency, as Chromium writes them."""
    parts = list(chunks(data))
    width, _height, depth, kind = struct.unpack(">IIBB", parts[0][1][:10])
    assert (depth, kind) in ((8, 2), (8, 6))
    step = 3 if kind == 2 else 4
    raw = zlib.decompress(b"".join(body for name, body in parts if name == b"IDAT"))
    lines, above = [], bytes(width * step)
    for start in range(0, len(raw), width * step + 1):
        line = bytearray(raw[start + 1 : start + 1 + width * step])
        unfilter(raw[start], line, above, step)
        lines.append(bytes(line))
        above = lines[-1]
    if step == 4:
        return [b"".join(line[at : at + 3] for at in range(0, len(line), 4)) for line in lines]
    return lines


def unfilter(method: int, line: bytearray, above: bytes, step: int) -> None:
    """In place; https://www.w3.org/TR/png/#9Filters"""
    for at in range(len(line) if method else 0):
        left, over = (line[at - step], above[at - step]) if at >= step else (0, 0)
        if method == 1:
            guess = left
        elif method == 2:
            guess = above[at]
        elif method == 3:
            guess = (left + above[at]) // 2
        else:
            near = left + above[at] - over
            guess = min((left, above[at], over), key=lambda value: abs(near - value))
        line[at] = (line[at] + guess) & 255


def shrink(data: bytes) -> bytes:
    """The same picture in at most 256 colours; each other one becomes the nearest of them."""
    lines = pixels(data)
    counted = Counter(line[at : at + 3] for line in lines for at in range(0, len(line), 3))
    palette = choose(counted)
    known = {colour: number for number, colour in enumerate(palette)}
    for colour in counted:
        if colour not in known:
            known[colour] = min(range(len(palette)), key=lambda number: distance(colour, palette[number]))
    rows = b"".join(b"\0" + bytes(known[line[at : at + 3]] for at in range(0, len(line), 3)) for line in lines)
    width, height = dimensions(data)
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    return (
        SIGNATURE
        + chunk(b"IHDR", header)
        + chunk(b"PLTE", b"".join(palette))
        + chunk(b"IDAT", zlib.compress(rows, 9))
        + chunk(b"IEND", b"")
    )


def choose(counted: Counter[bytes]) -> list[bytes]:
    """The most frequent ones, without those that hardly differ: letters have hundreds of shades of grey round them."""
    palette: list[bytes] = []
    for colour, count in counted.most_common():
        if len(palette) == COLOURS:
            break
        if count > AREA or all(distance(colour, other) > ALIKE for other in palette):
            palette.append(colour)
    return palette


def distance(one: bytes, other: bytes) -> int:
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))
