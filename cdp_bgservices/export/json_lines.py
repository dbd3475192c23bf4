"""JSON Lines: one event a line."""

from cdp_bgservices.events import Event
from cdp_bgservices.export import Format
from cdp_bgservices.export.terminal_escape import json_line


class JsonLinesFormat(Format):
    """Every field of an event, in the order of its definition; times in ISO 8601, UTC."""

    def row(self, event: Event) -> str:
        return json_line(event) + "\n"
