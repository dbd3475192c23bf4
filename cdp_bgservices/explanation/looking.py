"""The facts of the sites of a browser: of each that is meant, in every browser context."""

from collections.abc import Sequence
from functools import partial

import msgspec

from cdp_bgservices.browser.context_list import read_contexts
from cdp_bgservices.browser.each_context import ask_each
from cdp_bgservices.browser.observer import Observer, open_observer
from cdp_bgservices.browser.opening import Browser
from cdp_bgservices.browser.site.facts import gather
from cdp_bgservices.browser.site.sites import Site, open_pages, sites_of
from cdp_bgservices.browser.site.surroundings import read_surroundings
from cdp_bgservices.browser.switching import Settings
from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.events import Event, Service
from cdp_bgservices.explanation.chosen import Chosen, is_meant
from cdp_bgservices.protocol.workers import workers_of
from cdp_bgservices.why.values import Facts, Unknown


class Looked(msgspec.Struct, frozen=True, kw_only=True):
    """What a browser was asked: of each site its facts, which ask about no service yet."""

    facts: list[Facts]
    source: str
    """The name of its first profile, before the store's own rule."""
    identity: str
    is_here: bool


async def look(browser: Browser, chosen: Chosen, *, start_worker: bool = True) -> Looked:
    """The facts of each site that is meant, in every browser context.

    Raises InvalidInputError for a context that is not there, BrowserError.
    """
    contexts = await read_contexts(browser)
    open_ids = [each for each in (*contexts.shown, *contexts.made) if chosen.takes_context(each)]
    if not open_ids:
        known = ", ".join(each for each in (*contexts.shown, *contexts.made) if each) or "none"
        raise InvalidInputError(f"no browser context has the id {chosen.browser_context}", f"There is: {known}.")
    ask = partial(look_at_context, chosen=chosen, start_worker=start_worker)
    answers = await ask_each(browser, contexts, ask, "which sites are in")
    found = [facts for each in answers.values() for facts in each]
    if not found and (place := chosen.place) is not None:  # It is not there, and that has a reason.
        found = await look_at_context(
            browser, open_ids[0], chosen=chosen, start_worker=start_worker, missing=[Site(*place, open_ids[0])]
        )
    return Looked(facts=found, source=browser.source, identity=browser.identity, is_here=browser.is_here)


async def look_at_context(
    browser: Browser, context_id: str, *, chosen: Chosen, start_worker: bool, missing: Sequence[Site] = ()
) -> list[Facts]:
    """Those of one context that are meant. Raises BrowserError."""
    if not chosen.takes_context(context_id):
        return []
    events: list[Event] = []

    async def keep(page: Sequence[Event]) -> None:
        events.extend(page)

    settings = Settings(source=browser.source, services=tuple(Service), arm=False)
    async with open_observer(browser, context_id, settings, keep) as (observer, _):
        found = await look_from(observer, chosen, events, start_worker=start_worker, missing=missing)
        await observer.stop()
    return found


async def look_from(
    observer: Observer,
    chosen: Chosen,
    events: Sequence[Event],
    *,
    start_worker: bool = True,
    is_emulated_offline: bool | Unknown = False,
    missing: Sequence[Site] = (),
) -> list[Facts]:
    """Those of the context that this observer observes. ``events``: of the context, from its log or a store.
    ``missing``: the sites to look at instead of those that are there. Raises BrowserError.
    """
    context_id = observer.context_id
    pages = await open_pages(observer.browser, context_id)
    known = sites_of(workers_of(observer.registrations, context_id), pages, context_id)
    surroundings = await read_surroundings(observer)
    return [
        await gather(
            observer,
            surroundings,
            site,
            pages,
            events,
            start_worker=start_worker,
            is_emulated_offline=is_emulated_offline,
        )
        for site in missing or [each for each in known if is_meant(each, chosen)]
    ]
