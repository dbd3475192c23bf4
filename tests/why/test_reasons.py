"""The order of the reasons, and what is said where nothing hinders."""

from datetime import UTC, datetime

import pytest

from cdp_bgservices.events import Service
from cdp_bgservices.why.reasons import OF_SERVICES, reasons
from cdp_bgservices.why.values import Effect, Facts, RecordingFacts, SiteFacts, WorkerFacts

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
SITE = SiteFacts(origin="http://localhost:8000", scope="http://localhost:8000/", missing=None)
HANDLERS = ("backgroundfetchsuccess", "notificationclick", "paymentrequest", "periodicsync", "push", "sync")


def facts(service: str = Service.BACKGROUND_SYNC, **changes: object) -> Facts:
    values = {"site": SITE, "worker": WorkerFacts(handlers=HANDLERS), **changes}
    return Facts(service=service, moment=NOW, **values)  # type: ignore[arg-type]


def test_each_service_has_rules() -> None:
    assert set(OF_SERVICES) == set(Service)


@pytest.mark.parametrize("service", Service)
def test_where_nothing_hinders_the_first_reason_says_so_and_what_comes_next(service: str) -> None:
    first = reasons(facts(service))[0]

    assert first.key == "nothing-hinders"
    assert first.remedy


@pytest.mark.parametrize("service", Service)
def test_a_fact_that_could_not_be_looked_at_is_counted(service: str) -> None:
    first, *others = reasons(facts(service, worker=WorkerFacts()))

    assert first.said == "Nothing hinders it, but 1 fact could not be looked at."
    assert [each.effect for each in others] == [Effect.UNKNOWN]


def test_what_blocks_stands_before_all_others() -> None:
    site = SiteFacts(origin=SITE.origin, scope=None, missing="no page of it is open")
    recordings = {str(Service.BACKGROUND_SYNC): RecordingFacts(is_on=False)}

    found = reasons(facts(site=site, worker=WorkerFacts(), recordings=recordings))

    assert [(each.key, each.effect) for each in found] == [
        ("no-worker", Effect.BLOCKS),
        ("not-recorded", Effect.BLOCKS),
        ("no-handler", Effect.UNKNOWN),
    ]
