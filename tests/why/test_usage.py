"""Whether a site uses a service, as far as its facts show it."""

import pytest
from msgspec.structs import fields, replace

from cdp_bgservices.events import Service
from cdp_bgservices.vocabulary.services import SERVICES
from cdp_bgservices.why.usage import HELD, is_used
from cdp_bgservices.why.values import RegisteredFacts, Unknown
from tests.why.making import REGISTERED, WORKER, site_facts, sync

NOTHING = replace(WORKER, handlers=())


@pytest.mark.parametrize("service", Service)
def test_a_handler_shows_it_and_nothing_at_all_does_not(service: str) -> None:
    for type_ in SERVICES[service].handlers:
        assert is_used(replace(site_facts(service), worker=replace(WORKER, handlers=(type_,))))
    assert not is_used(replace(site_facts(service), worker=NOTHING))


@pytest.mark.parametrize("service", Service)
def test_what_is_not_known_could_be_used(service: str) -> None:
    assert is_used(replace(site_facts(service), worker=replace(WORKER, handlers=Unknown("it is stopped"))))


def test_something_registered_shows_it_without_any_handler() -> None:
    facts = replace(site_facts(Service.BACKGROUND_SYNC), worker=NOTHING)

    assert is_used(replace(facts, registered=replace(REGISTERED, sync_tags=("send",))))
    assert not is_used(replace(facts, registered=replace(REGISTERED, periodic_tags=("news",))))
    assert not is_used(replace(facts, registered=replace(REGISTERED, sync_tags=Unknown("it refused"))))
    assert not is_used(replace(facts, registered=replace(REGISTERED, sync_tags=None)))


def test_an_event_shows_it() -> None:
    facts = replace(site_facts(Service.BACKGROUND_SYNC), worker=NOTHING, events=(sync("Registered sync", 1),))

    assert is_used(facts)
    assert not is_used(replace(facts, service=Service.PUSH_MESSAGING))


def test_what_a_registration_has_is_named_rightly() -> None:
    known = {type_ for words in SERVICES.values() for type_ in words.handlers}

    assert HELD.keys() <= known
    assert set(HELD.values()) == {each.name for each in fields(RegisteredFacts)} - {"has_payment_manager"}
