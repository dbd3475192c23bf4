"""The table of words is complete, and what must differ differs."""

from cdp_bgservices.vocabulary import SERVICES, Service, title_of


def test_every_service_has_its_words_in_one_order() -> None:
    assert list(SERVICES) == list(Service)


def test_services_are_distinguished() -> None:
    rows = list(SERVICES.values())
    for field in ("title", "short", "icon", "colours", "ansi", "number"):
        assert len({getattr(row, field) for row in rows}) == len(rows), field


def test_an_unknown_service_keeps_the_browsers_word() -> None:
    assert title_of("pushMessaging") == "Push messaging"
    assert title_of("backgroundDance") == "backgroundDance"
