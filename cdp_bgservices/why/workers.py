"""The service worker: whether one is registered and active, what it listens to, and what it threw."""

from collections.abc import Iterator

from cdp_bgservices.why.kinds import Kind, fine, listed, unknown
from cdp_bgservices.why.rule import Rule
from cdp_bgservices.why.values import Effect, Facts, Reason, Unknown

SPECIFICATION = "https://www.w3.org/TR/service-workers/"
INSTALL = f"{SPECIFICATION}#installation-algorithm"
ACTIVATE = f"{SPECIFICATION}#activation-algorithm"

NOT_SECURE = Kind(
    key="not-secure",
    effect=Effect.BLOCKS,
    means="The page is not a secure context, so it has no service worker.",
    remedy="Serve it over https, or open it at localhost or 127.0.0.1.",
    source="https://www.w3.org/TR/secure-contexts/",
)
NO_WORKER = Kind(
    key="no-worker",
    effect=Effect.BLOCKS,
    means="The site has no service worker in this browser context.",
    remedy="Open its page, and see in its console whether register() is called, and with which error it is rejected.",
    source=f"{SPECIFICATION}#register-algorithm",
)
INSTALLING = Kind(
    key="worker-installing",
    effect=Effect.BLOCKS,
    means="The service worker is still installing: its install handler has not ended.",
    remedy="Check what the promise in the install handler's waitUntil() waits for.",
    source=INSTALL,
)
ACTIVATING = Kind(
    key="worker-activating",
    effect=Effect.BLOCKS,
    means="The service worker is still activating: events wait until its activate handler has ended, "
    "for at most five minutes.",
    remedy="Check what the promise in the activate handler's waitUntil() waits for; pushManager.subscribe() does not "
    "end without a push service.",
    source=ACTIVATE,
)
REDUNDANT = Kind(
    key="worker-redundant",
    effect=Effect.BLOCKS,
    means="The service worker was not installed: its script or its install handler failed.",
    remedy="Fix what it throws, and load the page again.",
    source=INSTALL,
)
UPDATE_WAITS = Kind(
    key="update-waits",
    effect=Effect.EXPLAINS,
    means="A newer version of the service worker waits: events go to the older one until its pages are closed.",
    remedy="Close the site's pages, or call skipWaiting() in the install handler.",
    source=ACTIVATE,
)
THREW = Kind(
    key="worker-threw",
    effect=Effect.EXPLAINS,
    means="The service worker threw an error that it did not handle.",
    remedy="Fix it: a handler that throws before it calls waitUntil() counts as a success.",
    source="content/browser/service_worker/service_worker_context_watcher.cc",
)
NO_HANDLER = Kind(
    key="no-handler",
    effect=Effect.BLOCKS,
    means="The service worker does not listen to the event, so it does nothing when the event comes.",
    remedy="Add the handler when the script is first evaluated, not later: self.addEventListener(…).",
    source=f"{SPECIFICATION}#execution-context-events",
)
KINDS = (NOT_SECURE, NO_WORKER, INSTALLING, ACTIVATING, REDUNDANT, UPDATE_WAITS, THREW, NO_HANDLER)


def secure(facts: Facts) -> Iterator[Reason]:
    if facts.site.is_secure is False:
        page = facts.site.page if isinstance(facts.site.page, str) else facts.site.origin
        yield NOT_SECURE.because(f"{page} is not a secure context, so it has no service worker.")


def registered(facts: Facts) -> Iterator[Reason]:
    site = facts.site
    if site.is_secure is False:
        return  # That is why.
    if isinstance(site.missing, Unknown):
        if site.scope is None:
            yield unknown("worker", "Whether the site has a service worker", site.missing)
    elif site.missing is not None:
        last = "".join(
            f" {who} threw last: {errors[-1]}."
            for who, errors in (("The worker's script", facts.worker.errors), ("The page", site.page_errors))
            if not isinstance(errors, Unknown) and errors
        )
        has_others = bool(site.other_scopes) and not isinstance(site.other_scopes, Unknown)
        which = "Of the site's service workers, " if has_others else "The site has no service worker: "
        yield NO_WORKER.because(f"{which}{site.missing}.{last}", site.missing_remedy or None)


def active(facts: Facts) -> Iterator[Reason]:
    """The state of the version that would get the event."""
    versions, scope = facts.worker.versions, facts.site.scope
    if isinstance(versions, Unknown):
        if scope is not None:
            yield unknown("worker", "The state of the service worker", versions)
        return
    states = [version.status for version in versions]
    if "activated" in states:
        yield fine("worker", f"The service worker of {scope} is active.")
        if "installed" in states:
            yield UPDATE_WAITS.because()
    elif "activating" in states:
        yield ACTIVATING.because(f"The service worker of {scope} is activating: {ACTIVATING.means.partition(': ')[2]}")
    elif "installing" in states:
        yield INSTALLING.because(f"The service worker of {scope} is installing: its install handler has not ended.")
    elif scope is not None:
        errors = facts.worker.errors
        last = f" It threw: {errors[-1]}." if not isinstance(errors, Unknown) and errors else ""
        yield REDUNDANT.because(f"The service worker of {scope} was not installed.{last}")


def threw(facts: Facts) -> Iterator[Reason]:
    errors = facts.worker.errors
    if isinstance(errors, Unknown) or not errors or facts.worker.active is None:
        return  # Where no version is active, the errors are why.
    more = f", and {len(errors) - 1} before that" if len(errors) > 1 else ""
    yield THREW.because(f"The service worker threw: {errors[-1]}{more}.")


def handles(type_: str, kind: Kind = NO_HANDLER) -> Rule:
    """The rule that the worker listens to events of a type."""

    def rule(facts: Facts) -> Iterator[Reason]:
        handlers = facts.worker.handlers
        if facts.worker.active is None and not isinstance(facts.worker.versions, Unknown):
            return  # Another rule says why.
        if isinstance(handlers, Unknown):
            yield unknown("handler", f"Whether the service worker listens to {type_!r}", handlers)
        elif type_ in handlers:
            yield fine("handler", f"The service worker listens to {type_!r}.")
        else:
            yield kind.because(
                f"The service worker of {facts.site.scope} has no {type_!r} handler"
                f" (it listens to {listed(handlers, 'nothing')}).",
                f"Add it when the script is first evaluated, not later: self.addEventListener('{type_}', …).",
            )

    return rule
