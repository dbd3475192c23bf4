"""What is known when an expectation of a test fails: what occurred instead, and what prevented the event."""

from datetime import timedelta

from cdp_bgservices.browser import missing_worker
from cdp_bgservices.browser.firing import why_offline
from cdp_bgservices.browser.handling import has_handler
from cdp_bgservices.browser.open_contexts import OpenContexts
from cdp_bgservices.browser.opening import limit_of
from cdp_bgservices.browser.outcome import no_handler
from cdp_bgservices.errors import BackgroundServicesError, BrowserLostError, ExpectationError
from cdp_bgservices.protocol.workers import NoneRegisteredError
from cdp_bgservices.query import format_duration
from cdp_bgservices.testing.expected import Expected
from cdp_bgservices.testing.explaining import explain_missing
from cdp_bgservices.testing.failure import Known, explain_failure, explain_situation
from cdp_bgservices.testing.scope import View
from cdp_bgservices.vocabulary.services import SERVICES


async def failure(view: View, after: int, wanted: Expected, timeout: float, ended: str) -> BackgroundServicesError:
    """The error for an event that did not occur after a cursor. ``ended``: why no further event can occur, if so."""
    if ended and view.scope.contexts is None:
        return BrowserLostError(f"{ended} before {wanted} occurred")
    waited = format_duration(timedelta(seconds=timeout))
    return ExpectationError(explain_failure(wanted, waited, await known(view, after, wanted), ended=ended))


async def situation(view: View, wanted: Expected) -> str:
    """For any other failure: what occurred instead of the event that belongs to it."""
    await view.scope.settle()
    return explain_situation(wanted, await known(view, view.after, wanted))


async def explain_no_worker(view: View) -> NoneRegisteredError:
    """Why no page has registered a worker, as far as the pages show it."""
    scope, missing = view.scope, NoneRegisteredError(missing_worker.NONE, "Open the page first.")
    for recorder in scope.recorders:
        missing = await missing_worker.explain_missing(recorder.browser, scope.contexts)
        if str(missing) != missing_worker.NONE:
            break
    return missing


async def known(view: View, after: int, wanted: Expected) -> Known:
    await view.scope.wait_learned()
    events = await view.find(Expected(), view.after)
    late = {event.id for event in await view.find(Expected(), after)}
    errors = await view.thrown()
    contexts = view.scope.open_contexts
    explained = await explain_missing(view, wanted)
    return Known(
        events=events,
        earlier={event.id for event in events} - late,
        workers=contexts.workers,
        errors=errors,
        logged=contexts.logged,
        reasons=explained.lines,
        remarks=await remarks(view, contexts, wanted, is_explained=explained.is_answer),
        where=view.scope.where,
        others=view.scope.others,
        elsewhere=await view.count_others(),
    )


async def remarks(view: View, contexts: OpenContexts, wanted: Expected, *, is_explained: bool) -> list[str]:
    """``is_explained``: whether the reasons of the service say what its site lacks."""
    found = [limit_of(recorder.browser.product) for recorder in view.scope.recorders]
    if not contexts.workers and not is_explained:
        missing = await explain_no_worker(view)
        found.append(f"{missing}. {missing.remedy}")
    service = SERVICES.get(wanted.service or "")
    # The reasons name a missing handler of the service's own; most notifications are shown by a push's.
    if service and (event_type := service.handler) and not (is_explained and event_type in service.handlers):
        for worker in contexts.workers:
            if await has_handler(contexts.observer_of(worker), worker, event_type) is False:
                found.append(no_handler(worker.scope, event_type))
    lab = view.scope.lab
    network = lab.network if lab else None
    if network is not None and not network.is_online:
        found.append("the browser is offline: its network in the lab is switched off")
    else:
        push = lab.push_service if lab else None
        if push is not None and push.subscriptions and not push.browsers:
            found.append("no browser is connected to the lab's push service: its messages wait")
        if not is_explained:
            found += [await why_offline(observer) for observer in contexts.observers]
    return list(dict.fromkeys(filter(None, found)))
