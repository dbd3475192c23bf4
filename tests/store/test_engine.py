"""The synchronous core: adding, listing, finding, forgetting."""

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.query import Query
from cdp_bgservices.store import Added, Engine
from tests.making import NOW, event, events, ids
from tests.store.engines import Home
from tests.store.making import completed, thrown


def test_an_event_comes_back_as_it_was(database: Engine) -> None:
    given = event(metadata={"z": "ü\0\n\"'\\", "": "", "a": "😀"}, scope=None, instance_id="", service="newService")
    database.add([given])
    assert list(database.events()) == [msgspec.structs.replace(given, received_at=NOW)]
    assert list(next(database.events()).metadata) == ["", "a", "z"]


def test_an_event_is_stored_once(database: Engine) -> None:
    first, second, third = events(3)
    assert database.add([first, second, first]) == Added(stored=2, known=1, too_old=0)
    assert database.add([first, second, third]) == Added(stored=1, known=2, too_old=0)
    assert database.add([]) == Added(stored=0, known=0, too_old=0)
    assert ids(database.events()) == ids([first, second, third])


@pytest.mark.parametrize("count", [1, 4, 5, 19, 20, 99, 100, 626, 1234])
def test_batches_of_every_size(database: Engine, count: int) -> None:
    given = events(count)
    assert database.add(given[: count // 2]).stored == count // 2
    assert database.add(given) == Added(stored=count - count // 2, known=count // 2, too_old=0)
    assert ids(database.events()) == ids(given)


def test_events_are_listed_by_timestamp_then_commit(database: Engine) -> None:
    same = [event(instance_id=f"{number}", metadata={}) for number in range(3)]
    late, early = event(9), event(age=timedelta(hours=2))
    database.add([late, *same])
    database.add([early])
    assert ids(database.events()) == ids([early, *same, late])


@pytest.mark.parametrize("limit", [0, 1, 499, 500, 501, 1100, 1200, 5000])
def test_a_limit_takes_the_newest_oldest_first(database: Engine, limit: int) -> None:
    given = events(1200)
    database.add(given)
    assert ids(database.events(Query(limit=limit))) == ids(given[max(0, 1200 - limit) :])


def test_events_of_one_moment_over_several_pages(database: Engine) -> None:
    given = [event(instance_id=f"{number}", timestamp=1_795_200_000_000_000) for number in range(1700)]
    database.add(given)
    assert ids(database.events()) == ids(given)


def test_a_listing_does_not_include_what_is_added_while_it_runs(database: Engine) -> None:
    database.add(events(600))
    listing = database.events()
    next(listing)
    database.add([event(5000)])
    assert len(list(listing)) == 599


def test_a_limit_below_zero_is_refused(database: Engine) -> None:
    with pytest.raises(InvalidInputError, match="-1 is not a number"):
        list(database.events(Query(limit=-1)))


def test_find_takes_a_prefix(database: Engine) -> None:
    given = events(200)
    database.add(given)
    wanted = given[7]
    assert ids(database.find(wanted.id)) == [wanted.id]
    assert ids(database.find(wanted.id[:12].upper())) == [wanted.id]
    assert ids(database.find(wanted.id[:1])) == sorted(item for item in ids(given) if item[0] == wanted.id[0])
    assert database.find("xyz") == database.find("%") == []
    with pytest.raises(InvalidInputError):
        database.find("")


def test_statistics(database: Engine) -> None:
    assert database.statistics().events == {}
    assert database.statistics().oldest is None
    given = [*events(3), *events(2, service="pushMessaging")]
    database.add(given)
    statistics = database.statistics()
    assert statistics.events == {"backgroundSync": 3, "pushMessaging": 2}
    assert (statistics.oldest, statistics.newest) == (given[0].timestamp, given[2].timestamp)
    assert statistics.retention == timedelta(days=3)
    assert statistics.size == database.size()


def test_clear(database: Engine) -> None:
    database.add([*events(3000), *events(5, service="pushMessaging")])
    assert database.clear(["pushMessaging", "notifications"]) == 5
    assert database.clear() == 3000
    assert list(database.events()) == []
    assert database.clear() == 0


def test_the_cursor_survives_clearing(database: Engine) -> None:
    database.add(events(3))
    before = database.cursor()
    database.clear()
    assert database.cursor() >= before
    database.add([event(7)])
    found, cursor, _ = database.committed(Query(), before)
    assert ids(item for _, item in found) == [event(7).id]
    assert cursor == database.cursor() > before


def test_committed_pages_follow_the_commits(database: Engine) -> None:
    late, early, other = event(5), event(1), event(2, service="pushMessaging")
    database.add([late])
    start = database.cursor()
    database.add([early, late, other])
    page, cursor, more = database.committed(Query(services=("backgroundSync",)), start)
    assert ([event.id for _, event in page], cursor, more) == ([early.id], database.cursor(), False)
    assert database.committed(Query(), cursor) == ([], cursor, False)


def test_the_hours_of_what_was_committed(database: Engine) -> None:
    database.add([event(0), event(1), event(2, age=timedelta(hours=5))])
    cursor = database.cursor()
    assert database.changed_hours(cursor, cursor) == set()
    database.add([event(3, age=timedelta(hours=9)), event(4, age=timedelta(hours=9)), event(5)])
    hours = {(NOW - timedelta(hours=back)).timestamp() // 3600 for back in (9, 1)}
    assert database.changed_hours(cursor, database.cursor()) == hours


def test_an_identity_is_the_store_s_own(home: Home, database: Engine, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    with home.open() as again, type(home)(tmp_path / "other").open() as other:
        assert database.identity() == again.identity() != other.identity()


def test_deletions_are_counted_and_changes_are_not(database: Engine) -> None:
    database.add([completed(1), event(2)])
    before, clears = database.deletions(), database.clears()
    database.add([], [thrown(1, completed(1))])
    assert database.deletions() == before
    assert database.clears() != clears
    database.clear(["backgroundSync"])
    assert database.deletions() > before
