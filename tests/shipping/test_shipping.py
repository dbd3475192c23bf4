"""From the spool to the shared store: each event once, whatever goes away in between."""

from datetime import timedelta
from pathlib import Path

import msgspec
import trio

from cdp_bgservices.query import Query
from cdp_bgservices.store import Engine, open_engine
from cdp_bgservices.store.sqlite.engine import SqliteEngine
from cdp_bgservices.thrown import threw
from tests.making import MovedClock, event, events, ids
from tests.shipping.far import Far, open_shipping, until_level
from tests.store.making import completed, detail, shown, thrown


async def test_what_is_recorded_comes_to_the_shared_store(far: Far, spool: Path) -> None:
    given = events(5_000)
    async with open_shipping(far, spool) as store:
        assert (store.name, store.url, store.is_shared) == (str(far.path), f"sqlite:///{far.path}", True)
        await store.add(given)
        await until_level(store)
        assert sorted(far.ids()) == sorted(ids(given))
        await store.add(events(10, age=timedelta()))
    assert len(far.ids()) == 5_010


async def test_an_error_comes_with_its_event_once(far: Far, spool: Path) -> None:
    first, second = completed(1), completed(2)
    async with open_shipping(far, spool) as store:
        await store.add([first, second], [thrown(1, first)])
        await until_level(store)
        await store.add([], [thrown(2, first), thrown(3)])
        await until_level(store)
        here = [each.details async for each in store.events()]
    with open_engine(far.path, clock=far.clock) as there:
        assert [each.details for each in there.events()] == here
        assert there.thrown() == [thrown(1, first), thrown(2, first), thrown(3)]
        assert ids(there.events(Query(failed=True))) == [first.id]


async def test_details_that_come_late_are_sent_to_their_event(far: Far, spool: Path) -> None:
    """What was learned of it, and what came out of a file, each once, beside what its worker threw."""
    first, second = shown(1), shown(2)
    item = {"message": "Uncaught Error: it broke", "source_url": "sw.js", "line": 1, "column": 2}
    async with open_shipping(far, spool) as store:
        await store.add([first, second])
        await until_level(store)
        await store.add([], [detail(first), detail(second)])
        await store.add([msgspec.structs.replace(first, details={"threw": [item]})], [thrown(1, first)])
        await until_level(store)
        here = [each.details async for each in store.events()]
        assert [sorted(each or {}) for each in here] == [["notification", "threw"], ["notification"]]
    with open_engine(far.path, clock=far.clock) as there:
        assert [each.details for each in there.events()] == here
        assert [len(threw(each)) for each in there.events()] == [2, 0]


async def test_what_is_past_retention_goes_from_the_shared_store(far: Far, spool: Path) -> None:
    """Also where nothing is recorded: no process of its own would do it."""
    with open_engine(far.path, clock=far.clock) as there:
        assert isinstance(far.clock, MovedClock)
        there.add([*events(2), event(5, age=timedelta(minutes=5))])
        far.clock.move(timedelta(days=3, minutes=-30))
        async with open_shipping(far, spool):
            while number_of_rows(there) == 3:  # noqa: ASYNC110 a prune notifies no one
                await trio.sleep(0.01)
        assert number_of_rows(there) == 1


def number_of_rows(there: Engine) -> int:
    """With those that are past retention."""
    assert isinstance(there, SqliteEngine)
    return int(there.connection.execute("SELECT count(*) FROM events").fetchone()[0])


async def test_a_store_that_is_away_costs_nothing(far: Far, spool: Path) -> None:
    said: list[str] = []
    async with open_shipping(far, spool, said=said) as store:
        await store.add(events(10))
        await until_level(store)
        far.is_away = True
        await store.add(events(20))
        while not said:  # noqa: ASYNC110 what is said notifies no one
            await trio.sleep(0.01)
        far.is_away = False
        await until_level(store)
    assert len(far.ids()) == 20
    assert said == [
        f"warning: The store far has gone away. Start it. The recording goes on, and its events wait in {spool}",
        f"{far.path} is there again: what waits in {spool} is sent",
    ]


async def test_details_out_of_a_file_stay_with_their_event(far: Far, spool: Path) -> None:
    """What was thrown there is in no list of the spool's own."""
    item = {"message": "Uncaught Error: it broke", "source_url": "sw.js", "line": 1, "column": 2}
    first, second = (msgspec.structs.replace(completed(number), details={"threw": [item]}) for number in (1, 2))
    async with open_shipping(far, spool) as store:
        await store.add([first, second], [thrown(1, second)])
        await until_level(store)
        here = [each.details async for each in store.events()]
    with open_engine(far.path, clock=far.clock) as there:
        assert [each.details for each in there.events()] == here
        assert [len(threw(each)) for each in there.events()] == [1, 2]
