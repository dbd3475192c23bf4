"""What an open page of a site and its worker answer.

A worker that is stopped has to be started: only a running one can say which handlers it has. The answers say that it
was.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec
import trio

from cdp_bgservices.browser.observer import Observer
from cdp_bgservices.browser.site.asking import Asked, ask_page, ask_worker
from cdp_bgservices.browser.site.sites import OpenPage, Site
from cdp_bgservices.browser.subscriptions import running_target
from cdp_bgservices.browser.worker_acts import act_on
from cdp_bgservices.errors import BrowserError, BrowserLostError, TriggerError
from cdp_bgservices.events import Event, Service
from cdp_bgservices.protocol.workers import Worker
from cdp_bgservices.why.values import Unknown

STARTING = 5.0
"""Seconds for a stopped worker to start. Chromium does not report that it failed to."""
SETTLED = timedelta(seconds=10)
"""After this time a notification that was displayed is on the screen: to read it does not remove it."""
MOST_ASKED = 3
"""Pages, one after the other, until one answers."""

NO_PAGE = Unknown("no page of it is open")


class Answers(msgspec.Struct):
    """Of the site's page and of its worker, as far as they were asked."""

    page: Asked | None = None
    is_frame: bool = False
    """Whether the page that was asked is a frame of another site."""
    worker: Asked | None = None
    was_started: bool = False
    why_not: Unknown = Unknown("its worker is not running")
    """Why the worker was not asked."""


async def ask(
    observer: Observer,
    site: Site,
    worker: Worker | None,
    pages: Sequence[OpenPage],
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
        is_readable = await may_read_notifications(observer, worker)
        answers.worker = await ask_worker(browser, target, site.scope, notifications=is_readable)
    return answers


async def may_read_notifications(observer: Observer, worker: Worker) -> bool:
    """Whether to read them certainly does not remove one that is on its way to the screen: by what the browser has
    reported until now, since pages may have been asked for seconds, and its worker started.
    """
    is_observed = await observer.settle()
    recording = observer.recordings.get(Service.NOTIFICATIONS)
    if observer.browser.shows_late or not is_observed or recording is None or not recording.is_recording:
        return False
    return not observer.learning.displays.has_since(datetime.now(UTC) - SETTLED, worker.registration_id)


def answered(answers: Answers) -> Asked | None:
    """The page if it has answered, otherwise the worker."""
    given = [each for each in (answers.page, answers.worker) if each is not None]
    return next((each for each in given if not isinstance(each.answer, Unknown)), next(iter(given), None))


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
