"""What goes wrong between a spool and its shared store, and what is in both afterwards."""

from collections import Counter
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
import trio

from cdp_bgservices.errors import StoreError
from cdp_bgservices.shipping.progress import TAIL, read_progress
from cdp_bgservices.shipping.report import find_report
from cdp_bgservices.store import open_engine
from tests.making import NOW, MovedClock, event, events, ids
from tests.shipping.far import Far, open_shipping, until_level
from tests.waiting import look_again

QUICK = 0.3
"""Seconds that a test waits for a store that stays away."""


async def test_what_is_left_at_the_end_is_said_and_the_next_recording_sends_it(far: Far, spool: Path) -> None:
    far.is_away = True
    with pytest.raises(StoreError, match=f"1,204 events are in {spool} and not in {far.path} yet") as caught:
        async with open_shipping(far, spool, patience=QUICK) as store:
            await store.add(events(1_204))
    assert (
        caught.value.remedy
        == f"The next recording sends them, or: cdp-bgservices ship {spool} --store sqlite:///{far.path}"
    )
    report = find_report(spool, far.clock)
    assert report is not None
    assert (report.waiting, report.since, report.error) == (1_204, NOW, "The store far cannot be reached")
    far.is_away = False
    async with open_shipping(far, spool):
        pass
    assert len(far.ids()) == 1_204
    report = find_report(spool, far.clock)
    assert report is not None
    assert (report.waiting, report.since, report.error) == (0, None, "")


async def test_an_error_of_the_recording_is_what_comes_out(far: Far, spool: Path) -> None:
    far.is_away = True
    said: list[str] = []
    with pytest.raises(LookupError, match="another"):  # noqa: PT012 the recording is what fails
        async with open_shipping(far, spool, patience=QUICK, said=said) as store:
            await store.add(events(1))
            raise LookupError("another")
    assert said[-1] == f"warning: 1 event is in {spool} and not in {far.path} yet"


async def test_a_user_in_a_hurry_does_not_wait(far: Far, spool: Path) -> None:
    far.is_away = True
    said: list[str] = []
    async with open_shipping(far, spool, said=said) as store:
        await store.add(events(1))
        store.hurry()
    assert said[-1].startswith(f"warning: 1 event is in {spool} and not in {far.path} yet: ")


async def test_a_store_that_forgets_the_last_minutes_gets_them_again(far: Far, spool: Path) -> None:
    async with open_shipping(far, spool) as store:
        await store.add(events(100))
        await until_level(store)
        copy = far.keep_copy()
        await store.add(events(3_000))
        await until_level(store)
        assert len(far.ids()) == 3_000
        far.set_back(copy)
        await store.add(events(3_001))
        while len(far.ids()) < 3_001:  # noqa: ASYNC110 the far end notifies no one
            await trio.sleep(0.01)
    assert Counter(far.ids()) == Counter(ids(events(3_001)))


async def test_no_more_is_sent_again_than_may_be_forgotten(far: Far, spool: Path) -> None:
    clock = far.clock
    assert isinstance(clock, MovedClock)
    async with open_shipping(far, spool) as store:
        for number in range(4):
            await store.add(events(10, age=timedelta(hours=2 + number)))
            await until_level(store)
            clock.move(TAIL)
    with open_engine(spool) as engine:
        progress = read_progress(engine)
    assert progress.place == 40
    progress.go_back()
    assert progress.place == 30


async def test_what_was_deleted_over_there_stays_deleted(far: Far, spool: Path) -> None:
    async with open_shipping(far, spool) as store:
        await store.add(events(10))
        await until_level(store)
        with open_engine(far.path, clock=far.clock) as engine:
            assert engine.clear() == 10
        far.cut()
        await store.add([event(11)])
        await until_level(store)
    assert far.ids() == [event(11).id]


async def test_an_event_that_cannot_be_held_takes_no_other_along(far: Far, spool: Path) -> None:
    given = events(300)
    far.poison = {given[7].id, given[290].id}
    said: list[str] = []
    async with open_shipping(far, spool, said=said) as store:
        await store.add(given)
        await until_level(store)
        await store.add([event(400)])
    assert set(far.ids()) == {each.id for each in [*given, event(400)]} - far.poison
    (warning,) = said
    assert warning.startswith(f"warning: {far.path} cannot hold 2 events, such as ")
    assert warning.endswith(f": they stay in {spool} only")
    report = find_report(spool, far.clock)
    assert report is not None
    assert (report.refused, report.waiting, report.refusal) == (2, 0, "The store far cannot hold an event (too long)")
    async with open_shipping(far, spool) as store:
        assert store.shipper.progress.refusals == 2, "what is sent again is not counted again"


async def test_a_clock_that_is_days_ahead_waits_for_its_day(far: Far, spool: Path) -> None:
    fast = MovedClock(NOW + timedelta(days=3))
    said: list[str] = []
    async with open_shipping(far, spool, clock=fast, said=said) as store:
        await store.add([event(1, age=timedelta(days=-3)), event(2, age=timedelta(days=-1))])
        await until_level(store)
        assert far.ids() == [event(2, age=timedelta(days=-1)).id]
    assert said == [
        f"warning: 1 event waits in {spool}: more than two days ahead; this machine's clock is 3d ahead of the store's"
    ]
    assert isinstance(far.clock, MovedClock)
    far.clock.move(timedelta(days=2))
    async with open_shipping(far, spool, clock=fast):
        pass
    assert len(far.ids()) == 2


