"""What is learned of an event later, in a store: it stands beside the event, whatever else is learned of it."""

import msgspec
import pytest

from cdp_bgservices.events import Service
from cdp_bgservices.learned import Learned
from cdp_bgservices.notification_details import notification
from cdp_bgservices.query import Query
from cdp_bgservices.store import Engine
from cdp_bgservices.thrown import THREW, threw
from tests.making import MovedClock, ids
from tests.store.engines import Home
from tests.store.making import completed, detail, option_values, shown, thrown

SECRET = "4711"


def test_an_event_has_what_was_learned_of_it(home: Home) -> None:
    came, other = shown(1), shown(2)
    with home.open() as database:
        database.add([came, other], [detail(came)])
        assert [event.details for event in database.events()] == [{"notification": option_values()}, None]
        # A replay takes nothing away, and of two recorders the first one counts.
        assert database.add([came], [detail(came, data="another")]).known == 1
        assert notification(next(database.events())) == option_values()


@pytest.mark.parametrize("learned_first", [True, False])
def test_it_stands_beside_what_was_thrown(home: Home, learned_first: bool) -> None:
    came = shown(1)
    later: list[Learned] = [detail(came), thrown(1, came)]
    with home.open() as database:
        database.add([came])
        for each in later if learned_first else later[::-1]:
            database.add([], [each])
        (stored,) = database.events()
        assert notification(stored) == option_values()
        assert [item["message"] for item in threw(stored)] == [thrown(1).message]
        assert ids(database.events(Query(failed=True))) == [came.id]


def test_it_is_seen_by_who_looks_and_changes_no_count(home: Home) -> None:
    came = shown(1)
    with home.open() as database:
        database.add([came, shown(2)])
        following = database.follow_pages(after=0)
        assert [event.details for event in next(following)] == [None, None]
        clears, cursor = database.clears(), database.cursor()
        database.add([], [detail(came)])
        assert database.clears() == clears, "lists and counts of before hold: it changes none of them"
        (again,) = next(following)
        assert (again.id, notification(again)) == (came.id, option_values())
        assert list(database.events(Query(failed=True))) == []
        (late,) = database.details(cursor, database.cursor())
        assert late == detail(came)
        assert database.details(database.cursor(), database.cursor()) == []


def test_what_comes_together_is_followed_once(home: Home) -> None:
    came = shown(1)
    with home.open() as database:
        following = database.follow_pages(after=0)
        database.add([came], [detail(came)])
        (seen,) = next(following)
        assert notification(seen)
        database.add([shown(2)])
        assert ids(next(following)) == [shown(2).id]


def test_of_an_event_that_is_not_there_nothing_is_kept(home: Home) -> None:
    with home.open() as database:
        database.add([shown(2)], [detail(shown(1))])
        database.add([shown(1)])
        assert [event.details for event in database.events()] == [None, None]


def test_it_goes_with_its_event(home: Home) -> None:
    came = shown(1)
    with home.open() as database:
        database.add([came])
        database.add([], [detail(came)])
        assert database.clear([Service.NOTIFICATIONS]) == 1
        assert database.details(0, database.cursor()) == []
        database.add([came])
        assert next(database.events()).details is None


def test_it_is_kept_as_long_as_its_event(home: Home, clock: MovedClock) -> None:
    came = shown(1)
    with home.open(clock) as database:
        database.add([came])
        database.add([], [detail(came)])
        clock.move(database.retention + home.delay + home.delay)
        database.prune()
        assert database.details(0, database.cursor()) == []


def content_of(database: Engine) -> list[str]:
    """What is left of a notification."""
    (stored,) = database.events()
    found = notification(stored)
    return [found["data"], found["actions"][0]["title"], found["icon"]]


@pytest.mark.parametrize("together", [True, False])
def test_its_content_is_left_out_where_payloads_are(home: Home, together: bool) -> None:
    came = shown(1, metadata={"Title": SECRET, "Body": ""})
    with home.open() as database:
        database.set_redaction(True)
        given = detail(came, actions=[{"action": "open", "title": f"Open {SECRET}", "icon": f"data:,{SECRET}"}])
        database.add([came], [given] if together else [])
        if not together:
            database.add([], [given])
        data, title, icon = content_of(database)
        assert data.startswith("redacted: ")
        assert title.startswith("redacted: ")
        assert icon.startswith("http://localhost:8000/icon.png?redacted: ")
        (stored,) = database.events()
        assert notification(stored)["requireInteraction"] is True
        assert notification(stored)["actions"][0]["action"] == "open"
        # As a spool sends what it has redacted itself.
        database.add([], [msgspec.structs.replace(given, event_id=stored.id, value=notification(stored))])
        assert content_of(database) == [data, title, icon]
    for file in home.folder.iterdir():
        assert SECRET.encode() not in file.read_bytes(), file


def test_it_finds_its_event_with_its_content_or_without(home: Home) -> None:
    came = shown(1)
    with home.open() as database:
        database.add([came])
        database.set_redaction(True)
        database.add([], [detail(came)])
        (stored,) = database.events()
        assert stored.id == came.id
        assert notification(stored)["data"].startswith("redacted: ")


def test_events_bring_it_out_of_a_file(home: Home) -> None:
    came = shown(1)
    brought = msgspec.structs.replace(came, details={"notification": option_values(), THREW: [{"message": "no"}]})
    with home.open() as database:
        database.add([came], [thrown(1, came)])
        database.add([brought])
        (stored,) = database.events()
        assert notification(stored) == option_values()
        assert [item["message"] for item in threw(stored)] == [thrown(1).message], "its own stay"
        database.add([completed(2)])
        assert [event.details is None for event in database.events()] == [False, True]
