"""The version of a registration that events go to, and the choice of the worker that is meant."""

import pytest

from cdp_bgservices.errors import TriggerError
from cdp_bgservices.protocol.workers import Worker, choose_worker, workers_of
from tests.protocol.test_registrations import SCOPE, noted, registration, version


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
