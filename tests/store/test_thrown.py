"""What workers threw, in a store: joined to its event, kept as long, redacted alike."""

import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
import trio

from cdp_bgservices.events import Event, Service
from cdp_bgservices.failures import judge
from cdp_bgservices.query import Query
from cdp_bgservices.redaction import Redactor
from cdp_bgservices.store import open_engine, open_store
from cdp_bgservices.store.sqlite.file import APPLICATION_ID, split_statements
from cdp_bgservices.store.sqlite.rows import INSERTED, row_of, timestamp_of
from cdp_bgservices.thrown import Thrown, of_event, threw
from cdp_bgservices.web.failure_times import failure_times
from tests.making import NOW, MovedClock, event, ids

SECRET = "Unexpected token 's', \"secret order 4711\" is not valid JSON"


def thrown(number: int = 0, owner: Event | None = None, **fields: Any) -> Thrown:
    values: dict[str, Any] = {
        "id": f"{number:032x}",
        "source": "test",
        "timestamp": NOW - timedelta(hours=1) + timedelta(milliseconds=number),
        "message": f"Uncaught (in promise) TypeError: it broke {number}",
        "source_url": "http://localhost:8000/sw.js",
        "line": 7,
        "column": None,
        "registration_id": "0",
        "version_id": "0",
        "scope": "http://localhost:8000/",
        "script_url": "http://localhost:8000/sw.js",
        "browser_context": "CONTEXT",
    }
    made = Thrown(**{**values, **fields})
    return of_event(made, owner) if owner else made


def completed(number: int = 0, **fields: Any) -> Event:
    values = {
        "service": Service.PUSH_MESSAGING,
        "event_name": "Push event completed",
        "metadata": {"Status": "Success"},
    }
    return event(number, **{**values, **fields})


def test_an_event_has_what_was_thrown_in_its_handler(tmp_path: Path) -> None:
    came, other = completed(1), completed(2)
    with open_engine(tmp_path / "events.db", clock=MovedClock()) as database:
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


def test_one_that_is_learned_later_is_seen_by_who_looks(tmp_path: Path) -> None:
    came = completed(1)
    with open_engine(tmp_path / "events.db", clock=MovedClock()) as database:
        database.add([came, completed(2)])
        following = database.follow_pages(after=0)
        assert [event.details for event in next(following)] == [None, None]
        assert failure_times(database) == {}
        clears = database.clears()
        database.add([], [thrown(1, came)])
        assert database.clears() > clears, "lists and counts of before do not hold any more"
        assert {service: len(times) for service, times in failure_times(database).items()} == {"pushMessaging": 1}
        (again,) = next(following)
        assert (again.id, len(threw(again))) == (came.id, 1)


def test_what_comes_together_is_followed_once(tmp_path: Path) -> None:
    came = completed(1)
    with open_engine(tmp_path / "events.db", clock=MovedClock()) as database:
        following = database.follow_pages(after=0)
        database.add([came], [thrown(1, came)])
        (seen,) = next(following)
        assert len(threw(seen)) == 1
        assert database.clears() == 0


def test_the_end_of_a_handler_takes_over_from_its_beginning(tmp_path: Path) -> None:
    began, ended = completed(1, event_name="Push event dispatched", metadata={}), completed(2)
    with open_engine(tmp_path / "events.db", clock=MovedClock()) as database:
        database.add([began], [thrown(1, began)])
        database.add([ended], [thrown(1, ended)])
        assert [len(threw(each)) for each in database.events()] == [0, 1]
        assert next(database.events()).details is None
        assert [each.event_id for each in database.thrown()] == [ended.id]


def test_an_event_that_is_not_there_owns_nothing(tmp_path: Path) -> None:
    with open_engine(tmp_path / "events.db", clock=MovedClock()) as database:
        database.add([], [thrown(1, completed(1))])
        assert [each.event_id for each in database.thrown(no_event=True)] == [None]


