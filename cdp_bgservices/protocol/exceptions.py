"""``Runtime.exceptionThrown``: what a worker threw, as its own session reports it."""

import msgspec

from cdp_bgservices.protocol.registrations import WorkerError


class RemoteObject(msgspec.Struct, frozen=True):
    """The fields that are used of ``Runtime.RemoteObject``."""

    description: str | None = None
    """The stack of an error. Its first line is the error's name and message."""
    value: object = None
    type: str = ""


class ExceptionDetails(msgspec.Struct, frozen=True, rename="camel"):
    """The fields that are used of ``Runtime.ExceptionDetails``."""

    text: str
    """``Uncaught`` or ``Uncaught (in promise)``."""
    line_number: int
    """From 0."""
    url: str = ""
    exception: RemoteObject = RemoteObject()


class ExceptionThrown(msgspec.Struct, frozen=True, rename="camel"):
    timestamp: float
    """Milliseconds since 1970, by the clock of the browser's machine."""
    exception_details: ExceptionDetails


def error_of(details: ExceptionDetails, registration_id: str) -> WorkerError:
    """As ``ServiceWorker.workerErrorReported`` has it."""
    exception = details.exception
    nothing = "undefined" if exception.type == "undefined" else "null"
    what = exception.description or (nothing if exception.value is None else str(exception.value))
    message = what.partition("\n    at ")[0]
    return WorkerError(
        error_message=f"{details.text} {message}".strip(),
        registration_id=registration_id,
        source_url=details.url,
        line_number=details.line_number + 1,
    )
