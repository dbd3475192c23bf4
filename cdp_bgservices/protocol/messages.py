"""The protocol's messages: bytes to messages, commands to bytes, replies to results.

Commands follow PyCDP's convention (a generator that yields the request and is sent the result), so that
PyCDP's own and the few that it lacks or has wrong (it dates from 2020) are called alike. A test holds
each of them against the browser's ``/json/protocol``.
"""

import json
from collections.abc import Generator
from typing import Any, TypeVar

import msgspec

from cdp_bgservices.errors import BrowserLostError, CommandError

Json = dict[str, Any]
Params = TypeVar("Params")
Result = TypeVar("Result")

NO_SUCH_SESSION = -32001
"""The error of a command to a session that has ended."""
INVALID_PARAMETERS = -32602
"""The error of a command about a service that the browser does not have, for one."""


class ProtocolError(ValueError):
    """A message, or its parameters, cannot be understood."""


class ReplyError(msgspec.Struct, frozen=True):
    """JSON-RPC's error object."""

    code: int
    message: str = ""
    data: Any = ""


class Message(msgspec.Struct, frozen=True, gc=False, rename={"session_id": "sessionId"}):
    """A reply (it has an ``id``) or a notification (it has a ``method``); the rest is decoded when it is needed."""

    id: int | None = None
    method: str = ""
    session_id: str = ""
    params: msgspec.Raw = msgspec.Raw(b"{}")
    result: msgspec.Raw = msgspec.Raw(b"{}")
    error: ReplyError | None = None


message_decoder = msgspec.json.Decoder(Message)


def parse_message(data: bytes | str) -> Message:
    """One message. U+FFFD replaces text that is not valid Unicode (invalid UTF-8, lone surrogates).

    Raises ProtocolError for data that is not a message.
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
    """The parameters of a notification, or the result of a reply. Raises ProtocolError if they are of another kind."""
    try:
        return msgspec.json.decode(params, type=kind)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        try:
            return msgspec.json.decode(repaired(bytes(params)), type=kind)
        except (ValueError, RecursionError) as error:
            raise ProtocolError(f"not understood: {error}") from error


def repaired(data: bytes | str) -> bytes:
    """The same JSON, with U+FFFD for what is not valid Unicode."""
    text = data if isinstance(data, str) else data.decode("utf-8", "replace")
    plain = json.dumps(json.loads(text), ensure_ascii=False)
    return plain.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode()


def encode_command(number: int, request: Json, session_id: str) -> bytes:
    """The bytes of a command, as both transports send it."""
    message: Json = {"id": number, "method": request["method"], "params": request.get("params", {})}
    if session_id:
        message["sessionId"] = session_id
    # PyCDP leaves its own subclasses of str and of int in the parameters.
    return msgspec.json.encode(message, enc_hook=lambda value: int(value) if isinstance(value, int) else str(value))


def result_of(reply: Message, method: str, command: Generator[Json, Json, Result]) -> Result:
    """The command's result, from its reply. The command has yielded its request before.

    Raises CommandError for an error of the browser's and for a result that cannot be understood, BrowserLostError
    where the session has ended.
    """
    if reply.error is not None:
        if reply.error.code == NO_SUCH_SESSION:
            raise BrowserLostError("the target is gone")
        data = reply.error.data
        raise CommandError(method, reply.error.code, reply.error.message, data if isinstance(data, str) else "")
    try:
        command.send(decode_params(reply.result, dict))
    except StopIteration as stop:
        return stop.value  # type: ignore[no-any-return]
    except (LookupError, TypeError, ValueError, AttributeError) as error:  # PyCDP raises any of these.
        raise CommandError(method, 0, f"the answer was not understood: {error!r}") from error
    raise RuntimeError(f"{method} asked for a second request")


class SessionParams(msgspec.Struct, rename="camel"):
    """The parameters that are used of ``Target.attachedToTarget`` and ``Target.detachedFromTarget``."""

    session_id: str


class TargetInfo(msgspec.Struct, rename="camel"):
    """The fields that are used of ``Target.TargetInfo``."""

    target_id: str
    type: str = ""
    url: str = ""
    attached: bool = False
    browser_context_id: str = ""


class TargetCreated(msgspec.Struct, rename="camel"):
    """The parameters of ``Target.targetCreated``."""

    target_info: TargetInfo


class TargetAttached(msgspec.Struct, rename="camel"):
    """The parameters of ``Target.attachedToTarget`` of a session that attaches to targets by itself."""

    session_id: str
    target_info: TargetInfo
    waiting_for_debugger: bool = False


class TargetDestroyed(msgspec.Struct, rename="camel"):
    """The parameters of ``Target.targetDestroyed``."""

    target_id: str
