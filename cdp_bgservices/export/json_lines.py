"""JSON Lines: one event a line."""

import msgspec

from cdp_bgservices.events import Event
from cdp_bgservices.export.terminal_escape import escape_json

encode = msgspec.json.Encoder().encode


class JsonLinesFormat:
    """Every field of an event, in the order of its definition; times in ISO 8601, UTC."""

    def header(self) -> str:
        return ""

    def row(self, event: Event) -> str:
        return escape_json(encode(event).decode()) + "\n"

    def footer(self) -> str:
        return ""
