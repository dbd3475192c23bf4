"""Questions to all browser contexts of a browser, for commands that do not stay attached: their workers, what they
record; and the clearing of their logs.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import datetime
from logging import getLogger
from typing import TypeVar

import msgspec
import trio
from cdp import service_worker

from cdp_bgservices.browser.connection import Session
from cdp_bgservices.browser.context_list import Contexts, read_contexts
from cdp_bgservices.browser.observer import open_observer
from cdp_bgservices.browser.opening import Browser, note_all
from cdp_bgservices.browser.profile import armed_until
from cdp_bgservices.browser.profile_folders import profiles_shown
from cdp_bgservices.browser.switching import Settings
from cdp_bgservices.browser.targets import ContextGoneError, NothingShownError, ask_target, unobservable
from cdp_bgservices.errors import BrowserError, CommandError
from cdp_bgservices.events import Service
from cdp_bgservices.protocol import commands
from cdp_bgservices.protocol.registrations import Registrations
from cdp_bgservices.protocol.workers import Worker, workers_of

log = getLogger(__name__)

Answer = TypeVar("Answer")

LISTING_DEADLINE = 5.0
"""Seconds for a browser to report the registrations of one context."""


class ServiceState(msgspec.Struct, frozen=True):
    recording: bool
    armed_until: datetime | None
    """When the browser stops recording; None if it does not record, or that is unknown."""


class ContextRecordings(msgspec.Struct, frozen=True):
    browser_context: str
    is_default: bool
    """Whether it is the profile that was used last."""
    services: dict[str, ServiceState]
    profile: str | None = None
    """The profile's folder, if it is known: ``Default``, ``Profile 1``."""


class BrowserRecordings(msgspec.Struct, frozen=True):
    product: str
    profile: str | None
    """The user data folder."""
    contexts: list[ContextRecordings]


async def ask_each(
    browser: Browser, contexts: Contexts, ask: Callable[[Browser, str], Awaitable[Answer]], what: str
) -> dict[str, Answer]:
    """The answer of each context. A context that cannot be asked is logged as a warning, and ``what`` names what is not
    known then. One that was made over the protocol and has ended is skipped.

    Raises BrowserError where no context can be asked: an empty answer would be wrong.
    """
    answers: dict[str, Answer] = {}
    refusals: dict[str, BrowserError] = {}
    for context_id in (*contexts.shown, *contexts.made):
        try:
            answers[context_id] = await ask(browser, context_id)
        except (ContextGoneError, CommandError) as error:
            refusals[context_id] = error
    if not answers:
        raise unobservable(next(iter(refusals.values()), NothingShownError()))
    for context_id, refusal in refusals.items():
        if context_id in contexts.shown or isinstance(refusal, CommandError):
            log.warning("%s context %s is not known: %s", what, context_id, refusal)
    return answers


async def list_workers(browser: Browser) -> list[Worker]:
    """The workers of all browser contexts, sorted by scope. A context that cannot be asked is logged as a warning.

    Raises BrowserError where no context can be asked: an empty list would be wrong.
    """
    found = await ask_each(browser, await read_contexts(browser), workers_in, "which workers there are in")
    workers = [worker for each in found.values() for worker in each]
    return sorted(workers, key=lambda worker: (worker.scope, worker.browser_context))


async def workers_in(browser: Browser, context_id: str) -> list[Worker]:
    """The workers of one context. Raises ContextGoneError, CommandError."""

    async def list_from(session: Session) -> list[Worker]:
        registrations = Registrations()
        session.listen()
        await session.call(service_worker.enable())
        with trio.move_on_after(LISTING_DEADLINE):
            # Both lists come right after the reply, even if they are empty: versions last.
            while not registrations.reported:
                note_all(session, await session.notifications(), registrations.note)
        return workers_of(registrations, context_id)

    return await ask_target(browser, context_id, list_from)


async def read_recordings(browser: Browser) -> BrowserRecordings:
    """Which services each context records. A context that cannot be asked is logged as a warning.

    Until when they record is known only for profiles with a folder on this machine: it is in a profile's preferences,
    and not in the protocol.

    Raises BrowserError, also if no context can be asked.
    """
    contexts = await read_contexts(browser)
    found = await ask_each(browser, contexts, read_context, "what is recorded in")
    profiles = profiles_shown(browser.profile, contexts, found)
    recordings = [
        ContextRecordings(context_id, context_id == contexts.default, states_of(browser, states, profile), profile)
        for context_id, states in found.items()
        for profile in [profiles.get(context_id)]
    ]
    return BrowserRecordings(browser.product, str(browser.profile) if browser.profile else None, recordings)


def states_of(browser: Browser, states: Mapping[str, bool], profile: str | None) -> dict[str, ServiceState]:
    lapses = armed_until(browser.profile, profile) if browser.profile and profile else {}
    return {service: ServiceState(on, lapses.get(service) if on else None) for service, on in states.items()}


async def read_context(browser: Browser, context_id: str) -> dict[str, bool]:
    """Whether each service is recorded there. Raises ContextGoneError, BrowserError."""
    settings = Settings(source="", services=tuple(Service), arm=False)
    async with open_observer(browser, context_id, settings) as (observer, _):
        await observer.stop()
    if not observer.recordings:
        raise ContextGoneError(f"the browser context {context_id} has no target to observe it from")
    return {service: state.is_recording for service, state in observer.recordings.items()}


async def clear_log(browser: Browser, services: Collection[str]) -> None:
    """Delete the browser's own log of these services in all open contexts. It cannot be undone.

    Raises BrowserError, also if the log of no context can be deleted.
    """

    async def clear_from(session: Session) -> None:
        for service in services:
            await session.call(commands.clear_events(service))

    async def clear(browser: Browser, context_id: str) -> None:
        await ask_target(browser, context_id, clear_from)

    await ask_each(browser, await read_contexts(browser), clear, "whether the log is cleared of")