def test_it_is_kept_as_long_as_events(tmp_path: Path) -> None:
    clock = MovedClock()
    came = completed(1)
    with open_engine(tmp_path / "events.db", clock=clock) as database:
        database.add([came], [thrown(1, came), thrown(2)])
        clock.move(timedelta(days=3) - timedelta(hours=1, seconds=-1))
        assert database.thrown() == []
        database.prune()
        assert database.rows("SELECT count(*) FROM thrown") == [(0,)]


def test_it_is_cleared_with_its_event(tmp_path: Path) -> None:
    push, sync = completed(1), completed(2, service=Service.BACKGROUND_SYNC)
    with open_engine(tmp_path / "events.db", clock=MovedClock()) as database:
        database.add([push, sync], [thrown(1, push), thrown(2, sync), thrown(3)])
        assert database.clear([Service.PUSH_MESSAGING]) == 1
        assert [each.id for each in database.thrown()] == [thrown(2).id, thrown(3).id]
        assert database.clear() == 1
        assert database.thrown() == []


def test_filters(tmp_path: Path) -> None:
    given = [
        thrown(1),
        thrown(2, source="other"),
        thrown(3, scope=None),
        thrown(4, browser_context="SECOND"),
        thrown(5, timestamp=NOW),
    ]
    with open_engine(tmp_path / "events.db", clock=MovedClock()) as database:
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
def test_only_the_class_of_an_error_is_left_where_payloads_are_left_out(
    tmp_path: Path, message: str, kept: str
) -> None:
    came = completed(1, metadata={"Status": "Success", "Payload": SECRET})
    path = tmp_path / "events.db"
    with open_engine(path, clock=MovedClock()) as database:
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
    for file in tmp_path.iterdir():
        assert b"4711" not in file.read_bytes(), file


def test_a_message_without_content_stays() -> None:
    redactor = Redactor(b"key")
    assert redactor.message("Uncaught TypeError") == "Uncaught TypeError"
    noted = redactor.message("Uncaught TypeError: x")
    assert redactor.message(noted) == noted


def old_store(path: Path, version: int, events: list[Event]) -> None:
    """As a release wrote it that knew the schema up to this version."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    folder = Path(__file__).parents[2] / "cdp_bgservices" / "store" / "sqlite" / "schema"
    for file in sorted(folder.glob("*.sql"))[:version]:
        for statement in split_statements(file.read_text()):
            connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {version}")
    for each in events:
        row = row_of(each, timestamp_of(each), timestamp_of(each))
        connection.execute(f"INSERT INTO events ({INSERTED}) VALUES ({', '.join('?' * len(row))})", row)
    connection.close()


@pytest.mark.parametrize("version", [1, 2])
def test_a_store_of_an_earlier_version_keeps_its_events(tmp_path: Path, version: int) -> None:
    path = tmp_path / "events.db"
    before = [completed(number) for number in range(3)]
    old_store(path, version, before)
    with open_engine(path, clock=MovedClock()) as database:
        assert [event.details for event in database.events()] == [None, None, None]
        assert ids(database.events()) == ids(before)
        assert database.add(before).known == 3
        database.add([], [thrown(1, before[1])])
        assert ids(database.events(Query(failed=True))) == [before[1].id]


def test_events_bring_their_details_out_of_a_file(tmp_path: Path) -> None:
    detailed = msgspec.structs.replace(completed(1), details={"threw": [{"message": "it broke"}], "more": {"kept": 1}})
    with open_engine(tmp_path / "events.db", clock=MovedClock()) as database:
        database.add([completed(1)])
        database.add([detailed])
        (stored,) = database.events()
        assert stored.details == detailed.details
        assert database.add([completed(1)]).known == 1
        assert [event.details for event in database.events()] == [detailed.details]


async def test_a_follower_is_woken_and_the_cursor_moves(tmp_path: Path) -> None:
    with trio.fail_after(10):
        async with open_store(tmp_path / "events.db", clock=MovedClock()) as store:
            before = await store.cursor()
            await store.add([], [thrown(1)])
            assert await store.cursor() == before + 1
            assert await store.thrown(after=before) == [thrown(1)]
            assert await store.thrown(after=before + 1) == []
            await store.add([completed(1)])
            assert [event.id async for event in store.events(after=before + 1)] == [completed(1).id]
