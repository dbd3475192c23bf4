"""What happened last; and what was announced, where it is not known what is registered."""

import pytest
from msgspec.structs import replace

from cdp_bgservices.events import Event, Service
from cdp_bgservices.why.reasons import reasons
from cdp_bgservices.why.values import Effect, Facts, Reason, RegisteredFacts, Unknown
from tests.why.making import periodic, push, site_facts, sync

SYNC, PERIODIC = Service.BACKGROUND_SYNC, Service.PERIODIC_BACKGROUND_SYNC


def asked(service: str, *events: Event, tag: str | None = None) -> Facts:
    return replace(site_facts(service, tag), events=events, registered=RegisteredFacts())


def said(facts: Facts, key: str) -> Reason | None:
    return next((each for each in reasons(facts) if each.key == key), None)


def last_event(facts: Facts) -> str:
    found = said(facts, "last-event")
    assert found is not None
    return found.said


def test_the_last_event_has_its_metadata_unless_that_is_long() -> None:
    done = sync("Sync completed", 60, Status="succeeded")

    assert "'Sync completed' of 'mail' (Status succeeded), at " in last_event(
        asked(SYNC, sync("Registered sync", 90), done)
    )
    assert "'Sync completed' (Status succeeded), at " in last_event(asked(SYNC, done, tag="mail"))
    long = push("Push event dispatched", 1, Payload="x" * 100)
    assert "'Push event dispatched', at " in last_event(asked(Service.PUSH_MESSAGING, long))
    assert last_event(asked(SYNC, done, tag="other")) == "No event of it is recorded."
    assert (
        last_event(replace(asked(SYNC), events=Unknown("it refused"))) == "What happened last is not known: it refused."
    )


@pytest.mark.parametrize(
    ("service", "events"),
    [
        (SYNC, [sync("sync event failed", 60, Next_Attempt="300000")]),
        (
            PERIODIC,
            [periodic("Got next event delay", 60, Next_Attempt="300000"), periodic("Registered periodicsync", 59)],
        ),
        (PERIODIC, [periodic("periodicsync event completed", 60, Next_Attempt="300000")]),
    ],
)
def test_what_was_announced_delays_it_also_where_nothing_else_is_known(service: str, events: list[Event]) -> None:
    first = reasons(asked(service, *events))[0]

    assert (first.key, first.effect) == ("next-attempt", Effect.DELAYS)
    assert first.remedy.endswith(f": cdp-bgservices {'sync' if service == SYNC else 'periodic-sync'} mail.")
    assert "'mail'" in first.said
    assert "in 4 min" in first.said


@pytest.mark.parametrize(
    "events",
    [
        [sync("sync event failed", 400, Next_Attempt="300000")],
        [sync("sync event failed", 60, Next_Attempt="300000"), sync("Dispatched sync event", 1)],
        [sync("sync event failed", 60, Next_Attempt="300000"), sync("Sync completed", 1)],
        [sync("Registered sync", 60)],
    ],
)
def test_what_is_past_or_over_is_not_announced(events: list[Event]) -> None:
    assert said(asked(SYNC, *events), "next-attempt") is None
