"""The protocol's messages without any I/O: bytes to messages, CDP's JSON to events, commands to bytes.

Commands follow PyCDP's convention (a generator that yields the request and is sent the result), so that
PyCDP's own and the few that it lacks or has wrong (it dates from 2020) are called alike. A test holds
each of them against the browser's ``/json/protocol``.
"""

import json
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from cdp_bgservices.events import Event, make_event

Json = dict[str, Any]
Params = TypeVar("Params")


class ProtocolError(ValueError):
    """A message, or the parameters of one, that cannot be understood."""


class ReplyError(msgspec.Struct, frozen=True):
    """JSON-RPC's error object."""

    code: int
    message: str = ""
    data: Any = ""


class Message(msgspec.Struct, frozen=True, gc=False, rename={"session_id": "sessionId"}):
    """A reply (it has an ``id``) or a notification (it has a ``method``); the rest is decoded by need."""

    id: int | None = None
    method: str = ""
    session_id: str = ""
    params: msgspec.Raw = msgspec.Raw(b"{}")
    result: msgspec.Raw = msgspec.Raw(b"{}")
    error: ReplyError | None = None


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


class SessionTold(msgspec.Struct, rename="camel"):
    """The parameters of ``Target.attachedToTarget`` and ``Target.detachedFromTarget``, what is used of them."""

    session_id: str


class RecordingState(msgspec.Struct, rename="camel"):
    """The parameters of ``BackgroundService.recordingStateChanged``."""

    is_recording: bool
    service: str


class TargetInfo(msgspec.Struct, rename="camel"):
    """``Target.TargetInfo``, what is used of it."""

    target_id: str
    type: str = ""
    url: str = ""
    attached: bool = False
    browser_context_id: str = ""


class TargetCreated(msgspec.Struct, rename="camel"):
    """The parameters of ``Target.targetCreated``."""

    target_info: TargetInfo


class TargetDestroyed(msgspec.Struct, rename="camel"):
    """The parameters of ``Target.targetDestroyed``."""

    target_id: str


message_decoder = msgspec.json.Decoder(Message)
event_decoder = msgspec.json.Decoder(WireEventReceived)


def parse_message(data: bytes | str) -> Message:
    """One message. Text that is no Unicode (invalid UTF-8, lone surrogates) is kept with U+FFFD in its place.

    Raises ProtocolError for what is no message.
    """
    try:
        message = message_decoder.decode(data)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        try:
            message = message_decoder.decode(repaired(data))
        except (ValueError, RecursionError) as error:
            raise ProtocolError(f"not a DevTools message: {error}") from error
    if message.id is None and not message.method:
        raise ProtocolError("not a DevTools message: neither a reply nor a notification")
    return message


def decode_params(params: msgspec.Raw, kind: type[Params]) -> Params:
    """The parameters of a notification, or the result of a reply. Raises ProtocolError where they are no such thing."""
    try:
        return msgspec.json.decode(params, type=kind)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        try:
            return msgspec.json.decode(repaired(bytes(params)), type=kind)
        except (ValueError, RecursionError) as error:
            raise ProtocolError(f"not understood: {error}") from error


def repaired(data: bytes | str) -> bytes:
    """The same JSON with U+FFFD for whatever Unicode does not allow."""
    plain = json.dumps(json.loads(readable(data)), ensure_ascii=False)
    return plain.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode()


def readable(data: bytes | str) -> str:
    return data if isinstance(data, str) else data.decode("utf-8", "replace")


def parse_event(params: msgspec.Raw, source: str, browser_context: str, scopes: Mapping[str, str]) -> Event:
    """``BackgroundService.backgroundServiceEventReceived`` as an event.

    ``scopes`` tells the scope of a registration id. Unknown services, names, keys and fields are kept or
    passed over. Raises ProtocolError where a field of the event is missing or of another kind.
    """
    try:
        wire = event_decoder.decode(params).background_service_event
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        wire = parse_odd_event(params)
    registration_id = wire.service_worker_registration_id
    try:
        return make_event(
            source=source,
            # Chromium has whole microseconds; a float of seconds is exact to a quarter of one until 2242.
            timestamp=round(wire.timestamp * 1e6),
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
    """An event that a browser writes otherwise than today's: numbers for text, text that is no Unicode."""
    try:
        # Every number as the text that it was; msgspec makes a number of it where one is wanted.
        told = json.loads(repaired(bytes(params)), parse_int=str, parse_float=str, parse_constant=str)
        return msgspec.convert(told, WireEventReceived, strict=False).background_service_event
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"not a background-service event: {error}") from error


def encode_command(number: int, request: Json, session_id: str) -> bytes:
    """The bytes of a command, as both transports send it."""
    message: Json = {"id": number, "method": request["method"], "params": request.get("params", {})}
    if session_id:
        message["sessionId"] = session_id
    # PyCDP leaves its own subclasses of str in the parameters.
    return msgspec.json.encode(message, enc_hook=str)
