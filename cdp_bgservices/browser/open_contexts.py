"""The browser contexts that are observed and still open: their workers, their errors, triggers in them."""

from collections.abc import Iterable
from datetime import timedelta

import trio

from cdp_bgservices.browser.firing import fire_at
from cdp_bgservices.browser.observer import Observer
from cdp_bgservices.browser.outcome import Outcome
from cdp_bgservices.browser.triggers import Trigger
from cdp_bgservices.protocol.registrations import WorkerError
from cdp_bgservices.protocol.workers import Worker, choose_worker, none_left, workers_of


class OpenContexts:
    """Of one browser or of several, as they are now: ask for them again after a wait."""

    def __init__(self, observers: Iterable[Observer]) -> None:
        self.observers = [observer for observer in observers if not observer.over.is_set()]
        """The profile that was used last comes first."""

    @property
    def ids(self) -> list[str]:
        return [observer.context_id for observer in self.observers]

    @property
    def workers(self) -> list[Worker]:
        """Sorted by scope."""
        found = [worker for each in self.observers for worker in workers_of(each.registrations, each.context_id)]
        return sorted(found, key=lambda worker: (worker.scope, worker.browser_context))

    @property
    def logged(self) -> list[WorkerError]:
        """The latest errors that the workers wrote to their consoles."""
        return [error for observer in self.observers for error in observer.registrations.logged]

    @property
    def last_errors(self) -> dict[tuple[str, str], str]:
        """The message of the latest error of each worker, by browser context and registration id."""
        return {
            (observer.context_id, error.registration_id): error.error_message
            for observer in self.observers
            for error in observer.registrations.errors
        }

    def choose_worker(self, scope: str | None, browser_context: str | None = None) -> Worker:
        """Raises NoWorkerError where none matches, TriggerError where several do."""
        return choose_worker(self.workers, scope, browser_context)

    def observer_of(self, worker: Worker) -> Observer:
        """Raises TriggerError where its context was closed since it was found."""
        for observer in self.observers:
            if observer.context_id == worker.browser_context:
                return observer
        raise none_left(f"the browser context {worker.browser_context} was closed")

    async def settle(self) -> None:
        """Wait until everything that the browser reported before this call is handed on."""
        for observer in self.observers:
            await observer.settle()

    async def wait_errors(self) -> None:
        """Wait until the errors of handlers that have begun or ended by now are reported."""
        await trio.sleep_until(max((each.reception.throwing.reported_at for each in self.observers), default=0.0))

    async def trigger(self, trigger: Trigger, worker: Worker, timeout: timedelta, *, linger: float = 0.0) -> Outcome:
        """As :func:`~cdp_bgservices.browser.firing.fire_at`."""
        return await fire_at(self.observer_of(worker), trigger, worker, timeout, linger=linger)
