"""One JSON array, an event a line."""

import msgspec

from cdp_bgservices.events import Event
from cdp_bgservices.export.terminal_escape import escape_json

encode = msgspec.json.Encoder().encode


class JsonFormat:
    """The same objects as in JSON Lines."""

    def __init__(self) -> None:
        self.separator = "\n"

    def header(self) -> str:
        return "["

    def row(self, event: Event) -> str:
        separator, self.separator = self.separator, ",\n"
        return separator + escape_json(encode(event).decode())

    def footer(self) -> str:
        return "]\n" if self.separator == "\n" else "\n]\n"
