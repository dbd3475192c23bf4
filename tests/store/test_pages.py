"""A page of events is bounded in events and in characters: one event may be as large as ten thousand others."""

import tracemalloc
from collections.abc import Iterator
from itertools import pairwise

import pytest
import trio

from cdp_bgservices.events import Event
from cdp_bgservices.query import Query
from cdp_bgservices.store import Engine
from cdp_bgservices.store.values import PAGE, PAGE_SIZE
from tests.making import event, ids
from tests.store.engines import Home

LARGE = 3_000_000
"""Characters of one event's metadata; three of them are a page."""
COUNT = 12


def large_events() -> Iterator[Event]:
    """Each with a few small ones behind it."""
    for number in range(COUNT):
        yield event(number * 10, metadata={"Payload": f"{number:02}" + "x" * LARGE})
        yield from (event(number * 10 + small) for small in range(1, 4))


@pytest.fixture
def given_ids(database: Engine) -> list[str]:
    given_ids = []
    for item in large_events():  # One at a time: none of them is kept here.
        database.add([item])
        given_ids.append(item.id)
    return given_ids


def size_of(page: list[Event]) -> int:
    return sum(len(value) for item in page for value in item.metadata.values())


def test_every_listing_has_all_of_them(database: Engine, given_ids: list[str]) -> None:
    for limit in (None, 1, 5, 48, 500, 501, 10_000):  # In one test: to add them takes longest.
        found: list[str] = []
        for page in database.pages(Query(limit=limit)):
            assert size_of(page) <= PAGE_SIZE + LARGE + 100
            found += ids(page)
        assert found == given_ids[-(limit or 10_000) :], limit


def test_what_is_committed_is_read_to_its_end(database: Engine, given_ids: list[str]) -> None:
    found: list[str] = []
    cursors = [0]
    while cursors[-1] < database.cursor():
        found_now, cursor, _ = database.committed(Query(), cursors[-1])
        page = [event for _, event in found_now]
        assert 0 < size_of(page) <= PAGE_SIZE + LARGE + 100
        found += ids(page)
        cursors.append(cursor)
    assert found == given_ids
    assert all(before < after for before, after in pairwise(cursors))


async def test_a_follower_sees_all_of_them_and_continues(home: Home) -> None:
    async with home.open_store() as store:
        added = list(large_events())
        await store.add(added)
        with trio.fail_after(60):
            found: list[str] = []
            follower = store.follower(after=0)
            while len(found) < len(added):
                found += ids(await follower.next_page())
            assert found == ids(added)
            await store.add([last := event(999)])
            while not (page := await follower.next_page()):
                pass
            assert ids(page) == [last.id]


def test_reading_costs_no_more_memory_than_a_page(database: Engine, given_ids: list[str]) -> None:
    """All of them are 36 MB; at most a page is there as rows, and the page before it as events."""
    tracemalloc.start()
    try:
        assert sum(1 for _ in database.events()) == len(given_ids)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2.5 * (PAGE_SIZE + LARGE) < COUNT * LARGE


def test_small_ones_are_read_a_full_page_at_a_time(database: Engine) -> None:
    database.add([event(number) for number in range(PAGE + 1)])
    assert [len(page) for page in database.pages()] == [PAGE, 1]


def test_a_write_is_not_held_up_by_a_listing_that_was_left(database: Engine, given_ids: list[str]) -> None:
    listing = database.pages()
    next(listing)
    assert database.clear() == len(given_ids), "no read is left open"
