"""The rules of background sync."""

from collections.abc import Iterator

from cdp_bgservices.events import Event, Service
from cdp_bgservices.why.browsers import has_api, has_service, in_tab
from cdp_bgservices.why.kinds import Kind, fine, listed
from cdp_bgservices.why.network import online
from cdp_bgservices.why.permitted import permitted
from cdp_bgservices.why.rule import Rule
from cdp_bgservices.why.syncs import (
    AT_ONCE,
    LONGEST,
    MANAGER,
    NEXT_ATTEMPT,
    NOT_DISPATCHED,
    NOT_REGISTERED,
    RUNNING,
    advised,
    asked_tags,
    delay_of,
    held_up,
    last_event,
    of_each,
    parameter,
)
from cdp_bgservices.why.times import at
from cdp_bgservices.why.values import Effect, Facts, Reason, Unknown
from cdp_bgservices.why.workers import handles

SERVICE = Service.BACKGROUND_SYNC
REGISTERED, DISPATCHED = "Registered sync", "Dispatched sync event"
FAILED, COMPLETED = "sync event failed", "Sync completed"
ATTEMPTS = 3
"""``kMaxSyncAttempts`` of content/public/browser/background_sync_parameters.cc."""

SUCCEEDED = Kind(
    key="succeeded",
    effect=Effect.BLOCKS,
    means="The sync has succeeded already, and Chromium forgets a sync that has succeeded.",
    remedy="Register it again where it is to come again.",
    source=MANAGER,
)
GIVEN_UP = Kind(
    key="given-up",
    effect=Effect.BLOCKS,
    means="The sync's last attempt failed, and Chromium has given it up.",
    remedy="Fix the handler, and register the sync again.",
    source=MANAGER,
)
KINDS = (SUCCEEDED, GIVEN_UP)


def allowed(facts: Facts) -> Iterator[Reason]:
    """Chromium asks for the permission when a sync is registered, and not again when it is dispatched."""
    tags = facts.registered.sync_tags
    if isinstance(tags, Unknown) or not set(asked_tags(facts, tags or ())) & set(tags or ()):
        yield from permitted("background-sync")(facts)


def state(facts: Facts) -> Iterator[Reason]:
    return of_each(facts, facts.registered.sync_tags, "sync", waiting=waiting, gone=gone)


def waiting(facts: Facts, tag: str) -> Reason:
    """Why a registered sync has not succeeded yet."""
    last, sync = last_event(facts, tag), f"The sync '{tag}'"
    if last is None:
        known = f" ({facts.events.unknown})" if isinstance(facts.events, Unknown) else ""
        return fine("registered", f"{sync} is registered; when is not known{known}.")
    since, age = at(last.timestamp, facts.moment), facts.moment - last.timestamp
    if last.event_name == DISPATCHED and age < LONGEST:
        return RUNNING.because(f"{sync} was dispatched {since}, and its handler has not ended yet.")
    delay = delay_of(last) if last.event_name == FAILED else None
    if delay is not None and age < delay + AT_ONCE:
        return next_attempt(facts, last)
    if age < AT_ONCE:
        return fine("registered", f"{sync} was registered {since}.")
    what = (
        f"is due since {at(last.timestamp + delay, facts.moment)}" if delay is not None else f"was registered {since}"
    )
    return NOT_DISPATCHED.because(f"{sync} {what}, and Chromium has not dispatched it.")


def next_attempt(facts: Facts, failed: Event) -> Reason:
    due = failed.timestamp + (delay_of(failed) or AT_ONCE)
    number, most = failures(facts, failed.instance_id) + 1, parameter(facts, "max_sync_attempts", ATTEMPTS)
    return NEXT_ATTEMPT.because(
        f"The sync '{failed.instance_id}' failed ({failed.metadata.get('Failure Reason', 'no reason given')}), and "
        f"Chromium tries again {at(due, facts.moment)}: attempt {number} of {most}"
        f"{', the last' if number >= most else ''}.",
        f"Wait, or fire it now: cdp-bgservices sync {failed.instance_id}.",
    )


def gone(facts: Facts, tag: str, tags: tuple[str, ...]) -> Reason:
    """Why a sync is not registered."""
    last, sync = last_event(facts, tag), f"The sync '{tag}'"
    if last is None or last.event_name != COMPLETED:
        return NOT_REGISTERED.because(
            f"No sync '{tag}' is registered for {facts.site.place}; registered: {listed(tags)}.{last_seen(facts, tag)}",
            advised(f"Register it in an open page of the site: registration.sync.register('{tag}').", tag, tags),
        )
    when, status = at(last.timestamp, facts.moment), last.metadata.get("Status", "")
    if status == "succeeded":
        return SUCCEEDED.because(f"{sync} has succeeded already, {when}; Chromium forgets a sync that has succeeded.")
    count = failures(facts, tag) + 1
    return GIVEN_UP.because(
        f"{sync} was given up {when}, after {count} attempt{'s' * (count != 1)}: {status or 'no status given'}."
    )


def last_seen(facts: Facts, tag: str) -> str:
    """What is known of a sync that is not registered, and is not known to have ended: a sentence, or nothing. A trigger
    over DevTools dispatches what nothing has registered; a profile or a site's data may be removed.
    """
    events = facts.events_of(tag)
    if not events:
        return ""
    last, before = events[-1], events[-2:-1]
    is_trigger = last.event_name == DISPATCHED and not any(each.event_name in (REGISTERED, FAILED) for each in before)
    when = at(last.timestamp, facts.moment)
    return f" It was fired over DevTools {when}." if is_trigger else f" Its last event is '{last.event_name}', {when}."


def failures(facts: Facts, tag: str) -> int:
    """Failed attempts that are followed by another one, since the sync was registered."""
    count = 0
    for event in facts.events_of(tag):
        count = count + 1 if event.event_name == FAILED else 0 if event.event_name == REGISTERED else count
    return count


RULES: tuple[Rule, ...] = (
    has_service("sync.register() is rejected there with 'Background Sync is disabled'"),
    in_tab("a sync can be registered only while a tab of the site is open"),
    has_api("sync", lambda facts: facts.registered.sync_tags),
    allowed,
    handles("sync"),
    held_up,
    online("a registered sync waits for the network"),
    state,
)


def next_step(facts: Facts) -> str:
    """What comes next, and when."""
    return "A sync is dispatched at once when it is registered and the browser is online."
