"""The facts of one site, gathered while its browser context is observed.

An open page of the site is asked, otherwise its worker. A worker that is stopped has to be started: only a running one
can say which handlers it has. The facts say that it was.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

import msgspec
import trio

from cdp_bgservices.browser.missing_worker import MOST, address_of, cause_of, look
from cdp_bgservices.browser.observer import Observer
from cdp_bgservices.browser.site.asking import Asked, ask_page, ask_worker
from cdp_bgservices.browser.site.sites import OpenPage, Site, pages_of
from cdp_bgservices.browser.site.surroundings import Surroundings
from cdp_bgservices.browser.subscriptions import running_target
from cdp_bgservices.browser.worker_acts import act_on
from cdp_bgservices.errors import BrowserError, BrowserLostError, TriggerError
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

STARTING = 5.0
"""Seconds for a stopped worker to start. Chromium does not report that it failed to."""
SETTLED = timedelta(seconds=10)
"""After this time a notification that was displayed is on the screen: to read it does not remove it."""
DISPLAYED = "Notification displayed"
MOST_ASKED = 3
"""Pages, one after the other, until one answers."""
MOST_EVENTS = 200
"""Of each service, the latest."""

NO_PAGE = Unknown("no page of it is open")
NOTHING = RegisteredFacts(
    sync_tags=(), periodic_tags=(), fetches=(), subscriptions=(), notifications=(), has_payment_manager=False
)


class Answers(msgspec.Struct):
    """Of the site's page and of its worker, as far as they were asked."""

    page: Asked | None = None
    is_frame: bool = False
    """Whether the page that was asked is a frame of another site."""
    worker: Asked | None = None
    was_started: bool = False
    why_not: Unknown = Unknown("its worker is not running")
    """Why the worker was not asked."""


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
    answers = await ask(observer, site, worker, own, chosen, start_worker=start_worker)
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


async def ask(
    observer: Observer,
    site: Site,
    worker: Worker | None,
    pages: Sequence[OpenPage],
    events: Sequence[Event],
    *,
    start_worker: bool,
) -> Answers:
    browser, answers = observer.browser, Answers()
    for page in pages[:MOST_ASKED]:  # One that hangs does not answer; another one may.
        answers.page, answers.is_frame = await ask_page(browser, page.target_id, site.scope), page.is_frame
        if not isinstance(answers.page.answer, Unknown):
            break
    if worker is None:
        return answers
    if running_target(observer.registrations, worker) is None and start_worker:
        answers.why_not = Unknown(f"its worker did not start within {STARTING:g} s")
        with trio.move_on_after(STARTING):
            try:
                await act_on(observer, worker, "start")
                answers.was_started = True
            except BrowserLostError:
                raise
            except (TriggerError, BrowserError) as error:
                answers.why_not = Unknown(f"its worker could not be started: {error}")
    if target := running_target(observer.registrations, worker):
        is_readable = may_read_notifications(observer, events)
        answers.worker = await ask_worker(browser, target, site.scope, notifications=is_readable)
    return answers


def may_read_notifications(observer: Observer, events: Sequence[Event]) -> bool:
    """Whether to read them certainly does not remove one that is on its way to the screen."""
    recording = observer.recordings.get(Service.NOTIFICATIONS)
    if observer.browser.shows_late or recording is None or not recording.is_recording:
        return False
    recent = datetime.now(UTC) - SETTLED
    return not any(event.event_name == DISPLAYED and event.timestamp > recent for event in events)


def answered(answers: Answers) -> Asked | None:
    """The page if it has answered, otherwise the worker."""
    given = [each for each in (answers.page, answers.worker) if each is not None]
    return next((each for each in given if not isinstance(each.answer, Unknown)), next(iter(given), None))


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


def is_third_party(answers: Answers, events: Sequence[Event]) -> bool | Unknown:
    """By the storage key of its events, in which ``^`` stands before the other site; or because the site's own page
    does not see the registration, or a frame of another site does (third_party/blink/common/storage_key/).
    """
    keys = [event.storage_key for event in events if event.storage_key]
    if keys:
        return "^" in keys[-1]
    if answers.page is None:
        return NO_PAGE
    if isinstance(answers.page.answer, Unknown):
        return answers.page.answer
    seen = answers.page.answer.has_registration
    if seen is None:
        return Unknown("the page could not look")
    return seen if answers.is_frame else not seen and answers.worker is not None


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
