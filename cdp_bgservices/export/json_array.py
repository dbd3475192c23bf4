"""One JSON array, an event a line."""

from cdp_bgservices.events import Event
from cdp_bgservices.export import Format
from cdp_bgservices.export.terminal_escape import json_line


class JsonFormat(Format):
    """The same objects as in JSON Lines."""

    end = "\n"

    def __init__(self) -> None:
        self.separator = "\n"

    def header(self) -> str:
        return "["

    def row(self, event: Event) -> str:
        separator, self.separator = self.separator, ",\n"
        return separator + self.item(event)

    def item(self, event: Event) -> str:
        return json_line(event)

    def footer(self) -> str:
        return ("]" if self.separator == "\n" else "\n]") + self.end
