"""What a store has of a site: added to what a browser was asked, or alone."""

from datetime import timedelta

import msgspec

from cdp_bgservices.browser.site.facts import latest
from cdp_bgservices.browser.site.sites import Site
from cdp_bgservices.coverage.report import FRESH, gaps_of
from cdp_bgservices.coverage.values import MEANINGS, State
from cdp_bgservices.events import Event, Service
from cdp_bgservices.explanation.chosen import Chosen
from cdp_bgservices.explanation.looking import Looked
from cdp_bgservices.heartbeat import name_here
from cdp_bgservices.query import Query
from cdp_bgservices.store.protocol import Engine
from cdp_bgservices.why.values import Facts, GapFacts, RecorderFacts, RecordingFacts, SiteFacts, Unknown, WorkerFacts

MOST_STORED = 1000
"""The events of a site that are read from a store, the latest."""
MOST_ERRORS = 20
MOST_GAPS = 10
GAPS_OF = timedelta(days=1)


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
        if event.scope is not None and chosen.takes_context(event.browser_context)
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
