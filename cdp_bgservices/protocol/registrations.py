"""What a browser reports about its service workers: registrations, versions, errors; and what a worker's own session
reports that it threw (``Runtime.exceptionThrown``).
"""

import msgspec

from cdp_bgservices.protocol.messages import Message, decode_params

MOST_ERRORS = 20
"""Errors of each kind that are remembered."""


class Registration(msgspec.Struct, frozen=True, rename="camel"):
    """``ServiceWorker.ServiceWorkerRegistration``."""

    registration_id: str
    scope_url: str = msgspec.field(name="scopeURL")
    is_deleted: bool = False


class Version(msgspec.Struct, frozen=True, rename="camel"):
    """``ServiceWorker.ServiceWorkerVersion``, what is used of it."""

    version_id: str
    registration_id: str
    script_url: str = msgspec.field(name="scriptURL", default="")
    running_status: str = ""
    """``stopped``, ``starting``, ``running`` or ``stopping``."""
    status: str = ""
    """``new``, ``installing``, ``installed``, ``activating``, ``activated`` or ``redundant``."""
    target_id: str = ""
    """Of a running worker."""
    script_response_time: float = 0.0
    """When the script was received, in seconds since 1970; 0 if that is unknown."""
    controlled_clients: tuple[str, ...] = ()
    """The targets that it controls."""


class WorkerError(msgspec.Struct, frozen=True, rename="camel"):
    """``ServiceWorker.ServiceWorkerErrorMessage``, what is used of it."""

    error_message: str
    registration_id: str
    version_id: str = ""
    source_url: str = msgspec.field(name="sourceURL", default="")
    line_number: int = 0
    column_number: int = -1

    @property
    def is_exception(self) -> bool:
        """Whether it is the report of an exception.

        content/browser/service_worker/service_worker_context_watcher.cc reports exceptions with their column, and
        then, with the column -1, all errors on the worker's console: the same exception, rejections that nothing
        handled, and what the worker passed to ``console.error``.
        """
        return self.column_number >= 0

    @property
    def is_rejection(self) -> bool:
        return self.column_number < 0 and self.error_message.startswith("Uncaught (in promise)")


class RegistrationsUpdated(msgspec.Struct):
    registrations: list[Registration]


class VersionsUpdated(msgspec.Struct):
    versions: list[Version]


class ErrorReported(msgspec.Struct, rename="camel"):
    error_message: WorkerError


class Registrations:
    """The registrations of one browser context, as its ``ServiceWorker`` domain reports them."""

    def __init__(self) -> None:
        self.scopes: dict[str, str] = {}
        """The scope URL of each registration id, of deleted ones too: an id is never used again."""
        self.registrations: dict[str, Registration] = {}
        self.versions: dict[str, Version] = {}
        self.errors: list[WorkerError] = []
        """The latest exceptions and unhandled rejections, each once."""
        self.logged: list[WorkerError] = []
        """The latest errors that workers wrote to their consoles."""
        self.reported = False
        """Whether the browser has reported all of them: registrations come first, their versions after them."""

    def versions_of(self, registration_id: str) -> list[Version]:
        return [version for version in self.versions.values() if version.registration_id == registration_id]

    def note(self, message: Message) -> WorkerError | None:
        """Note a notification, and return what a worker threw, if it reports that. Those of other domains are ignored.

        Raises ProtocolError.
        """
        match message.method:
            case "ServiceWorker.workerRegistrationUpdated":
                for registration in decode_params(message.params, RegistrationsUpdated).registrations:
                    self.scopes[registration.registration_id] = registration.scope_url
                    if registration.is_deleted:
                        self.registrations.pop(registration.registration_id, None)
                    else:
                        self.registrations[registration.registration_id] = registration
            case "ServiceWorker.workerVersionUpdated":
                for version in decode_params(message.params, VersionsUpdated).versions:
                    self.versions[version.version_id] = version
                self.reported = True
            case "ServiceWorker.workerErrorReported":
                return self.note_error(decode_params(message.params, ErrorReported).error_message)
        return None

    def note_error(self, error: WorkerError) -> WorkerError | None:
        if error.is_exception or error.is_rejection:
            self.errors = [*self.errors, error][-MOST_ERRORS:]
            return error
        if not error.error_message.startswith("Uncaught "):  # Otherwise it is an exception that was reported before.
            self.logged = [*self.logged, error][-MOST_ERRORS:]
        return None


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
