"""What workers threw, in a store: joined to its event, kept as long, redacted alike."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest
import trio

from cdp_bgservices.events import Service, to_microseconds
from cdp_bgservices.failures import judge
from cdp_bgservices.query import Query
from cdp_bgservices.redaction import Redactor
from cdp_bgservices.store import Engine
from cdp_bgservices.store.related import thrown_after
from cdp_bgservices.thrown import threw
from tests.making import NOW, MovedClock, ids
from tests.store.engines import Home
from tests.store.making import completed, thrown

SECRET = "Unexpected token 's', \"secret order 4711\" is not valid JSON"


def test_an_event_has_what_was_thrown_in_its_handler(home: Home) -> None:
    came, other = completed(1), completed(2)
    with home.open() as database:
        database.add([came, other], [thrown(1, came), thrown(2)])
        stored, second = database.events()
        assert threw(stored) == [
            {
                "message": "Uncaught (in promise) TypeError: it broke 1",
                "source_url": "http://localhost:8000/sw.js",
                "line": 7,
                "column": None,
            }
        ]
        assert (judge(stored).reason, second.details) == ("Uncaught (in promise) TypeError: it broke 1", None)
        assert ids(database.events(Query(failed=True))) == [came.id]
        assert database.thrown() == [thrown(1, came), thrown(2)]
        assert database.thrown(no_event=True) == [thrown(2)]
        # A replay of the event changes nothing, and the same error of another recorder is the same.
        database.add([came], [thrown(1, came)])
        assert [event.details for event in database.events()] == [stored.details, None]
        assert len(database.thrown()) == 2


def test_what_is_thrown_soon_after_belongs_to_no_event_that_has_thrown_itself(home: Home) -> None:
    came, other = completed(1), completed(2)
    with home.open() as database:
        database.add([came, other], [thrown(1, came), thrown(2)])
        first, second = database.events()
        assert thrown_after(database, second) == [thrown(2)]
        assert thrown_after(database, first) == []


def failures(database: Engine) -> int:
    """How many a histogram has."""
    _, failed = database.histogram(Query(), 0, to_microseconds(NOW), 1)
    return sum(map(sum, failed.values()))


def test_one_that_is_learned_later_is_seen_by_who_looks(home: Home) -> None:
    came = completed(1)
    with home.open() as database:
        database.add([came, completed(2)])
        following = database.follow_pages(after=0)
        assert [event.details for event in next(following)] == [None, None]
        assert failures(database) == 0
        clears = database.clears()
        database.add([], [thrown(1, came)])
        assert database.clears() > clears, "lists and counts of before do not hold any more"
        assert failures(database) == 1
        (again,) = next(following)
        assert (again.id, len(threw(again))) == (came.id, 1)


def test_what_comes_together_is_followed_once(home: Home) -> None:
    came = completed(1)
    with home.open() as database:
        following = database.follow_pages(after=0)
        database.add([came], [thrown(1, came)])
        (seen,) = next(following)
        assert len(threw(seen)) == 1
        assert database.clears() == 0


def test_the_end_of_a_handler_takes_over_from_its_beginning(home: Home) -> None:
    began, ended = completed(1, event_name="Push event dispatched", metadata={}), completed(2)
    with home.open() as database:
        database.add([began], [thrown(1, began)])
        database.add([ended], [thrown(1, ended)])
        assert [len(threw(each)) for each in database.events()] == [0, 1]
        assert next(database.events()).details is None
        assert [each.event_id for each in database.thrown()] == [ended.id]


def test_an_event_that_is_not_there_owns_nothing(home: Home) -> None:
    with home.open() as database:
        database.add([], [thrown(1, completed(1))])
        assert [each.event_id for each in database.thrown(no_event=True)] == [None]


def test_it_is_kept_as_long_as_events(home: Home) -> None:
    clock = MovedClock()
    came = completed(1)
    with home.open(clock) as database:
        database.add([came], [thrown(1, came), thrown(2)])
        clock.move(timedelta(days=3) - timedelta(hours=1, seconds=-1))
        assert database.thrown() == []
        database.prune()


def test_it_is_cleared_with_its_event(home: Home) -> None:
    push, sync = completed(1), completed(2, service=Service.BACKGROUND_SYNC)
    with home.open() as database:
        database.add([push, sync], [thrown(1, push), thrown(2, sync), thrown(3)])
        assert database.clear([Service.PUSH_MESSAGING]) == 1
        assert [each.id for each in database.thrown()] == [thrown(2).id, thrown(3).id]
        assert database.clear() == 1
        assert database.thrown() == []


def test_filters(home: Home) -> None:
    given = [
        thrown(1),
        thrown(2, source="other"),
        thrown(3, scope=None),
        thrown(4, browser_context="SECOND"),
        thrown(5, timestamp=NOW),
    ]
    with home.open() as database:
        database.add([], given[:2])
        cursor = database.cursor()
        database.add([], given[2:])

        def numbers(query: Query, **options: Any) -> list[int]:
            return [int(each.id, 16) for each in database.thrown(query, **options)]

        assert numbers(Query()) == [1, 2, 3, 4, 5]
        assert numbers(Query(sources=("other",))) == [2]
        assert numbers(Query(scopes=("http://localhost:8000/",))) == [1, 2, 4, 5]
        assert numbers(Query(browser_contexts=("SECOND",))) == [4]
        assert numbers(Query(since=NOW)) == [5]
        assert numbers(Query(before=NOW)) == [1, 2, 3, 4]
        assert numbers(Query(limit=2)) == [4, 5]
        assert numbers(Query(), after=cursor) == [3, 4, 5]


@pytest.mark.parametrize(
    ("message", "kept"),
    [
        (f"Uncaught (in promise) SyntaxError: {SECRET}", "Uncaught (in promise) SyntaxError: "),
        (f"Uncaught TypeError: {SECRET}", "Uncaught TypeError: "),
        (f"Uncaught (in promise) {SECRET}", "Uncaught (in promise) "),
        (f"Uncaught {SECRET}Error: x", "Uncaught "),
        (f"Uncaught TypeError{SECRET}", "Uncaught "),
        (SECRET, ""),
    ],
)
def test_only_the_class_of_an_error_is_left_where_payloads_are_left_out(home: Home, message: str, kept: str) -> None:
    came = completed(1, metadata={"Status": "Success", "Payload": SECRET})
    with home.open() as database:
        database.set_redaction(True)
        given = thrown(1, came, message=message, source_url=f"http://localhost:8000/sw.js?{SECRET}")
        database.add([came], [given, msgspec.structs.replace(given, id="f" * 32, event_id=None)])
        (stored,) = database.events()
        (item,) = threw(stored)
        joined, alone = database.thrown()
        assert item["message"] == joined.message == alone.message
        assert item["message"].startswith(f"{kept}redacted: ")
        assert item["source_url"].startswith("http://localhost:8000/sw.js?redacted: ")
        assert (joined.event_id, alone.event_id) == (stored.id, None)
    for file in home.folder.iterdir():
        assert b"4711" not in file.read_bytes(), file


def test_a_message_without_content_stays() -> None:
    redactor = Redactor(b"key")
    assert redactor.message("Uncaught TypeError") == "Uncaught TypeError"
    noted = redactor.message("Uncaught TypeError: x")
    assert redactor.message(noted) == noted


def test_events_bring_their_details_out_of_a_file(home: Home) -> None:
    detailed = msgspec.structs.replace(completed(1), details={"threw": [{"message": "it broke"}], "more": {"kept": 1}})
    with home.open() as database:
        database.add([completed(1)])
        database.add([detailed])
        (stored,) = database.events()
        assert stored.details == detailed.details
        assert database.add([completed(1)]).known == 1
        assert [event.details for event in database.events()] == [detailed.details]


async def test_a_follower_is_woken_and_the_cursor_moves(home: Home) -> None:
    with trio.fail_after(60):
        async with home.open_store() as store:
            before = await store.cursor()
            await store.add([], [thrown(1)])
            after = await store.cursor()
            assert after > before
            assert await store.thrown(after=before) == [thrown(1)]
            assert await store.thrown(after=after) == []
            await store.add([completed(1)])
            assert [event.id async for event in store.events(after=after)] == [completed(1).id]


def test_an_error_is_there_once_in_whichever_form_it_came(home: Home) -> None:
    came = completed(1)
    with home.open() as database:
        database.add([came], [thrown(1, came)])
        database.set_redaction(True)
        database.add([came], [thrown(1, came), thrown(2, came)])
        stored = database.thrown()
        assert len(stored) == 2
        # As a spool sends what it has redacted itself.
        database.add([], stored)
        assert database.thrown() == stored
