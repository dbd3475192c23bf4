"""Every rule, over facts: what it says, that it is decisive, and that what is unknown is never taken for nothing."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from cdp_bgservices.events import Service
from cdp_bgservices.why.every_service import KINDS
from cdp_bgservices.why.reasons import DECISIVE, OF_SERVICES, reasons
from cdp_bgservices.why.times import at, length
from cdp_bgservices.why.values import Effect, Facts, SiteFacts, Unknown
from tests.why.case import PUSH, SYNC, Case
from tests.why.cases import CASES, PUSHES
from tests.why.cases_of_syncs import PERIODICS, SYNCS
from tests.why.making import NOW, ORIGIN, site_facts, version


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.service}-{case.key}")
def test_a_reason_is_found_and_decides(case: Case) -> None:
    found = reasons(case.facts)
    reason = next((each for each in found if each.key == case.key), None)
    assert reason is not None, [each.key for each in found]
    assert case.said in reason.said
    assert reason.said.endswith(".")
    assert reason.source
    if reason.effect in DECISIVE:
        assert found[0] == reason, "another reason is taken for the decisive one"


def test_every_kind_of_reason_has_a_case() -> None:
    known = {(kind.key, kind.effect) for kind in KINDS}
    known |= {(kind.key, kind.effect) for module in OF_SERVICES.values() for kind in module.KINDS}
    seen = {(each.key, each.effect) for case in CASES for each in reasons(case.facts) if each.source}
    assert seen == known


@pytest.mark.parametrize("service", Service)
def test_what_is_unknown_is_said_so_and_does_not_hinder(service: str) -> None:
    found = reasons(Facts(service=service, moment=NOW, site=SiteFacts(origin=ORIGIN, scope=f"{ORIGIN}/")))
    assert {each.effect for each in found[1:]} == {Effect.UNKNOWN}
    assert found[0].key == "nothing-hinders"
    assert f"{len(found) - 1} facts could not" in found[0].said
    assert all(each.said.endswith("is not known: no browser was asked.") for each in found[1:])


def test_where_nothing_hinders_it_says_what_comes_next() -> None:
    case = next(case for case in PUSHES if case.key == "no-message")
    first, second, *others = reasons(case.facts)
    assert (first.key, second.key) == ("nothing-hinders", "no-message")
    assert "posts one to the subscription's endpoint" in first.remedy
    assert {each.effect for each in others} <= {Effect.EXPLAINS, Effect.OK}


def test_a_subscription_that_is_not_known_is_not_taken_for_one() -> None:
    """A worker that is stopped, and is not started for the question."""
    facts = next(case for case in PUSHES if case.key == "no-message").facts
    found = reasons(replace(facts, registered=replace(facts.registered, subscriptions=Unknown("it is stopped"))))
    assert "no-message" not in {each.key for each in found}
    assert found[0].said.startswith("Nothing that could be looked at hinders it; 1 fact could not.")


def test_an_unknown_service_has_the_rules_of_all() -> None:
    facts = replace(site_facts("smokeSignals"), recordings={})
    assert {each.key for each in reasons(facts)} == {"nothing-hinders", "worker", "last-event", "recording"}


def test_what_blocks_comes_before_what_delays_and_explains() -> None:
    held = next(case for case in SYNCS if case.key == "permission-blocked").facts
    facts = replace(held, site=replace(held.site, is_online=False), worker=replace(held.worker, errors=("Error",)))
    order = [each.effect for each in reasons(facts)]
    assert order == sorted(order, key=tuple(Effect).index)
    assert {Effect.BLOCKS, Effect.DELAYS, Effect.EXPLAINS, Effect.OK} <= set(order)


def test_what_is_not_recorded_does_not_hide_why_it_does_not_come() -> None:
    """A browser that was never recorded, offline: the network is the reason."""
    facts = next(case for case in CASES if case.key == "not-recorded").facts
    first, second, *_ = reasons(replace(facts, site=replace(facts.site, is_online=False)))
    assert (first.key, second.key) == ("offline", "not-recorded")


def test_a_page_that_is_not_secure_is_the_only_reason_for_its_missing_worker() -> None:
    case = next(case for case in CASES if case.key == "not-secure")
    facts = replace(case.facts, site=replace(case.facts.site, scope=None, missing="it is not secure"))
    assert "no-worker" not in {each.key for each in reasons(facts)}


def test_a_worker_that_is_not_active_is_not_asked_for_handlers() -> None:
    facts = site_facts(PUSH)
    facts = replace(facts, worker=replace(facts.worker, versions=(version("activating"),), handlers=()))
    assert "no-handler" not in {each.key for each in reasons(facts)}


def test_a_granted_override_counts_more_than_the_profiles_setting() -> None:
    facts = site_facts(SYNC)
    granted = replace(facts.permission("background-sync"), profile="block")
    keys = {each.key: each.effect for each in reasons(replace(facts, permissions={"background-sync": granted}))}
    assert keys["permission"] == Effect.OK


def test_each_registered_sync_has_its_own_reason() -> None:
    case = next(case for case in SYNCS if case.key == "next-attempt")
    facts = replace(case.facts, registered=replace(case.facts.registered, sync_tags=("mail", "post")))
    assert [each.key for each in reasons(facts) if "'mail'" in each.said or "'post'" in each.said] == [
        "next-attempt",
        "registered",
        "last-event",
    ]


@pytest.mark.parametrize(("score", "times"), [(0.5, "3 times"), (1, "2 times"), (49.9, "2 times"), (50, "once")])
def test_the_engagement_score_sets_the_interval(score: float, times: str) -> None:
    facts = next(case for case in PERIODICS if case.key == "next-attempt").facts
    engagement = facts.site.engagement
    facts = replace(facts, site=replace(facts.site, engagement=replace(engagement, score=score)))
    assert reasons(facts)[0].said.endswith(f"counts {times}.")


def test_moments_have_their_distance() -> None:
    assert at(NOW + timedelta(seconds=299), NOW).endswith(", in 4 min 59 s")
    assert at(NOW - timedelta(hours=30), NOW).endswith(", 1 d 6 h ago")
    assert [length(timedelta(seconds=each)) for each in (0, 60, 3661, 43200)] == ["0 s", "1 min", "1 h 1 min", "12 h"]


@pytest.mark.parametrize(("cases", "field"), [(SYNCS, "sync_tags"), (PERIODICS, "periodic_tags")])
def test_a_misspelt_tag_has_the_one_that_may_have_been_meant(cases: list[Case], field: str) -> None:
    facts = next(case for case in cases if case.key == "next-attempt").facts
    registered = replace(facts.registered, **{field: ("send-mail",)})
    meant, other = (reasons(replace(facts, registered=registered, tag=tag))[0] for tag in ("sendmail", "news"))

    assert (meant.key, other.key) == ("not-registered", "not-registered")
    assert meant.remedy.startswith("Did you mean 'send-mail'? Register it")
    assert other.remedy.startswith("Register it")
