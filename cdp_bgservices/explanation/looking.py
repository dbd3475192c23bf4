"""Why a background service of a site does nothing: the facts of a browser, of a store, or of both, and the reasons."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from functools import partial

import msgspec

from cdp_bgservices.browser.browser_facts import read_surroundings
from cdp_bgservices.browser.context_list import read_contexts
from cdp_bgservices.browser.each_context import ask_each
from cdp_bgservices.browser.missing_worker import SCHEMES
from cdp_bgservices.browser.observer import Observer, open_observer
from cdp_bgservices.browser.opening import Browser
from cdp_bgservices.browser.site_facts import gather, latest
from cdp_bgservices.browser.sites import Site, open_pages, origin_of, sites_of
from cdp_bgservices.browser.switching import Settings
from cdp_bgservices.coverage.report import FRESH, gaps_of
from cdp_bgservices.coverage.values import MEANINGS, State
from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.events import Event, Service
from cdp_bgservices.heartbeat import name_here
from cdp_bgservices.protocol.workers import workers_of
from cdp_bgservices.query import Query, parse_service
from cdp_bgservices.store.protocol import Engine
from cdp_bgservices.store.trio_store import Store
from cdp_bgservices.why.reasons import reasons
from cdp_bgservices.why.values import (
    Facts,
    GapFacts,
    Reason,
    RecorderFacts,
    RecordingFacts,
    SiteFacts,
    Unknown,
    WorkerFacts,
)

MOST_STORED = 1000
"""The events of a site that are read from a store, the latest."""
MOST_ERRORS = 20
MOST_GAPS = 10
GAPS_OF = timedelta(days=1)


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """Which sites are meant; all of them without any of these."""

    scope: str | None = None
    origin: str | None = None
    browser_context: str | None = None
    """The beginning of its id."""

    def takes(self, site: Site) -> bool:
        return (
            (self.scope is None or (site.scope or "").rstrip("/") == self.scope.rstrip("/"))
            and self.origin in (None, site.origin)
            and site.browser_context.startswith(self.browser_context or "")
        )

    @property
    def place(self) -> tuple[str, str | None] | None:
        """The origin and the scope, where one is named."""
        if self.scope is not None:
            return origin_of(self.scope), self.scope
        return None if self.origin is None else (self.origin, None)


class Looked(msgspec.Struct, frozen=True, kw_only=True):
    """What a browser was asked: of each site its facts, which ask about no service yet."""

    facts: list[Facts]
    source: str
    """The name of its first profile, before the store's own rule."""
    identity: str
    is_here: bool


async def explain(
    browser: Browser,
    service: str,
    *,
    scope: str | None = None,
    tag: str | None = None,
    browser_context: str | None = None,
    store: Store | None = None,
    start_worker: bool = True,
) -> list[Reason]:
    """Why a service of a site does nothing, the decisive reason first; where nothing hinders it, the first one says so.

    ``scope`` is needed only where several sites are open. ``tag``: of one sync, fetch or notification. A ``store``
    adds what was recorded before. A stopped worker is started, unless ``start_worker`` is False: otherwise it is not
    known which handlers it has. A fact that cannot be looked at is a reason of its own, with the effect ``unknown``.

    Raises InvalidInputError for an unknown service and where several sites match, or none; BrowserError.
    """
    name = parse_service(service)
    looked = await look(browser, Chosen(scope=scope, browser_context=browser_context), start_worker=start_worker)
    found = looked.facts if store is None else await store.ask(partial(with_store, looked=looked))
    if not found:
        raise InvalidInputError("this browser has no open page and no service worker", "Open the page first.")
    if len(found) > 1:
        raise InvalidInputError("there are several sites", f"Give the scope of one: {names_of(found)}")
    return reasons(msgspec.structs.replace(found[0], service=name, tag=tag))


def names_of(found: Iterable[Facts]) -> str:
    return ", ".join(dict.fromkeys(each.site.scope or f"{each.site.origin}/" for each in found))


async def look(browser: Browser, chosen: Chosen, *, start_worker: bool = True) -> Looked:
    """The facts of each site that is meant, in every browser context.

    Raises InvalidInputError for a context that is not there, BrowserError.
    """
    contexts = await read_contexts(browser)
    open_ids = [each for each in (*contexts.shown, *contexts.made) if each.startswith(chosen.browser_context or "")]
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
    if not context_id.startswith(chosen.browser_context or ""):
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


