"""The rules of periodic background sync."""

from collections.abc import Iterator
from datetime import timedelta

from cdp_bgservices.delays import DELAY, INTERVAL, milliseconds
from cdp_bgservices.events import Event, Service
from cdp_bgservices.vocabulary.permissions import DENIED
from cdp_bgservices.why.browsers import has_api, has_service, in_tab, on_the_record
from cdp_bgservices.why.engagement import factor, score_words
from cdp_bgservices.why.kinds import Kind, fine, listed, unknown
from cdp_bgservices.why.network import online
from cdp_bgservices.why.permitted import BLOCK, permitted
from cdp_bgservices.why.rule import Rule
from cdp_bgservices.why.syncs import (
    AT_ONCE,
    CONTROLLER,
    LONGEST,
    NEXT_ATTEMPT,
    NOT_DISPATCHED,
    NOT_REGISTERED,
    RUNNING,
    advised,
    delay_of,
    held_up,
    last_event,
    of_each,
    parameter,
)
from cdp_bgservices.why.times import at, length
from cdp_bgservices.why.values import Effect, Facts, Reason, Unknown
from cdp_bgservices.why.workers import handles

SERVICE = Service.PERIODIC_BACKGROUND_SYNC
UNREGISTERED, DISPATCHED = "Unregistered periodicsync", "Dispatched periodicsync event"
LEAST = 12 * 60 * 60
"""Seconds: ``kMinPeriodicSyncEventsInterval`` of content/public/browser/background_sync_parameters.cc."""

NOT_INSTALLED = Kind(
    key="not-installed",
    effect=Effect.BLOCKS,
    means="The site is not installed as an app in this profile, so periodicSync.register() is refused.",
    remedy="Install the site as an app. In a test: --grant ORIGIN.",
    source="chrome/browser/background_sync/periodic_background_sync_permission_context.cc",
)
TAKEN_BACK = Kind(
    key="unregistered",
    effect=Effect.BLOCKS,
    means="The periodic sync was unregistered: by the site, or because the permission was taken away.",
    remedy="Register it again: registration.periodicSync.register(tag, {minInterval}).",
    source="https://wicg.github.io/periodic-background-sync/#dom-periodicsyncmanager-unregister",
)
SUSPENDED = Kind(
    key="suspended",
    effect=Effect.BLOCKS,
    means="The site's engagement score is 0: Chromium suspends its periodic syncs until a user interacts with it.",
    remedy="Click, type or scroll in the site. A test fires it with a trigger: cdp-bgservices periodic-sync TAG.",
    source="chrome/browser/background_sync/background_sync_delegate_impl.cc",
)
NOT_ANNOUNCED = Kind(
    key="next-not-announced",
    effect=Effect.DELAYS,
    means="When Chromium fires it is not known: it announced that when nothing recorded it.",
    remedy="Record, and register it again: Chromium announces the time at each registration and after each event.",
    source=CONTROLLER,
)
KINDS = (NOT_INSTALLED, TAKEN_BACK, SUSPENDED, NOT_ANNOUNCED)


def allowed(facts: Facts) -> Iterator[Reason]:
    """Chromium never asks: it allows an installed app what the setting for background sync allows."""
    own, one_shot = facts.permission("periodic-background-sync"), facts.permission("background-sync")
    if own.page == DENIED and BLOCK in (one_shot.profile, one_shot.default):
        yield from permitted("background-sync")(facts)
    elif own.page == DENIED and facts.site.is_installed is not True:
        known = "" if facts.site.is_installed is False else " (whether it is, could not be looked at)"
        yield NOT_INSTALLED.because(
            f"{facts.site.origin} is not installed as an app in this profile{known}, so 'periodic-background-sync' is "
            "denied, and periodicSync.register() is refused."
            if not known
            else f"'periodic-background-sync' is denied, as it is to a site that is not installed as an app{known}."
        )
    else:
        yield from permitted("periodic-background-sync")(facts)


def state(facts: Facts) -> Iterator[Reason]:
    advice = "Register it in an open page of the site: registration.periodicSync.register(tag, {minInterval})."
    tags = facts.registered.periodic_tags
    return of_each(facts, tags, "periodic sync", waiting=waiting, gone=gone, advice=advice)