async def test_a_clock_that_is_behind_by_more_than_the_retention_is_said(far: Far, spool: Path) -> None:
    slow = MovedClock(NOW - timedelta(days=4))
    said: list[str] = []
    async with open_shipping(far, spool, clock=slow, said=said) as store:
        await store.add(events(2, age=timedelta(days=4, minutes=1)))
    assert far.ids() == []
    assert said == [
        f"warning: 2 events were past the retention of {far.path}; this machine's clock is 4d behind the store's"
    ]


async def test_two_recorders_of_one_spool_and_one_of_them_ships(far: Far, spool: Path) -> None:
    async with open_shipping(far, spool) as second:
        async with open_shipping(far, spool) as first:
            assert [each.shipper.lock.is_held for each in (first, second)] == [False, True]
            await first.add(events(10))
            await second.add(events(20))
        assert len(far.ids()) == 20, "it waits until the other one has sent its events"
    assert len(far.ids()) == 20


async def test_what_another_recorder_of_the_spool_ships_is_waited_for(far: Far, spool: Path) -> None:
    async with open_shipping(far, spool), open_shipping(far, spool) as second:
        await second.add(events(10))
        await second.wait_shipped()
        assert len(far.ids()) == 10
        await second.add(events(20))
        assert await second.clear() == 20


@pytest.mark.parametrize("ships", [True, False], ids=["it ships", "another recorder of the spool ships"])
async def test_nothing_is_deleted_where_the_store_goes_away_while_its_events_are_sent(
    far: Far, spool: Path, *, ships: bool
) -> None:
    async with open_shipping(far, spool) as first, open_shipping(far, spool) as second:
        store = first if ships else second
        await store.add(events(2))
        await store.wait_shipped()

        async def until_clear_waits() -> None:
            while not store.shipper.moved.statistics().tasks_waiting:
                await look_again()

        def go_away() -> None:
            trio.from_thread.run(until_clear_waits)
            far.is_away = True

        far.on_step = go_away
        await store.add([event(3)])
        with pytest.raises(StoreError, match=f"{far.path} cannot be reached: nothing is deleted"):
            await store.clear()
        assert len([each async for each in store.events()]) == 3
        assert len(far.ids()) == 2
        far.on_step = lambda: None
        far.is_away = False
    assert len(far.ids()) == 3


async def test_what_other_recorders_of_the_spool_go_on_adding_is_not_waited_for(far: Far, spool: Path) -> None:
    async with open_shipping(far, spool) as first, trio.open_nursery() as nursery:

        async def go_on() -> None:
            for number in count(1_000):
                await first.add([event(number)])

        async with open_shipping(far, spool) as second:
            nursery.start_soon(go_on)
            await second.add(events(10))
        assert {each.id for each in events(10)} <= set(far.ids())
        nursery.cancel_scope.cancel()


async def test_the_second_recorder_takes_over(far: Far, spool: Path) -> None:
    async with trio.open_nursery() as nursery:
        opened, ended = trio.Event(), trio.Event()

        async def first() -> None:
            async with open_shipping(far, spool) as store:
                await store.add(events(10))
                opened.set()
                await ended.wait()

        nursery.start_soon(first)
        await opened.wait()
        async with open_shipping(far, spool) as second:
            ended.set()
            while not second.shipper.lock.is_held:  # noqa: ASYNC110 the system's locks notify no one
                await trio.sleep(0.01)
            await second.add(events(20))
            await until_level(second)
            assert len(far.ids()) == 20


async def test_the_spool_of_another_store_is_refused(far: Far, spool: Path, tmp_path: Path) -> None:
    async with open_shipping(far, spool) as store:
        await store.add(events(3))
    (tmp_path / "other").mkdir()
    other = Far(tmp_path / "other")
    for other.is_away in (False, True):
        with pytest.raises(StoreError, match=f"The spool {spool} belongs to another store, sqlite:///{far.path}"):
            async with open_shipping(other, spool):
                raise AssertionError("it is refused")


async def test_a_store_that_was_made_again_gets_everything(far: Far, spool: Path) -> None:
    async with open_shipping(far, spool) as store:
        await store.add(events(3))
    for file in far.path.parent.glob("far.db*"):
        file.unlink()
    async with open_shipping(far, spool):
        pass
    assert len(far.ids()) == 3


async def test_a_fault_of_the_far_end_s_engine_does_not_end_the_recording(far: Far, spool: Path) -> None:
    said: list[str] = []

    def fail() -> None:
        far.on_step = lambda: None
        raise KeyError("a setting")

    far.on_step = fail
    async with open_shipping(far, spool, said=said) as store:
        await store.add(events(3))
    assert len(far.ids()) == 3
    assert said[0].startswith(f"warning: Sending to {far.path} failed (KeyError: 'a setting')")
