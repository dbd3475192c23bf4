"""The service workers of a browser context, by its registrations, and the choice of one of them."""

from collections.abc import Sequence
from urllib.parse import urlsplit

import msgspec

from cdp_bgservices.errors import TriggerError
from cdp_bgservices.protocol.registrations import Registrations, Version

ACTIVATED = "activated"
AGE = ("installing", "installed", "activating", ACTIVATED)
"""``ServiceWorkerVersionStatus``, the most useful last; ``new`` and ``redundant`` count for less."""

INACTIVE = {
    "installing": "Wait for its install handler, or check what that waits for.",
    "activating": (
        "Wait for its activate handler, as Chromium does for five minutes, or check what that waits for: "
        "pushManager.subscribe does not end without a push service (the lab has one: --lab push)."
    ),
    "redundant": "Its installation failed: check what its script or its install handler throws.",
}
"""The remedy for a worker that is not active, by its status."""


class NoWorkerError(TriggerError):
    """No worker is registered or active yet: it may still come."""


class NotActiveError(NoWorkerError):
    """It is registered, and on its way to be active."""


class NoneRegisteredError(NoWorkerError):
    """No worker is registered. :func:`cdp_bgservices.browser.missing_worker.explain_missing` finds the reason."""


def none_left(why: object) -> TriggerError:
    """The error of every trigger whose browser context, or browser, has gone before its event."""
    return TriggerError(f"no service worker is left to handle it: {why}")


class Worker(msgspec.Struct, frozen=True, kw_only=True):
    """One registration, and the version of it that gets the events."""

    scope: str
    script_url: str
    status: str
    """``activated``, or an earlier status of the version; ``""`` without a version."""
    running_status: str
    """``running``, ``stopped``, ``starting`` or ``stopping``."""
    registration_id: str
    version_id: str
    browser_context: str

    @property
    def origin(self) -> str:
        """The origin for the triggers. Chromium silently ignores a wrong one."""
        parts = urlsplit(self.scope)
        return f"{parts.scheme}://{parts.netloc}"


def workers_of(registrations: Registrations, browser_context: str) -> list[Worker]:
    found = []
    for registration in registrations.registrations.values():
        versions = registrations.versions_of(registration.registration_id)
        best = max(versions, key=usefulness, default=Version("", registration.registration_id))
        found.append(
            Worker(
                scope=registration.scope_url,
                script_url=best.script_url,
                status=best.status,
                running_status=best.running_status,
                registration_id=registration.registration_id,
                version_id=best.version_id,
                browser_context=browser_context,
            )
        )
    return found


def usefulness(version: Version) -> int:
    return AGE.index(version.status) if version.status in AGE else -1


def choose_worker(workers: Sequence[Worker], scope: str | None, browser_context: str | None) -> Worker:
    """The worker that matches. Raises NoWorkerError if none does, TriggerError if several do; both list them."""
    here = [worker for worker in workers if worker.browser_context.startswith(browser_context or "")]
    candidates = [worker for worker in here if scope is None or worker.scope.rstrip("/") == scope.rstrip("/")]
    if len(candidates) == 1:
        worker = candidates[0]
        if worker.status != ACTIVATED:
            failure = NoWorkerError if worker.status == "redundant" else NotActiveError
            raise failure(
                f"the service worker of {worker.scope} is not active: it is {worker.status or 'not there yet'}",
                INACTIVE.get(worker.status, "Wait for it: cdp-bgservices workers shows its status."),
            )
        return worker
    if not workers:
        raise NoneRegisteredError("no page has registered a service worker in this browser", "Open the page first.")
    if not here:
        others = sorted(f"{worker.scope} in {worker.browser_context}" for worker in workers)
        raise NoWorkerError(
            f"the browser context {browser_context} has no service worker", f"There is: {', '.join(others)}"
        )
    if not candidates:
        raise NoWorkerError(
            f"no service worker has the scope {scope}", "There is: " + ", ".join(sorted({each.scope for each in here}))
        )
    scopes = {worker.scope for worker in candidates}
    if len(scopes) > 1:
        raise TriggerError(
            "there are several service workers", "Give the scope of one (--scope, scope=): " + ", ".join(sorted(scopes))
        )
    contexts = ", ".join(worker.browser_context for worker in candidates)
    raise TriggerError(
        f"several browser contexts have a service worker of {candidates[0].scope}",
        f"Give one --browser-context: {contexts}",
    )
