"""The order of the reasons, and what is said where nothing hinders."""

import pytest
from msgspec.structs import replace

from cdp_bgservices.events import Service
from cdp_bgservices.why.reasons import OF_SERVICES, reasons
from cdp_bgservices.why.values import Effect, RecordingFacts, Unknown
from tests.why.cases import CASES
from tests.why.making import site_facts

WAITS = site_facts(Service.BACKGROUND_SYNC)
CALM = {case.service: case.facts for case in CASES if case.key in ("no-message", "not-on-screen", "no-request")} | {
    Service.BACKGROUND_SYNC: replace(WAITS, registered=replace(WAITS.registered, sync_tags=("mail",)))
}
"""Facts with which nothing hinders a service. A background fetch and a periodic sync always have a reason: they are not
registered, come later, or are over."""


def test_each_service_has_rules() -> None:
    assert set(OF_SERVICES) == set(Service)
    assert set(CALM) == set(Service) - {Service.BACKGROUND_FETCH, Service.PERIODIC_BACKGROUND_SYNC}


@pytest.mark.parametrize("service", CALM)
def test_where_nothing_hinders_the_first_reason_says_so_and_what_comes_next(service: str) -> None:
    first, second, *_ = reasons(CALM[service])

    assert first.key == "nothing-hinders"
    assert first.said == " ".join(["Nothing hinders it.", *([second.said] * (second.effect == Effect.EXPLAINS))])
    assert first.remedy


@pytest.mark.parametrize("service", CALM)
def test_a_fact_that_could_not_be_looked_at_is_counted(service: str) -> None:
    facts = CALM[service]
    facts = replace(facts, worker=replace(facts.worker, versions=Unknown("it is busy")))
    first, *others = reasons(facts)

    assert first.said.startswith("Nothing that could be looked at hinders it; 1 fact could not.")
    assert [each.said for each in others if each.effect == Effect.UNKNOWN] == [
        "The state of the service worker is not known: it is busy."
    ]


def test_what_blocks_stands_before_all_others() -> None:
    facts = site_facts(Service.BACKGROUND_SYNC)
    facts = replace(
        facts,
        site=replace(facts.site, scope=None, missing="no page of it is open"),
        worker=replace(facts.worker, versions=(), handlers=Unknown("there is none")),
        registered=replace(facts.registered, sync_tags=Unknown("there is none")),
        recordings={str(Service.BACKGROUND_SYNC): RecordingFacts(is_on=False)},
    )

    found = reasons(facts)

    assert [(each.key, each.effect) for each in found[:3]] == [
        ("no-worker", Effect.BLOCKS),
        ("not-recorded", Effect.HIDES),
        ("registered", Effect.UNKNOWN),
    ]
