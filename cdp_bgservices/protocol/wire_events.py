"""The parameters of the ``BackgroundService`` domain's notifications: events, and whether a service is recorded."""

import json
import math
from collections.abc import Mapping

import msgspec

from cdp_bgservices.events import Event, make_event
from cdp_bgservices.protocol.messages import ProtocolError, repaired


class WireMetadata(msgspec.Struct, gc=False):
    """``BackgroundService.EventMetadata``."""

    key: str
    value: str


class WireEvent(msgspec.Struct, rename="camel", gc=False):
    """``BackgroundService.BackgroundServiceEvent``. Browsers before 2022 have no ``storageKey``."""

    timestamp: float
    origin: str
    service_worker_registration_id: str
    service: str
    event_name: str
    instance_id: str
    event_metadata: list[WireMetadata] = []
    storage_key: str = ""


class WireEventReceived(msgspec.Struct, rename="camel", gc=False):
    """The parameters of ``BackgroundService.backgroundServiceEventReceived``."""

    background_service_event: WireEvent


class RecordingState(msgspec.Struct, rename="camel"):
    """The parameters of ``BackgroundService.recordingStateChanged``."""

    is_recording: bool
    service: str


event_decoder = msgspec.json.Decoder(WireEventReceived)


def parse_event(params: msgspec.Raw, source: str, browser_context: str, scopes: Mapping[str, str]) -> Event:
    """``BackgroundService.backgroundServiceEventReceived`` as an event.

    ``scopes``: the scope of each registration id. Unknown services, names and keys are kept, unknown fields ignored.
    Raises ProtocolError if a field of the event is missing or of another kind.
    """
    try:
        wire = event_decoder.decode(params).background_service_event
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        wire = parse_odd_event(params)
    registration_id = wire.service_worker_registration_id
    # Chromium has whole microseconds; a float of seconds is exact to a quarter of one until 2106. As a product of
    # the whole float, they would be rounded twice, which is too far from 2038 on.
    fraction, seconds = math.modf(wire.timestamp)
    try:
        return make_event(
            source=source,
            timestamp=int(seconds) * 1_000_000 + round(fraction * 1e6),
            service=wire.service,
            event_name=wire.event_name,
            origin=wire.origin,
            storage_key=wire.storage_key,
            registration_id=registration_id,
            instance_id=wire.instance_id,
            metadata={pair.key: pair.value for pair in wire.event_metadata},
            scope=scopes.get(registration_id),
            browser_context=browser_context,
        )
    except (OverflowError, ValueError) as error:
        raise ProtocolError(f"an event of no possible time: {wire.timestamp}") from error


def parse_odd_event(params: msgspec.Raw) -> WireEvent:
    """An event in a form that today's browsers do not write: numbers for text, text that is not valid Unicode."""
    try:
        # Keep every number as its text; msgspec converts it where a field is a number.
        read = json.loads(repaired(bytes(params)), parse_int=str, parse_float=str, parse_constant=str)
        return msgspec.convert(read, WireEventReceived, strict=False).background_service_event
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"not a background-service event: {error}") from error
