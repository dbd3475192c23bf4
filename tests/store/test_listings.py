"""Parts of listings: in every order, while events come and go."""

from datetime import timedelta

import pytest

from cdp_bgservices.query import Query
from cdp_bgservices.store import Engine
from cdp_bgservices.store.listing import GoneError
from tests.making import MovedClock, event, events, ids
from tests.store.making import listed


@pytest.mark.parametrize("sort", ["time", "event"])
def test_a_listing_notices_that_an_event_is_gone(database: Engine, clock: MovedClock, sort: str) -> None:
    database.add(events(20))
    listing = listed(database, Query(), sort, database.cursor())
    clock.move(database.retention - timedelta(hours=1) + timedelta(microseconds=5))
    with pytest.raises(GoneError):
        database.page(listing, 0, 20)
    assert listed(database, Query(), sort, database.cursor()).total == 14


@pytest.mark.parametrize("sort", ["time", "event"])
def test_a_cleared_store_has_new_listings(database: Engine, sort: str) -> None:
    database.add(events(20))
    listing = listed(database, Query(), sort, database.cursor())
    database.clear()
    database.add([event(100)])
    listing = listed(database, Query(), sort, database.cursor(), listing)
    assert [item.id for _, item in database.page(listing, 0, 5)] == [event(100).id]


@pytest.mark.parametrize("count", [1, 1000])
def test_a_listing_goes_on_from_a_former_one(database: Engine, count: int) -> None:
    database.add(events(5))
    listing = listed(database, Query(), "event", database.cursor())
    assert listing.total == 5
    given = [event(number, source="other") for number in range(10, 10 + count)]
    database.add(given)
    listing = listed(database, Query(), "event", database.cursor(), listing)
    assert listing.total == 5 + count
    assert ids(item for _, item in database.page(listing, 5, 2)) == ids(given[:2])


@pytest.mark.parametrize("sort", ["time", "event"])
def test_very_large_events_make_a_short_page(database: Engine, sort: str) -> None:
    database.add([event(number, metadata={"Payload": "x" * 5_000_000}) for number in range(4)])
    page = database.page(listed(database, Query(), sort, database.cursor()), 0, 4)
    assert 1 <= len(page) < 4
    assert page[0][1].metadata["Payload"]


def test_an_event_by_its_id(database: Engine, clock: MovedClock) -> None:
    given = events(5)
    database.add(given)
    seqs = {event.id: seq for seq, event in database.committed(Query(), 0).events}
    right = seqs[given[2].id]
    for seq in (0, 1, right - 1, right, right + 1, 99):  # Where it may be, or not.
        found = database.by_id(given[2].id, seq)
        assert found
        assert (found[0], found[1].id) == (right, given[2].id)
    assert database.by_id("0" * 32) is None
    clock.move(database.retention)
    assert database.by_id(given[2].id) is None
