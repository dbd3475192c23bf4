"""open_store: the same store under trio, and following what is committed."""

from datetime import timedelta

import pytest
import trio

from cdp_bgservices.errors import StoreError
from cdp_bgservices.query import Query
from cdp_bgservices.store import Added
from cdp_bgservices.store.trio_store import Store
from tests.making import MovedClock, event, events, ids
from tests.store.engines import Home

FRESH = timedelta(hours=1)


async def test_add_list_find_clear(home: Home) -> None:
    given = events(1200)
    async with home.open_store() as store:
        assert await store.add(given) == Added(stored=1200, known=0, too_old=0)
        assert await store.add(given[:3]) == Added(stored=0, known=3, too_old=0)
        assert [item.id async for item in store.events()] == ids(given)
        assert [item.id async for item in store.events(Query(limit=2))] == ids(given[-2:])
        assert ids(await store.find(given[5].id)) == [given[5].id]
        assert (await store.statistics()).events == {"backgroundSync": 1200}
        assert await store.cursor() >= 1200
        assert await store.clear(["notifications"]) == 0
        assert await store.clear() == 1200


async def test_a_listing_can_be_left_half_way(home: Home) -> None:
    async with home.open_store() as store:
        await store.add(events(1200))
        async for _ in store.events():
            break
        async for _ in store.follow(after=0):
            break


async def take(store: Store, count: int, query: Query, after: int) -> list[str]:
    taken: list[str] = []
    async for item in store.follow(query, after=after):
        taken.append(item.id)
        if len(taken) == count:
            break
    return taken


async def test_follow_begins_at_a_cursor_and_keeps_the_order_of_commits(home: Home) -> None:
    given = list(reversed(events(1700)))
    async with home.open_store() as store:
        await store.add([event(5000)])
        start = await store.cursor()
        await store.add(given)
        with trio.fail_after(30):
            assert await take(store, 1700, Query(), start) == ids(given)


async def test_follow_wakes_for_its_own_stores_commit(home: Home) -> None:
    async with home.open_store() as store:
        await store.add([event(1)])
        send, receive = trio.open_memory_channel[str](100)

        async def follow() -> None:
            async for item in store.follow(Query(services=("pushMessaging",)), after=0):
                send.send_nowait(item.id)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(follow)
            for number in range(2, 30):
                wanted = event(number, service="pushMessaging")
                await store.add([event(number), wanted])
                with trio.fail_after(30):
                    assert await receive.receive() == wanted.id
            nursery.cancel_scope.cancel()


async def test_follow_sees_what_another_process_commits(home: Home) -> None:
    clock = MovedClock()
    async with home.open_store(clock) as store:
        delays: list[float] = []
        with home.open(clock) as other:
            while (number := len(delays)) < 5 or min(delays) >= 0.3:  # Until other work does not hold it up.
                cursor = await store.cursor()

                async def commit(number: int = number) -> None:
                    await trio.to_thread.run_sync(other.add, [event(number)])
                    delays.append(trio.current_time())

                with trio.fail_after(30):
                    async with trio.open_nursery() as nursery:
                        nursery.start_soon(commit)
                        assert await take(store, 1, Query(), cursor) == [event(number).id]
                delays[-1] = trio.current_time() - delays[-1]
        assert min(delays) < 0.3


async def test_cancelling_waits_for_the_commit(home: Home) -> None:
    async with home.open_store() as store:
        with trio.CancelScope() as scope:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(store.add, events(2000))
                await trio.testing.wait_all_tasks_blocked()
                scope.cancel()
        assert len([item async for item in store.events()]) == 2000


async def test_what_is_asked_cannot_write(home: Home) -> None:
    async with home.open_store() as store:
        with pytest.raises(StoreError):
            await store.ask(lambda engine: engine.add(events(1)))
        with pytest.raises(StoreError):
            await store.ask(lambda engine: engine.clear())


async def test_the_bodys_own_error_comes_out_bare(home: Home) -> None:
    with pytest.raises(KeyError):
        async with home.open_store():
            raise KeyError
