"""Registrations as a browser tells them, and the choice of the worker that is meant."""

import msgspec
import pytest
import trio

from cdp_bgservices.browser.opening import open_browser
from cdp_bgservices.browser.workers import Worker, choose_worker, list_workers, workers_of
from cdp_bgservices.errors import TriggerError
from cdp_bgservices.protocol.messages import Message, ProtocolError
from cdp_bgservices.protocol.registrations import Registrations
from tests.scripted import DEFAULT, open_scripted_browser

SCOPE = "http://localhost:8000/"


def told(method: str, **params: object) -> Message:
    return Message(method=f"ServiceWorker.{method}", params=msgspec.Raw(msgspec.json.encode(params)))


def registration(number: str = "0", scope: str = SCOPE, *, deleted: bool = False) -> Message:
    value = {"registrationId": number, "scopeURL": scope, "isDeleted": deleted}
    return told("workerRegistrationUpdated", registrations=[value])


def version(number: str, status: str, *, of: str = "0") -> Message:
    value = {
        "versionId": number,
        "registrationId": of,
        "scriptURL": f"{SCOPE}{number}.js",
        "runningStatus": "stopped",
        "status": status,
    }
    return told("workerVersionUpdated", versions=[value])


def noted(*messages: Message) -> Registrations:
    registrations = Registrations()
    for message in messages:
        registrations.note(message)
    return registrations


def test_the_scope_of_a_deleted_registration_is_still_known() -> None:
    registrations = noted(registration("0"), registration("1", f"{SCOPE}b/"), registration("0", deleted=True))
    assert registrations.scopes == {"0": SCOPE, "1": f"{SCOPE}b/"}
    assert set(registrations.registrations) == {"1"}


def test_all_is_told_once_the_versions_have_come() -> None:
    assert not noted(registration()).told
    assert noted(registration(), told("workerVersionUpdated", versions=[])).told


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
    return told("workerErrorReported", errorMessage={**error, "columnNumber": column})


def test_other_notifications_are_passed_over_and_nonsense_is_said() -> None:
    assert noted(told("somethingNew", x=1)).registrations == {}
    with pytest.raises(ProtocolError):
        noted(told("workerRegistrationUpdated", registrations=5))


@pytest.mark.parametrize(
    ("statuses", "best"),
    [
        (["activated", "installed"], "activated"),
        (["redundant", "installing"], "installing"),
        (["new", "activating", "installed"], "activating"),
        (["redundant"], "redundant"),
        ([], ""),
    ],
)
def test_events_go_to_the_most_useful_version(statuses: list[str], best: str) -> None:
    messages = [version(str(number), status) for number, status in enumerate(statuses)]
    [worker] = workers_of(noted(registration(), version("9", "activated", of="other"), *messages), "context")
    assert worker.status == best
    assert worker.browser_context == "context"


def worker(scope: str = SCOPE, context: str = "A1", status: str = "activated") -> Worker:
    return Worker(
        scope=scope,
        script_url="",
        status=status,
        running_status="stopped",
        registration_id="0",
        version_id="0",
        browser_context=context,
    )


def test_the_origin_of_a_trigger_is_the_scopes() -> None:
    assert worker("https://example.org:8443/app/sub/").origin == "https://example.org:8443"


@pytest.mark.parametrize("scope", [None, "http://localhost:8000/b/", "http://localhost:8000/b"])
def test_one_worker_is_chosen_by_its_scope_or_because_it_is_alone(scope: str | None) -> None:
    mine = worker(f"{SCOPE}b/")
    others = [worker(f"{SCOPE}c/"), worker(SCOPE)] if scope else []
    assert choose_worker([*others, mine], scope, None) is mine


def test_a_context_is_chosen_by_the_beginning_of_its_id() -> None:
    first, second = worker(context="AB12"), worker(context="CD34")
    assert choose_worker([first, second], None, "CD") is second


@pytest.mark.parametrize(
    ("workers", "scope", "context", "said", "remedy"),
    [
        ([], None, None, "no page has registered", "Open the page first"),
        ([worker()], "http://x/", None, "no service worker has the scope http://x/", SCOPE),
        ([worker()], None, "Z", "the browser context Z has no service worker", f"{SCOPE} in A1"),
        ([worker()], SCOPE, "Z", "the browser context Z has no service worker", f"{SCOPE} in A1"),
        ([worker(), worker("http://x/", context="B2")], "http://x/", "A", "no service worker has the scope", SCOPE),
        (
            [worker(), worker(f"{SCOPE}b/")],
            None,
            None,
            "several service workers",
            f"(--scope, scope=): {SCOPE}, {SCOPE}b/",
        ),
        ([worker(), worker(context="B2")], SCOPE, None, "several browser contexts", "--browser-context: A1, B2"),
        ([worker(status="installing")], None, None, "is not active: it is installing", "its install handler"),
        ([worker(status="activating")], None, None, "it is activating", "pushManager.subscribe"),
        ([worker(status="redundant")], None, None, "it is redundant", "Its installation failed"),
        ([worker(status="new")], None, None, "it is new", "cdp-bgservices workers"),
        ([worker(status="")], None, None, "not there yet", "workers"),
    ],
)
def test_it_is_said_why_no_worker_is_the_one(
    workers: list[Worker], scope: str | None, context: str | None, said: str, remedy: str
) -> None:
    with pytest.raises(TriggerError) as caught:
        choose_worker(workers, scope, context)
    assert said in str(caught.value)
    assert remedy in caught.value.remedy


async def test_workers_of_every_context_are_listed_by_scope() -> None:
    with trio.fail_after(10):
        async with open_scripted_browser() as scripted, open_browser(scripted.url) as browser:
            scripted.registrations = {"1": f"{SCOPE}b/", "0": f"{SCOPE}a/"}
            scripted.contexts.append("MADE")
            listed = await list_workers(browser)
            assert [(each.scope, each.browser_context) for each in listed] == [
                (f"{SCOPE}a/", DEFAULT),
                (f"{SCOPE}a/", "MADE"),
                (f"{SCOPE}b/", DEFAULT),
                (f"{SCOPE}b/", "MADE"),
            ]
            assert {target.type for target in scripted.targets.values()} == {"page"}, "a target of ours stayed"
