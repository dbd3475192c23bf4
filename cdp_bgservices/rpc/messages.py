"""JSON-RPC 2.0, a message a line: what a client sends, what it is answered, and errors as codes. No I/O."""

from typing import Any

import msgspec

from cdp_bgservices.errors import (
    BackgroundServicesError,
    BrowserError,
    ExpectationError,
    HandlerError,
    InvalidInputError,
    StoreError,
    TriggerError,
)

LARGEST = 1 << 20
"""Bytes of a line that is read."""
NOT_JSON, NOT_A_REQUEST, NO_SUCH_METHOD, OTHER, CANCELLED = -32700, -32600, -32601, -32603, -32800

Id = str | int


class NotJsonError(InvalidInputError):
    """A line that is not JSON, or too long."""


class NotARequestError(InvalidInputError):
    """JSON that is not a request, or one that cannot be answered."""


class NoSuchMethodError(InvalidInputError):
    """A request for a method that there is not."""


class CancelledError(BackgroundServicesError):
    """The client has cancelled the request, or has gone."""


CODES: dict[type[BackgroundServicesError], int] = {
    NotJsonError: NOT_JSON,
    NotARequestError: NOT_A_REQUEST,
    NoSuchMethodError: NO_SUCH_METHOD,
    CancelledError: CANCELLED,
    InvalidInputError: -32602,
    ExpectationError: -32001,
    HandlerError: -32003,
    TriggerError: -32002,
    BrowserError: -32004,
    StoreError: -32005,
}
"""The first class that an error is an instance of has its code."""


class Request(msgspec.Struct, frozen=True):
    """What a client sends. Without an id it is a notification, which is not answered."""

    jsonrpc: str
    method: str
    params: dict[str, Any] | list[Any] = {}
    id: Id | None = None


class ErrorData(msgspec.Struct, frozen=True):
    kind: str
    """The class of the error, in Python."""
    remedy: str = ""
    """What to do about it."""


class Error(msgspec.Struct, frozen=True):
    code: int
    message: str
    data: ErrorData


class Answered(msgspec.Struct, frozen=True):
    """What a client reads: an answer, which has an id, or a notification, which has a method."""

    id: Id | None = None
    result: Any = None
    error: Error | None = None
    method: str = ""
    params: Any = None


def read_request(line: bytes | bytearray) -> Request:
    """Raises NotJsonError, NotARequestError."""
    try:
        message = msgspec.json.decode(line)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise NotJsonError(f"a line is not JSON: {error}", "Write each message as JSON, in UTF-8, on a line.") from None
    if isinstance(message, list):
        raise NotARequestError("a batch of requests is not supported", "Write one message a line.")
    try:
        request = msgspec.convert(message, Request)
    except msgspec.ValidationError as error:
        raise NotARequestError(
            f"a message is not a request: {error}", 'Write {"jsonrpc": "2.0", "id": …, "method": …, "params": {…}}.'
        ) from None
    if request.jsonrpc != "2.0":
        raise NotARequestError(f"a message has the version {request.jsonrpc!r}", 'Write "jsonrpc": "2.0".')
    return request


def id_of(line: bytes | bytearray) -> Id | None:
    """The id of something that may be no request, so that its error can have it."""
    try:
        return msgspec.json.decode(line, type=Answered).id
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


def request_line(id_: Id, method: str, params: dict[str, Any]) -> bytes:
    return line_of({"jsonrpc": "2.0", "id": id_, "method": method, "params": params})


def result_line(id_: Id, result: Any) -> bytes:
    return line_of({"jsonrpc": "2.0", "id": id_, "result": result})


def error_line(id_: Id | None, error: BaseException) -> bytes:
    return line_of({"jsonrpc": "2.0", "id": id_, "error": error_of(error)})


def notification_line(method: str, params: Any) -> bytes:
    return line_of({"jsonrpc": "2.0", "method": method, "params": params})


def line_of(message: Any) -> bytes:
    """Nothing in it is the end of a line for any reader: Node's readline takes U+2028 and U+2029 for one."""
    encoded = msgspec.json.encode(message)
    return encoded.replace(b"\xe2\x80\xa8", rb"\u2028").replace(b"\xe2\x80\xa9", rb"\u2029") + b"\n"


def error_of(error: BaseException) -> Error:
    """An error that is not one of this package's has the code of anything else."""
    if not isinstance(error, BackgroundServicesError):
        kind = type(error).__name__
        return Error(OTHER, f"unexpected {kind}: {error}", ErrorData(kind, "This should not have happened; report it."))
    code = next((code for kind, code in CODES.items() if isinstance(error, kind)), OTHER)
    return Error(code, str(error), ErrorData(type(error).__name__, error.remedy))


def raised(error: Error) -> BackgroundServicesError:
    """The error that the other side has raised, as one of those that have a code; a BrowserError for any other."""
    kinds = {code: kind for kind, code in CODES.items()}
    kinds[CODES[HandlerError]] = TriggerError  # That has an event, too.
    return kinds.get(error.code, BrowserError)(error.message, error.data.remedy)
