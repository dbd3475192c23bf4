"""What DevTools' *Save events* writes: ``JSON.stringify(events, undefined, 2)`` of the protocol's objects."""

import json
from decimal import Decimal

from cdp_bgservices.events import Event, to_microseconds
from cdp_bgservices.export.json_array import JsonFormat


class DevToolsFormat(JsonFormat):
    """``BackgroundService.BackgroundServiceEvent``, without a line end after the last bracket, as there."""

    end = ""

    def item(self, event: Event) -> str:
        fields = {
            "origin": event.origin,
            "serviceWorkerRegistrationId": event.registration_id,
            "service": event.service,
            "eventName": event.event_name,
            "instanceId": event.instance_id,
            "eventMetadata": [{"key": key, "value": value} for key, value in event.metadata.items()],
        }
        if event.storage_key:
            fields["storageKey"] = event.storage_key
        # As Chromium divides, in two steps: one in four of these is the double beside the nearest one.
        timestamp = javascript_number(to_microseconds(event.timestamp) / 1000 / 1000)
        text = json.dumps(fields, indent=2, ensure_ascii=False)
        return f'  {{\n  "timestamp": {timestamp},{text[1:]}'.replace("\n", "\n  ")


def javascript_number(value: float) -> str:
    """The shortest digits, as Python has them too, but no ``.0``, and no exponent for any time there is."""
    text = repr(value)
    return format(Decimal(text), "f") if "e" in text else text.removesuffix(".0")
