"""What the rules of one-shot and of periodic background sync share: what Chromium has logged of a tag."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

from cdp_bgservices.delays import DELAY, milliseconds
from cdp_bgservices.events import Event, Service
from cdp_bgservices.near_words import did_you_mean
from cdp_bgservices.why.kinds import Kind, listed, unknown
from cdp_bgservices.why.times import at
from cdp_bgservices.why.values import Effect, Facts, Reason, Unknown

MANAGER = "content/browser/background_sync/background_sync_manager.cc"
CONTROLLER = "components/background_sync/background_sync_controller_impl.cc"
PARAMETERS = "content/public/browser/background_sync_parameters.cc"
AT_ONCE = timedelta(seconds=5)
"""Within which Chromium dispatches a sync that nothing holds back, also on a slow machine."""
LONGEST = timedelta(minutes=3)
"""For which a handler may run: ``kMaxSyncEventDuration``."""

NOT_REGISTERED = Kind(
    key="not-registered",
    effect=Effect.BLOCKS,
    means="No sync with this tag is registered.",
    remedy="Register it in an open page of the site: registration.sync.register(tag).",
    source="https://wicg.github.io/background-sync/spec/#dom-syncmanager-register",
)
HELD_UP = Kind(
    key="syncs-held-up",
    effect=Effect.DELAYS,
    means="Another service worker of this profile is activating, and every sync of every site waits for it: "
    "Chromium does one thing after the other.",
    remedy="Check what the promise in that worker's activate handler waits for; it may take five minutes.",
    source=MANAGER,
)
RUNNING = Kind(
    key="running",
    effect=Effect.DELAYS,
    means="The event was dispatched, and the handler has not ended yet; it may take three minutes.",
    remedy="Wait, or see what the promise in the handler's waitUntil() waits for.",
    source=PARAMETERS,
)
NOT_DISPATCHED = Kind(
    key="not-dispatched",
    effect=Effect.DELAYS,
    means="The sync is registered and due, and Chromium has not dispatched it.",
    remedy="See whether a DevTools window holds the worker offline, or another worker is activating.",
    source=MANAGER,
)
NEXT_ATTEMPT = Kind(
    key="next-attempt",
    effect=Effect.DELAYS,
    means="Chromium has announced when it tries next.",
    remedy="Wait, or fire it now with a trigger: cdp-bgservices sync TAG, or periodic-sync TAG.",
    source=CONTROLLER,
)
KINDS = (NOT_REGISTERED, HELD_UP, RUNNING, NOT_DISPATCHED, NEXT_ATTEMPT)


def asked_tags(facts: Facts, registered: Sequence[str]) -> list[str]:
    """The tag that was asked about; otherwise those that are registered, or else the last one that was seen."""
    if facts.tag is not None:
        return [facts.tag]
    return list(registered) or [event.instance_id for event in facts.events_of()[-1:]]


def advised(advice: str, tag: str, registered: Sequence[str]) -> str:
    """With the registered tag that may have been meant, where one is near."""
    return " ".join(filter(None, (did_you_mean(tag, registered), advice)))


def last_event(facts: Facts, tag: str) -> Event | None:
    return next(reversed(facts.events_of(tag)), None)


def delay_of(event: Event) -> timedelta | None:
    """None where it is infinite."""
    return milliseconds(event.metadata.get(DELAY, ""))


def of_each(
    facts: Facts,
    tags: tuple[str, ...] | Unknown | None,
    syncs: str,
    *,
    waiting: Callable[[Facts, str], Reason],
    gone: Callable[[Facts, str, tuple[str, ...]], Reason],
    advice: str | None = None,
) -> Iterator[Reason]:
    """Of each sync that was asked about, by what is registered: ``tags``. ``syncs``: what they are called."""
    if isinstance(tags, Unknown):
        yield unknown("registered", f"Which {syncs}s are registered", tags)
        yield from announced(facts)
    elif tags is not None:
        asked = asked_tags(facts, tags)
        for tag in asked:
            yield waiting(facts, tag) if tag in tags else gone(facts, tag, tags)
        if not asked:
            yield NOT_REGISTERED.because(f"No {syncs} is registered for {facts.site.place}.", advice)


def announced(facts: Facts) -> list[Reason]:
    """What Chromium has announced and is still to come, where it is not known which syncs are registered."""
    found = []
    for tag in asked_tags(facts, ()):
        events = facts.events_of(tag)
        said = next((event for event in reversed(events) if DELAY in event.metadata), None)
        is_latest = said is not None and all(event.event_name.startswith("Registered") for event in after(events, said))
        if said is not None and is_latest and (delay := delay_of(said)) and said.timestamp + delay > facts.moment:
            when = at(said.timestamp + delay, facts.moment)
            command = "sync" if facts.service == Service.BACKGROUND_SYNC else "periodic-sync"
            found.append(
                NEXT_ATTEMPT.because(
                    f"Chromium has announced the next attempt of '{tag}': it comes {when}.",
                    f"Wait, or fire it now: cdp-bgservices {command} {tag}.",
                )
            )
    return found


def after(events: Sequence[Event], event: Event) -> Sequence[Event]:
    return events[events.index(event) + 1 :]


def parameter(facts: Facts, name: str, default: int) -> int:
    """A parameter of background sync: ``--force-fieldtrial-params``, as the lab's clock sets it."""
    switches = () if isinstance(facts.browser.switches, Unknown) else facts.browser.switches
    for switch in switches:
        words = switch.replace(":", "/").split("/")
        if switch.startswith("--force-fieldtrial-params") and name in words[:-1]:
            value = words[words.index(name) + 1].partition(",")[0]
            return int(value) if value.isdecimal() else default
    return default


def held_up(facts: Facts) -> list[Reason]:
    activating = facts.browser.activating
    if isinstance(activating, Unknown) or not (others := [each for each in activating if each != facts.site.scope]):
        return []
    return [
        HELD_UP.because(
            f"The service worker of {listed(others)} is activating, and every sync of this profile waits for it."
        )
    ]
