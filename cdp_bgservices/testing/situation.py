"""What is known where something did not come about in a test: what came instead, and what stood in the way."""

from collections.abc import Collection
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from cdp_bgservices.browser.handling import has_handler
from cdp_bgservices.browser.limits import limit_of
from cdp_bgservices.browser.missing_worker import explain_missing
from cdp_bgservices.browser.offline import why_offline
from cdp_bgservices.browser.outcome import no_handler
from cdp_bgservices.browser.registrations import WorkerError
from cdp_bgservices.browser.workers import Worker
from cdp_bgservices.errors import ExpectationError
from cdp_bgservices.events import Event, Service
from cdp_bgservices.query import format_duration
from cdp_bgservices.testing.expected import Expected
from cdp_bgservices.testing.failure import explain_failure, explain_situation
from cdp_bgservices.thrown import Thrown

if TYPE_CHECKING:
    from cdp_bgservices.testing.services import BackgroundServices


HANDLERS: dict[str, str] = {
    Service.PUSH_MESSAGING: "push",
    Service.NOTIFICATIONS: "push",
    Service.BACKGROUND_SYNC: "sync",
    Service.PERIODIC_BACKGROUND_SYNC: "periodicsync",
}
"""The type of the event in whose handler a service's events come about; notifications mostly with a push."""


class Known(NamedTuple):
    """What an explanation is made of."""

    events: list[Event]
    """All that the test has seen."""
    earlier: Collection[str]
    """The ids of those that came before what was waited for."""
    workers: list[Worker]
    errors: list[Thrown]
    """What the workers threw."""
    remarks: list[str]
    """What stands in the way of events, a sentence each."""
    logged: list[WorkerError]
    """Errors on the workers' consoles."""


async def failure(services: "BackgroundServices", after: int, wanted: Expected, timeout: float) -> ExpectationError:
    """An event did not come behind a cursor: what came instead."""
    waited = format_duration(timedelta(seconds=timeout))
    return ExpectationError(explain_failure(wanted, waited, *await known(services, after, wanted)))


async def situation(services: "BackgroundServices", wanted: Expected) -> str:
    """For whatever else did not come about: what came instead of the event that would have been there with it."""
    await services.recorder.settle(services.contexts)
    return explain_situation(wanted, *await known(services, services.after, wanted))


async def known(services: "BackgroundServices", after: int, wanted: Expected) -> Known:
    events = await services.find(Expected(), services.after)
    late = {event.id for event in await services.find(Expected(), after)}
    logged = [error for observer in services.observers for error in observer.registrations.logged]
    workers = services.known_workers()
    earlier = {event.id for event in events} - late
    thrown = await services.thrown()
    return Known(events, earlier, workers, thrown, await remarks(services, workers, wanted), logged)


async def remarks(services: "BackgroundServices", workers: Collection[Worker], wanted: Expected) -> list[str]:
    found = [limit_of(services.browser.product)]
    if not workers:
        missing = await explain_missing(services.browser, services.contexts)
        found.append(f"{missing}. {missing.remedy}")
    if event_type := HANDLERS.get(wanted.service or ""):
        observers = {observer.context_id: observer for observer in services.observers}
        for worker in workers:
            observer = observers.get(worker.browser_context)
            if observer and await has_handler(observer, worker, event_type) is False:
                found.append(no_handler(worker.scope, event_type))
    network = services.lab.network if services.lab else None
    if network is not None and not network.is_online:
        found.append("the browser is offline: its network in the lab is switched off")
    else:
        found += [await why_offline(observer) for observer in services.observers]
    return list(dict.fromkeys(filter(None, found)))
