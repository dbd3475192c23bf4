"""The ledger comes after the events: the shared store never vouches for what is not in it."""

import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from cdp_bgservices.coverage.values import DEFAULT, Interval, Series, State, Tail
from cdp_bgservices.errors import StoreError
from cdp_bgservices.events import Event
from cdp_bgservices.shipping.link import open_link
from cdp_bgservices.shipping.messages import Messages
from cdp_bgservices.shipping.progress import read_progress
from cdp_bgservices.shipping.shipment import Shipment
from cdp_bgservices.shipping.terms import read_terms
from cdp_bgservices.store import Account, Engine, open_engine, open_store
from tests.making import NOW, event, ids
from tests.shipping.far import Far, open_shipping, until_level

SERVICE = "backgroundSync"
BEGIN = NOW - timedelta(hours=1)
MINUTE = timedelta(minutes=1)


class Recorder:
    """It adds events, and then vouches for the time up to them."""

    def __init__(self, spool: Engine) -> None:
        self.spool = spool
        self.events: list[Event] = []

    def record(self) -> None:
        number = len(self.events)
        self.events += [event(number), event(number + 1)]
        self.spool.add(self.events[-2:])
        until = self.events[-1].timestamp
        series = Series(context_kind=DEFAULT, service=SERVICE, seen_until=until, armed_until=None)
        live = Interval(context_kind=DEFAULT, service=SERVICE, begin=BEGIN, end=until, state=State.LIVE)
        tail = Tail(service=SERVICE, registration_id="0", timestamp=until, scope="")
        self.spool.account("test", Account(intervals=[live], series=[series], tails=[tail]))


def assert_all_is_there(far: Far, recorder: Recorder) -> None:
    """That the shared store vouches for."""
    with open_engine(far.path, clock=far.clock) as there:
        ends = [interval.end for each in there.coverage() for interval in each.intervals]
        vouched = [each.id for each in recorder.events if ends and each.timestamp <= max(ends)]
        assert set(vouched) <= set(ids(there.events()))


@settings(max_examples=25, deadline=None)
@given(steps=st.lists(st.sampled_from(["nothing", "fail", "record", "record"]), max_size=14))
async def test_whatever_stops_it_nothing_is_vouched_for_too_early(steps: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        far, path, left = Far(Path(folder)), Path(folder) / "spool.db", iter(steps)
        with open_engine(path, clock=far.clock) as own:
            recorder = Recorder(own)
            recorder.record()
            while not await ship(far, path, recorder, left):
                far.is_away = False
            assert_all_is_there(far, recorder)
            with open_engine(far.path, clock=far.clock) as there:
                assert sorted(ids(there.events())) == sorted(ids(recorder.events))
                assert there.coverage() == own.coverage()
                assert there.known("test") == own.known("test")


async def ship(far: Far, spool: Path, recorder: Recorder, steps: Iterator[str]) -> bool:
    """Over one connection; whether all was sent. With each step of the far end one of these happens."""

    def step() -> None:
        what = next(steps, "nothing")
        if what == "record":
            recorder.record()
        far.is_away = what == "fail"
        assert_all_is_there(far, recorder)

    far.on_step = step
    try:
        async with (
            open_store(spool, clock=far.clock) as store,
            store.open_reader() as reader,
            open_link(far.connect) as link,
        ):
            messages = Messages(print, "spool", "far")
            shipment = Shipment(store, reader, link, read_progress(store.engine), messages)
            shipment.begin(read_terms(link.engine, store.engine))
            await shipment.send(everything=True)
            await shipment.note()
            far.on_step = lambda: None
            await shipment.send(everything=True)
    except StoreError:
        return False
    return next(steps, None) is None


def series(until: timedelta) -> Series:
    return Series(context_kind=DEFAULT, service=SERVICE, seen_until=BEGIN + until, armed_until=None)


def tail(registration: str, at: timedelta) -> Tail:
    return Tail(service=SERVICE, registration_id=registration, timestamp=BEGIN + at, scope="")


async def test_a_profile_that_comes_from_another_machine_brings_its_ledger(far: Far, tmp_path: Path) -> None:
    known = Account(intervals=[], series=[series(MINUTE)], tails=[tail("1", MINUTE), tail("2", MINUTE)])
    async with open_shipping(far, tmp_path / "one.db") as store:
        await store.account("profile", known)
    async with open_shipping(far, tmp_path / "other.db") as store:
        found = await store.known("profile")
        assert (found.series, found.tails) == (known.series, known.tails)
        later = Account(intervals=[], series=[series(2 * MINUTE)], tails=[tail("2", 2 * MINUTE)], gone=["1"])
        await store.account("profile", later)
    # The first machine sends again what it knows, which is less.
    async with open_shipping(far, tmp_path / "one.db") as store:
        await store.add([event(1)])
        await until_level(store)
    with open_engine(far.path, clock=far.clock) as there:
        assert there.known("profile").series == [series(2 * MINUTE)]
        assert there.known("profile").tails == [tail("2", 2 * MINUTE)]


async def test_a_source_that_no_machine_knows_is_begun_here(far: Far, tmp_path: Path) -> None:
    async with open_shipping(far, tmp_path / "one.db") as store:
        assert (await store.known("profile")).series == []
        far.cut()
        assert (await store.known("other")).series == []


async def test_the_ledger_waits_for_events_that_are_ahead(far: Far, tmp_path: Path) -> None:
    live = Interval(context_kind=DEFAULT, service=SERVICE, begin=BEGIN, end=NOW + timedelta(days=3), state=State.LIVE)
    async with open_shipping(far, tmp_path / "spool.db") as store:
        await store.add([event(1, age=timedelta(days=-3))])
        await store.account("test", Account(intervals=[live], series=[series(MINUTE)]))
    with open_engine(far.path, clock=far.clock) as there:
        assert there.coverage() == []
