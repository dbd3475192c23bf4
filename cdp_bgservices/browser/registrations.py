"""What a browser tells of its service workers: registrations, versions, errors."""

import msgspec

from cdp_bgservices.browser.protocol import Message, decode_params


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
    """Of a worker that runs."""


class WorkerError(msgspec.Struct, frozen=True, rename="camel"):
    """``ServiceWorker.ServiceWorkerErrorMessage``, what is used of it."""

    error_message: str
    registration_id: str
    source_url: str = msgspec.field(name="sourceURL", default="")
    line_number: int = 0


class RegistrationsUpdated(msgspec.Struct):
    registrations: list[Registration]


class VersionsUpdated(msgspec.Struct):
    versions: list[Version]


class ErrorReported(msgspec.Struct, rename="camel"):
    error_message: WorkerError


class Registrations:
    """The registrations of one browser context, as its ``ServiceWorker`` domain tells them."""

    def __init__(self) -> None:
        self.scopes: dict[str, str] = {}
        """The scope URL of each registration id, deleted ones too: an id is never used twice."""
        self.registrations: dict[str, Registration] = {}
        self.versions: dict[str, Version] = {}
        self.errors: list[WorkerError] = []
        self.told = False
        """Whether the browser has told what there is: registrations come first, their versions after them."""

    def note(self, message: Message) -> None:
        """Take in a notification; others than the domain's are passed over. Raises ProtocolError."""
        match message.method:
            case "ServiceWorker.workerRegistrationUpdated":
                told = decode_params(message.params, RegistrationsUpdated)
                for registration in told.registrations:
                    self.scopes[registration.registration_id] = registration.scope_url
                    if registration.is_deleted:
                        self.registrations.pop(registration.registration_id, None)
                    else:
                        self.registrations[registration.registration_id] = registration
            case "ServiceWorker.workerVersionUpdated":
                for version in decode_params(message.params, VersionsUpdated).versions:
                    self.versions[version.version_id] = version
                self.told = True
            case "ServiceWorker.workerErrorReported":
                reported = decode_params(message.params, ErrorReported)
                self.errors = [*self.errors, reported.error_message][-20:]