def gone(facts: Facts, tag: str, tags: tuple[str, ...]) -> Reason:
    last = last_event(facts, tag)
    if last is not None and last.event_name == UNREGISTERED:
        return TAKEN_BACK.because(f"The periodic sync '{tag}' was unregistered {at(last.timestamp, facts.moment)}.")
    return NOT_REGISTERED.because(
        f"No periodic sync '{tag}' is registered for {facts.site.place}; registered: {listed(tags)}.",
        advised(
            f"Register it in an open page of the site: registration.periodicSync.register('{tag}', {{minInterval}}).",
            tag,
            tags,
        ),
    )


def waiting(facts: Facts, tag: str) -> Reason:
    """When a registered periodic sync comes next."""
    last, sync = last_event(facts, tag), f"The periodic sync '{tag}'"
    if last is not None and last.event_name == DISPATCHED and facts.moment - last.timestamp < LONGEST:
        return RUNNING.because(
            f"{sync} was dispatched {at(last.timestamp, facts.moment)}; its handler has not ended yet."
        )
    announced = next((each for each in reversed(facts.events_of(tag)) if DELAY in each.metadata), None)
    fire = f"Wait, or fire it now: cdp-bgservices periodic-sync {tag}."
    if announced is None:
        words = score_words(facts)
        return NOT_ANNOUNCED.because(
            f"{sync} is registered; Chromium announced its time when nothing recorded it. {words}".strip()
        )
    delay = delay_of(announced)
    if delay is None:
        return suspended(facts, announced)
    due = announced.timestamp + delay
    if due + AT_ONCE <= facts.moment:
        return NOT_DISPATCHED.because(
            f"{sync} is due since {at(due, facts.moment)}, and Chromium has not dispatched it."
        )
    return NEXT_ATTEMPT.because(f"{sync} comes {at(due, facts.moment)}: {interval_words(facts, announced)}", fire)


def suspended(facts: Facts, announced: Event) -> Reason:
    """Chromium announced no time. It does not log that it revives one once a user interacts with the site."""
    engagement, sync = facts.site.engagement, f"The periodic sync '{announced.instance_id}'"
    since = at(announced.timestamp, facts.moment)
    is_revived = not isinstance(engagement, Unknown) and engagement.last and engagement.last > announced.timestamp
    if is_revived and not isinstance(engagement, Unknown) and engagement.score > 0:
        return NOT_ANNOUNCED.because(
            f"{sync} was suspended {since}, and a user has used the site since then: Chromium fires it, and does not "
            f"log when. {score_words(facts)}".strip()
        )
    return SUSPENDED.because(
        f"{sync} is suspended: {since} Chromium announced no time for it, since the engagement score of "
        f"{facts.site.origin} was 0; it wakes up once a user interacts with the site."
    )


def interval_words(facts: Facts, announced: Event) -> str:
    """What makes it that long."""
    asked = next((each for each in reversed(facts.events_of(announced.instance_id)) if INTERVAL in each.metadata), None)
    least = timedelta(seconds=parameter(facts, "min_periodic_sync_events_interval_sec", LEAST))
    interval = milliseconds(asked.metadata[INTERVAL]) if asked else None
    own = f"its minInterval is {length(interval)}, " if interval is not None else ""
    return f"{own}Chromium's least interval {length(least)}. {score_words(facts)}".strip()


def scored(facts: Facts) -> Iterator[Reason]:
    engagement = facts.site.engagement
    if isinstance(engagement, Unknown):
        yield unknown("engagement", "The site's engagement score", engagement)
    elif factor(engagement.score):
        yield fine("engagement", score_words(facts))


RULES: tuple[Rule, ...] = (
    has_service("periodicSync.register() is rejected there"),
    on_the_record("no app is installed there, so periodicSync.register() is refused"),
    in_tab("a periodic sync can be registered only while a tab of the site is open"),
    has_api("periodicSync", lambda facts: facts.registered.periodic_tags),
    allowed,
    handles("periodicsync"),
    held_up,
    online("a periodic sync waits for the network"),
    state,
    scored,
)


def next_step(facts: Facts) -> str:
    """What comes next, and when."""
    return "A periodic sync comes at its time, while the browser runs and is online; a restart does not lose it."
