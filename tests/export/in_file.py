"""The lanes that the viewer in a file has in it."""

import re
from base64 import b64decode
from typing import Any
from zlib import decompress

import msgspec

from cdp_bgservices.events import Event
from cdp_bgservices.export.documents import About, pieces


def lanes_in_file(events: list[Event], about: About) -> tuple[list[dict[str, Any]], list[str]]:
    """And their texts."""
    page = b"".join(pieces([events], "html", about)).decode()
    (data,) = re.findall('<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    decoded = msgspec.json.decode(data)
    parts = [msgspec.json.decode(decompress(b64decode(packed))) for packed in decoded["lanes"]]
    return [lane for part in parts for lane in part], decoded["texts"]
