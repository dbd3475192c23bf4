"""Registrations, versions and errors as a browser reports them."""

import msgspec
import pytest

from cdp_bgservices.protocol.messages import Message, ProtocolError
from cdp_bgservices.protocol.registrations import Registrations

SCOPE = "http://localhost:8000/"


def notification(method: str, **params: object) -> Message:
    return Message(method=f"ServiceWorker.{method}", params=msgspec.Raw(msgspec.json.encode(params)))


def registration(number: str = "0", scope: str = SCOPE, *, deleted: bool = False) -> Message:
    value = {"registrationId": number, "scopeURL": scope, "isDeleted": deleted}
    return notification("workerRegistrationUpdated", registrations=[value])


def version(number: str, status: str, *, of: str = "0") -> Message:
    value = {
        "versionId": number,
        "registrationId": of,
        "scriptURL": f"{SCOPE}{number}.js",
        "runningStatus": "stopped",
        "status": status,
    }
    return notification("workerVersionUpdated", versions=[value])


def noted(*messages: Message) -> Registrations:
    registrations = Registrations()
    for message in messages:
        registrations.note(message)
    return registrations


def test_the_scope_of_a_deleted_registration_is_still_known() -> None:
    registrations = noted(registration("0"), registration("1", f"{SCOPE}b/"), registration("0", deleted=True))
    assert registrations.scopes == {"0": SCOPE, "1": f"{SCOPE}b/"}
    assert set(registrations.registrations) == {"1"}


def test_all_is_reported_once_the_versions_have_come() -> None:
    assert not noted(registration()).reported
    assert noted(registration(), notification("workerVersionUpdated", versions=[])).reported


def test_the_last_errors_are_kept() -> None:
    registrations = noted(*[reported("Uncaught Error: it broke", 7)] * 30)
    assert {each.error_message for each in registrations.errors} == {"Uncaught Error: it broke"}
    assert len(registrations.errors) == 20


def test_what_is_reported_twice_is_one_error_and_what_is_logged_is_none() -> None:
    registrations = noted(
        reported("Uncaught Error: thrown", 30),
        reported("Uncaught Error: thrown", -1),  # The same, as the console has it.
        reported("Uncaught (in promise) Error: rejected", -1),
        reported("could not store it", -1),
    )
    assert [each.error_message for each in registrations.errors] == [
        "Uncaught Error: thrown",
        "Uncaught (in promise) Error: rejected",
    ]
    assert [each.error_message for each in registrations.logged] == ["could not store it"]


def reported(message: str, column: int) -> Message:
    error = {"errorMessage": message, "registrationId": "0", "versionId": "0", "sourceURL": "", "lineNumber": 1}
    return notification("workerErrorReported", errorMessage={**error, "columnNumber": column})


def test_other_notifications_are_passed_over_and_nonsense_is_said() -> None:
    assert noted(notification("somethingNew", x=1)).registrations == {}
    with pytest.raises(ProtocolError):
        noted(notification("workerRegistrationUpdated", registrations=5))
