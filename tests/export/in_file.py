"""The rows and lanes that the viewer in a file has in it."""

import re
from base64 import b64decode
from typing import Any
from zlib import decompress

import msgspec

from cdp_bgservices.events import Event
from cdp_bgservices.export.documents import About, pieces


def lanes_in_file(events: list[Event], about: About) -> tuple[list[dict[str, Any]], list[str]]:
    """And their texts."""
    data = data_in_file(events, about)
    return unpacked(data["lanes"]), data["texts"]


def rows_in_file(events: list[Event]) -> list[list[Any]]:
    return unpacked(data_in_file(events, About())["rows"])


def data_in_file(events: list[Event], about: About) -> dict[str, Any]:
    page = b"".join(pieces([events], "html", about)).decode()
    (data,) = re.findall('<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    decoded: dict[str, Any] = msgspec.json.decode(data)
    return decoded


def unpacked(slices: list[str]) -> list[Any]:
    return [each for packed in slices for each in msgspec.json.decode(decompress(b64decode(packed)))]