def is_meant(site: Site, chosen: Chosen) -> bool:
    """Workers of extensions, and of the browser's own pages, only where their scope is named."""
    return chosen.takes(site) and (chosen.scope is not None or site.name.startswith(SCHEMES))


def with_store(engine: Engine, looked: Looked) -> list[Facts]:
    """The same facts, with what a store has of the browser. Raises StoreError."""
    recorders = [each for each in engine.recorders(engine.clock() - FRESH) if not each.is_over]
    own = [each for each in recorders if looked.identity and each.browser == looked.identity]
    source = own[0].source if own else name_here(looked.source, engine) if looked.is_here else looked.source
    return [with_stored(engine, source, facts) for facts in looked.facts]


def with_stored(engine: Engine, source: str, facts: Facts) -> Facts:
    """What was recorded of a site in an earlier run of the browser counts only where its context is a profile's own."""
    is_made = facts.browser.is_off_the_record is True and not isinstance(facts.browser.browser_context, Unknown)
    query = Query(
        sources=(source,),
        origins=(facts.site.origin,),
        browser_contexts=(str(facts.browser.browser_context),) if is_made else (),
        limit=MOST_STORED,
    )
    known = () if isinstance(facts.events, Unknown) else facts.events
    by_identity = {identity(event): event for event in (*known, *engine.events(query))}
    site = Site(facts.site.origin, facts.site.scope, "")
    return msgspec.structs.replace(
        facts,
        events=tuple(latest(site, by_identity.values())),
        worker=with_thrown(engine, query, facts),
        recordings=with_recorders(engine, source, facts),
    )


def identity(event: Event) -> tuple[object, ...]:
    """Whatever its source is called in the store."""
    return event.timestamp, event.service, event.event_name, event.registration_id, event.instance_id


def with_thrown(engine: Engine, query: Query, facts: Facts) -> WorkerFacts:
    scope, origin = facts.site.scope, f"{facts.site.origin}/"
    # Without a worker, those of every scope of the site: a script that throws at once is not installed.
    asked = msgspec.structs.replace(query, origins=(), scopes=(scope,) if scope else (), limit=MOST_ERRORS)
    stored = [each.message for each in engine.thrown(asked) if (each.scope or "").startswith(scope or origin)]
    errors = facts.worker.errors
    if isinstance(errors, Unknown):
        return msgspec.structs.replace(facts.worker, errors=tuple(stored) or errors)
    earlier = [each for each in stored if each not in errors]
    return msgspec.structs.replace(facts.worker, errors=(*earlier, *errors))


def with_recorders(engine: Engine, source: str, facts: Facts) -> dict[str, RecordingFacts]:
    now = engine.clock()
    recorders = tuple(
        RecorderFacts(host=each.host, since=each.since)
        for each in engine.recorders(now - FRESH, (source,))
        if not each.is_over
    )
    coverage = engine.coverage((source,))
    found = {}
    for service in Service:
        gaps = [
            gap
            for gap in gaps_of(coverage, now - GAPS_OF, now, (source,), (service,), from_the_start=False)
            if gap.state is not State.PENDING  # The browser keeps what happens, and that is read here.
        ]
        found[str(service)] = msgspec.structs.replace(
            facts.recordings.get(service, RecordingFacts()),
            recorders=recorders,
            gaps=tuple(
                GapFacts(
                    begin=gap.begin, end=gap.end, why=MEANINGS[gap.state] + (f": {gap.detail}" if gap.detail else "")
                )
                for gap in gaps[-MOST_GAPS:]
            ),
        )
    return found


def look_at_store(engine: Engine, chosen: Chosen) -> list[Facts]:
    """What a store alone has of each site: everything else is unknown. Raises StoreError."""
    place = chosen.place
    query = Query(origins=(place[0],) if place else (), limit=MOST_STORED)
    sites = {
        (event.source, Site(event.origin.rstrip("/"), event.scope, ""))
        for event in engine.events(query)
        if event.scope is not None and event.browser_context.startswith(chosen.browser_context or "")
    }
    return [
        with_stored(
            engine,
            source,
            Facts(service="", moment=engine.clock(), site=SiteFacts(origin=site.origin, scope=site.scope), events=()),
        )
        for source, site in sorted(sites, key=lambda each: (each[1].name, each[0]))
        if chosen.takes(msgspec.structs.replace(site, browser_context=chosen.browser_context or ""))
    ]
