"""The facts of one site, gathered while its browser context is observed."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import msgspec

from cdp_bgservices.browser.missing_worker import MOST, address_of, cause_of, look
from cdp_bgservices.browser.observer import Observer
from cdp_bgservices.browser.site.answers import NO_PAGE, Answers, answered, ask, is_third_party
from cdp_bgservices.browser.site.sites import OpenPage, Site, pages_of
from cdp_bgservices.browser.site.surroundings import Surroundings
from cdp_bgservices.events import Event, Service
from cdp_bgservices.protocol.workers import Worker, usefulness, workers_of
from cdp_bgservices.vocabulary.permissions import PERMISSIONS
from cdp_bgservices.why.values import (
    Facts,
    Permission,
    RecordingFacts,
    RegisteredFacts,
    SiteFacts,
    Unknown,
    WorkerFacts,
)

MOST_EVENTS = 200
"""Of each service, the latest."""
NOTHING = RegisteredFacts(
    sync_tags=(), periodic_tags=(), fetches=(), subscriptions=(), notifications=(), has_payment_manager=False
)


async def gather(
    observer: Observer,
    surroundings: Surroundings,
    site: Site,
    pages: Sequence[OpenPage],
    events: Iterable[Event],
    *,
    start_worker: bool = True,
    is_emulated_offline: bool | Unknown = False,
) -> Facts:
    """The facts, which ask about no service yet: ``msgspec.structs.replace(facts, service=…)``. ``events``: those of
    the context's log, in any order. Raises BrowserLostError with the browser.
    """
    chosen = latest(site, events)
    worker = next(
        (each for each in workers_of(observer.registrations, observer.context_id) if each.scope == site.scope), None
    )
    own = pages_of(site, pages)
    answers = await ask(observer, site, worker, own, start_worker=start_worker)
    return Facts(
        service="",
        moment=datetime.now(UTC),
        browser=surroundings.browser,
        site=await site_facts(observer, surroundings, site, own, answers, chosen, is_emulated_offline),
        worker=worker_facts(observer, worker, answers),
        registered=NOTHING if worker is None else registered_facts(answers),
        permissions=permission_facts(surroundings, site, answers),
        recordings=recording_facts(observer, surroundings),
        events=tuple(chosen),
    )


def latest(site: Site, events: Iterable[Event]) -> list[Event]:
    """Those of the site, oldest first. A payment handler is installed before it has a scope."""
    own = [
        event
        for event in sorted(events, key=lambda event: event.timestamp)
        if event.scope == site.scope or (event.scope is None and event.origin.rstrip("/") == site.origin)
    ]
    kept = {
        event.id for service in Service for event in [each for each in own if each.service == service][-MOST_EVENTS:]
    }
    return [event for event in own if event.id in kept]


async def site_facts(
    observer: Observer,
    surroundings: Surroundings,
    site: Site,
    pages: Sequence[OpenPage],
    answers: Answers,
    events: Sequence[Event],
    is_emulated_offline: bool | Unknown,
) -> SiteFacts:
    asked = answered(answers)
    answer = asked.answer if asked else NO_PAGE
    cause = None
    if site.scope is None or not is_registered(observer, site):
        cause = cause_of({address_of(page.url): await look(observer.browser, page.target_id) for page in pages[:MOST]})
    scopes = {each.scope_url for each in observer.registrations.registrations.values()} - {site.scope}
    others = tuple(sorted(scope for scope in scopes if scope.startswith(f"{site.origin}/")))
    if cause is not None and site.scope is not None and others:
        cause = cause._replace(clause=f"none has the scope {site.scope}", remedy=f"There is: {', '.join(others)}")
    return SiteFacts(
        origin=site.origin,
        scope=None if cause else site.scope,
        other_scopes=others,
        page=address_of(pages[0].url) if pages else None,
        pages=sum(not page.is_frame for page in pages),
        is_secure=answer.is_secure if not isinstance(answer, Unknown) else answer if cause else True,
        is_third_party=is_third_party(answers, events),
        missing=cause.clause if cause else None,
        missing_remedy=cause.remedy if cause else "",
        page_errors=answers.page.errors if answers.page else NO_PAGE,
        is_online=await surroundings.is_online() if isinstance(answer, Unknown) else answer.is_online,
        is_emulated_offline=is_emulated_offline,
        is_installed=surroundings.is_installed(answers.page.app) if answers.page else NO_PAGE,
        engagement=surroundings.engagement(site.origin),
    )


def is_registered(observer: Observer, site: Site) -> bool:
    return any(each.scope_url == site.scope for each in observer.registrations.registrations.values())


def worker_facts(observer: Observer, worker: Worker | None, answers: Answers) -> WorkerFacts:
    if worker is None:
        return WorkerFacts(versions=(), handlers=(), errors=())
    registrations, asked = observer.registrations, answers.worker
    versions = sorted(registrations.versions_of(worker.registration_id), key=usefulness, reverse=True)
    reported = [each.error_message for each in registrations.errors if each.registration_id == worker.registration_id]
    errors = answers.why_not if asked is None else asked.errors
    if isinstance(errors, Unknown):
        errors = tuple(reported) or errors
    return WorkerFacts(
        versions=tuple(versions),
        was_started=answers.was_started,
        handlers=answers.why_not if asked is None else asked.handlers,
        errors=errors,
    )


def registered_facts(answers: Answers) -> RegisteredFacts:
    """Of the page; the notifications of the worker, and all of it where the page does not answer."""
    asked = answered(answers)
    if asked is None:
        return unknown_facts(answers.why_not)
    if isinstance(asked.answer, Unknown):
        return unknown_facts(asked.answer)
    found = asked.answer.facts()
    if asked is answers.page and answers.worker is not None and not isinstance(answers.worker.answer, Unknown):
        found = msgspec.structs.replace(found, notifications=answers.worker.answer.facts().notifications)
    return found


def unknown_facts(why: Unknown) -> RegisteredFacts:
    return RegisteredFacts(**dict.fromkeys(RegisteredFacts.__struct_fields__, why))


def permission_facts(surroundings: Surroundings, site: Site, answers: Answers) -> dict[str, Permission]:
    asked = answered(answers)
    answer = asked.answer if asked else answers.why_not
    return {
        name: Permission(
            page=answer if isinstance(answer, Unknown) else answer.permission(name),
            profile=surroundings.setting(name, site.origin),
            default=surroundings.default(name),
        )
        for name in PERMISSIONS
    }


def recording_facts(observer: Observer, surroundings: Surroundings) -> dict[str, RecordingFacts]:
    states = {service: recording.is_recording for service, recording in observer.recordings.items()}
    lapses = surroundings.lapses()
    return {
        str(service): RecordingFacts(
            is_on=states.get(service),
            armed_until=None if not states.get(service) else lapses.get(service, surroundings.no_settings),
        )
        for service in Service
    }
