"""What is known where something did not come about in a test: what came instead, and what stood in the way."""

from collections.abc import Collection
from datetime import timedelta
from typing import TYPE_CHECKING

from cdp_bgservices.browser.handling import has_handler
from cdp_bgservices.browser.limits import limit_of
from cdp_bgservices.browser.missing_worker import NONE, explain_missing
from cdp_bgservices.browser.offline import why_offline
from cdp_bgservices.browser.outcome import no_handler
from cdp_bgservices.errors import BackgroundServicesError, BrowserLostError, ExpectationError
from cdp_bgservices.protocol.workers import NoneRegisteredError, Worker
from cdp_bgservices.query import format_duration
from cdp_bgservices.testing.expected import Expected
from cdp_bgservices.testing.failure import Known, explain_failure, explain_situation
from cdp_bgservices.vocabulary import SERVICES

if TYPE_CHECKING:
    from cdp_bgservices.testing.services import BackgroundServices


async def failure(
    services: "BackgroundServices", after: int, wanted: Expected, timeout: float, ended: str
) -> BackgroundServicesError:
    """An event did not come behind a cursor: what came instead. ``ended``: why nothing more can come, if so."""
    if ended and services.scope.contexts is None:
        return BrowserLostError(f"{ended} before {wanted} came")
    waited = format_duration(timedelta(seconds=timeout))
    return ExpectationError(explain_failure(wanted, waited, await known(services, after, wanted), ended=ended))


async def situation(services: "BackgroundServices", wanted: Expected) -> str:
    """For whatever else did not come about: what came instead of the event that would have been there with it."""
    await services.scope.settle()
    return explain_situation(wanted, await known(services, services.after, wanted))


async def explain_no_worker(services: "BackgroundServices") -> NoneRegisteredError:
    """Why no page has registered a worker, as far as the pages of the browsers show it."""
    scope, missing = services.scope, NoneRegisteredError(NONE, "Open the page first.")
    for recorder in scope.recorders:
        missing = await explain_missing(recorder.browser, scope.contexts)
        if str(missing) != NONE:
            break
    return missing


async def known(services: "BackgroundServices", after: int, wanted: Expected) -> Known:
    events = await services.find(Expected(), services.after)
    late = {event.id for event in await services.find(Expected(), after)}
    errors = await services.thrown()
    workers = services.known_workers()
    return Known(
        events=events,
        earlier={event.id for event in events} - late,
        workers=workers,
        errors=errors,
        logged=[error for observer in services.observers for error in observer.registrations.logged],
        remarks=await remarks(services, workers, wanted),
        where=services.scope.where,
        elsewhere=await services.count_others(),
    )


async def remarks(services: "BackgroundServices", workers: Collection[Worker], wanted: Expected) -> list[str]:
    found = [limit_of(recorder.browser.product) for recorder in services.scope.recorders]
    if not workers:
        missing = await explain_no_worker(services)
        found.append(f"{missing}. {missing.remedy}")
    service = SERVICES.get(wanted.service or "")
    if service and (event_type := service.handler):
        observers = {observer.context_id: observer for observer in services.observers}
        for worker in workers:
            observer = observers.get(worker.browser_context)
            if observer and await has_handler(observer, worker, event_type) is False:
                found.append(no_handler(worker.scope, event_type))
    lab = services.scope.lab
    network = lab.network if lab else None
    if network is not None and not network.is_online:
        found.append("the browser is offline: its network in the lab is switched off")
    else:
        found += [await why_offline(observer) for observer in services.observers]
    return list(dict.fromkeys(filter(None, found)))
