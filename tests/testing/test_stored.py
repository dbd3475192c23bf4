"""Waiting in a store that others record into, over every engine; and what a failure says of the store."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from cdp_bgservices.events import Event
from cdp_bgservices.query import Query
from cdp_bgservices.store import Engine
from cdp_bgservices.store.presence import Presence
from cdp_bgservices.store.values import PAGE
from cdp_bgservices.testing.stored import MOST_READ, Since, Sought, explain_missing_event, wait_stored
from tests.making import NOW, MovedClock, event, events
from tests.store.engines import HOMES, Home, PostgresHome
from tests.store.making import detail, option_values, shown

COMPLETED = Sought(query=Query(services=("backgroundSync",), event_names=("Sync completed",)))


@pytest.fixture(params=list(HOMES))
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Home:
    return HOMES[request.param](tmp_path)


def sought(**filters: object) -> Sought:
    return Sought(query=Query(services=("backgroundSync",), event_names=("Sync completed",), **filters))  # type: ignore[arg-type]


def completed(number: int = 0, **fields: object) -> Event:
    return event(number, **{"event_name": "Sync completed", "metadata": {"Status": "succeeded"}, **fields})  # type: ignore[arg-type]


def look(engine: Engine, wanted: Sought = COMPLETED, **since: object) -> str | None:
    found = wait_stored(engine, wanted, Since(**since), 0.0)  # type: ignore[arg-type]
    return None if found is None else found.id


def test_what_is_there_already(home: Home) -> None:
    with home.open() as engine:
        assert look(engine) is None
        engine.add([event(1), completed(2)])
        after = engine.cursor()
        assert look(engine) == completed(2).id
        assert look(engine, after=after) is None
        assert look(engine, moment=completed(2).timestamp) == completed(2).id
        assert look(engine, moment=completed(2).timestamp + timedelta(microseconds=1)) is None


def test_a_displayed_notification_comes_with_its_details(home: Home) -> None:
    clock = MovedClock()
    wanted = Sought(query=Query(services=("notifications",), event_names=("Notification displayed",)))
    with home.open(clock) as engine, home.open(clock) as other, ThreadPoolExecutor() as threads:
        engine.add([shown(1), shown(2)])
        waiting = threads.submit(wait_stored, engine, wanted, Since(), 0.0)
        other.add([], [detail(shown(1))])
        found = waiting.result(10)
        assert found is not None
        assert found.details == {"notification": option_values()}
        clock.move(timedelta(minutes=1))
        second = msgspec.structs.replace(wanted.query, instance_ids=("tag-2",))
        old = wait_stored(engine, Sought(query=second), Since(), 0.0)
        assert old is not None
        assert old.details is None, "none will follow"


def test_each_filter(home: Home) -> None:
    with home.open() as engine:
        engine.add([completed(1, source="other"), completed(2, metadata={"Status": "failed", "Body": "Grüße"})])
        for filters, number in (
            ({"instance_ids": ("tag-1",)}, 1),
            ({"instance_ids": ("tag-2", "tag-3")}, 2),
            ({"instance_ids": ("tag-3",)}, None),
            ({"origins": ("http://localhost:8000",)}, 1),
            ({"origins": ("http://localhost:8000/", "http://a")}, 1),
            ({"scopes": ("http://localhost:8000/",), "sources": ("test",)}, 2),
            ({"text": "GRÜ"}, 2),
            ({"failed": True}, 2),
            ({"browser_contexts": ("CONTEXT",), "sources": ("other",)}, 1),
        ):
            found = wait_stored(engine, sought(**filters), Since(), 0.0)
            assert (found and found.instance_id) == (number and f"tag-{number}"), filters
        by_metadata = Sought(query=COMPLETED.query, metadata={"Status": "failed"})
        found = wait_stored(engine, by_metadata, Since(), 0.0)
        assert found is not None
        assert found.instance_id == "tag-2"


@pytest.mark.parametrize("since", [Since(), Since(moment=NOW - timedelta(hours=2))], ids=["cursor", "moment"])
def test_one_behind_many_others(home: Home, since: Since) -> None:
    last = completed(PAGE * 2 + 7)
    with home.open() as engine:
        engine.add(events(PAGE * 2 + 5, event_name="Sync completed"))
        engine.add([last])
        wanted = Sought(query=COMPLETED.query, metadata={"Status": "succeeded"})
        found = wait_stored(engine, wanted, since, 0.0)
        assert found is not None
        assert found.id == last.id


def test_what_another_connection_commits_ends_the_wait(home: Home) -> None:
    with home.open() as engine, home.open() as other, ThreadPoolExecutor(1) as pool:
        after = engine.cursor()
        waiting = pool.submit(wait_stored, other, COMPLETED, Since(after=after), 60.0)
        engine.add([event(1)])
        engine.add([completed(2)])
        found = waiting.result(30)
        assert found is not None
        assert found.id == completed(2).id


def test_a_transaction_that_does_not_end_holds_up_no_wait(tmp_path: Path) -> None:
    """It holds up those who follow the store: an event with a lower number may still appear."""
    pytest.importorskip("psycopg")
    home = PostgresHome(tmp_path)
    with home.open() as engine, home.connection() as connection, connection.transaction():
        connection.execute("SELECT pg_current_xact_id()")
        after = engine.cursor()
        engine.add([completed(1)])
        assert engine.committed(COMPLETED.query, after).events == []
        assert look(engine, after=after) == completed(1).id


def test_a_failure_shows_what_occurred_instead_and_what_was_too_early(home: Home) -> None:
    minute = timedelta(minutes=1)
    with home.open() as engine:
        engine.add([completed(1, age=minute, instance_id="early"), event(2, age=timedelta(hours=1))])
        after = engine.cursor()
        engine.add([completed(3, age=timedelta(), instance_id="late")])
        wanted = msgspec.structs.replace(sought(instance_ids=("later",), text="x"), also={"text": "x"})
        text = explain_missing_event(engine, wanted, Since(after=after), "1s")
        lines = text.splitlines()
        assert lines[0] == (
            "expected backgroundSync 'Sync completed', instance_id='later', text='x': it did not occur within 1s"
        )
        assert "2 events occurred instead, the nearest first:" in lines
        shown = [line for line in lines if "Sync completed  " in line]
        assert ["late" in line for line in shown] == [True, False]
        assert [line[0] for line in shown] == [" ", "*"]
        assert "* occurred before the wait" in lines
        assert "tag-2" not in text


def test_a_failure_in_an_empty_store(home: Home) -> None:
    with home.open() as engine:
        text = explain_missing_event(engine, COMPLETED, Since(), "1s")
        assert f"No event of any service occurred in {engine.name} in the last 10 minutes." in text
        assert f"No recorder records into {engine.name} now: `cdp-bgservices record` does." in text


def test_a_failure_says_who_records(home: Home) -> None:
    def presence(source: str, *, is_over: bool = False, age: timedelta = timedelta()) -> Presence:
        known = {"host": "here", "browser": "", "version": "0", "since": NOW - timedelta(hours=1)}
        return Presence(source=source, run=source, seen=NOW - age, is_over=is_over, **known)  # type: ignore[arg-type]

    with home.open() as engine:
        engine.keep_recorders(
            [presence("shop"), presence("ended", is_over=True), presence("x", age=timedelta(hours=1))]
        )
        assert "Recorded now: shop since 11:00:00 UTC." in explain_missing_event(engine, COMPLETED, Since(), "1s")
        other = explain_missing_event(engine, sought(sources=("kiosk",)), Since(), "1s")
        assert f"No recorder records kiosk into {engine.name} now: `cdp-bgservices record` does." in other


def test_a_failure_names_what_chromium_has_put_off_long_ago(home: Home) -> None:
    delayed = event(
        1, age=timedelta(hours=3), event_name="sync event failed", metadata={"Next Attempt Delay (ms)": "1"}
    )
    with home.open() as engine:
        engine.add([delayed])
        assert "Chromium tries" not in explain_missing_event(engine, COMPLETED, Since(), "1s")
    never = event(
        2,
        age=timedelta(hours=3),
        service="periodicBackgroundSync",
        event_name="Got next event delay",
        metadata={"Next Attempt Delay (ms)": "infinite"},
    )
    wanted = Sought(query=Query(services=("periodicBackgroundSync",), event_names=("periodicsync event completed",)))
    with home.open() as engine:
        engine.add([never])
        text = explain_missing_event(engine, wanted, Since(after=engine.cursor()), "1s")
        assert "Chromium does not fire the periodic sync 'tag-2' until a user visits its site." in text


def test_a_failure_among_very_many_events(home: Home) -> None:
    with home.open() as engine:
        engine.add(events(MOST_READ + 1))
        since = Since(moment=NOW - timedelta(days=1), words="yesterday", period="since yesterday")
        text = explain_missing_event(engine, COMPLETED, since, "1s")
        assert f"more than {MOST_READ} events occurred instead, the nearest first" in text
