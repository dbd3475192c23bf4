"""Events as PostgreSQL has them, and back.

PostgreSQL's texts cannot have a NUL, and a page chooses some of ours. So all are escaped: in rows, and in what these
are compared with.
"""

from typing import Any

import msgspec

from cdp_bgservices.events import Event, from_microseconds

COLUMNS = (
    "id, source, timestamp, service, event_name, origin, storage_key, registration_id, scope, instance_id, "
    "metadata, browser_context, received_at"
)
"""What an event has in its own table; the details are joined. Times come as microseconds, ids as hex digits."""

encode_json = msgspec.json.Encoder().encode
decode_metadata = msgspec.json.Decoder(dict[str, str]).decode
decode_details = msgspec.json.Decoder(dict[str, Any]).decode


def escaped(text: str) -> str:
    """As it is stored; two texts keep their order."""
    if "\0" not in text and "\1" not in text:
        return text
    return text.replace("\1", "\1\2").replace("\0", "\1\1")


def unescaped(text: str) -> str:
    """As it was."""
    return text.replace("\1\1", "\0").replace("\1\2", "\1") if "\1" in text else text


def optional(text: str | None) -> str | None:
    """``escaped``, of what may be missing."""
    return None if text is None else escaped(text)


def event_of(row: tuple[Any, ...], details: dict[str, Any] | None = None) -> Event:
    """From the values of COLUMNS."""
    return Event(
        id=row[0],
        source=unescaped(row[1]),
        timestamp=from_microseconds(row[2]),
        service=unescaped(row[3]),
        event_name=unescaped(row[4]),
        origin=unescaped(row[5]),
        storage_key=unescaped(row[6]),
        registration_id=unescaped(row[7]),
        scope=None if row[8] is None else unescaped(row[8]),
        instance_id=unescaped(row[9]),
        metadata=decode_metadata(row[10]),
        browser_context=unescaped(row[11]),
        received_at=from_microseconds(row[12]),
        details=details,
    )
