"""The shared store decides how long events are kept, and what is left out of them; its spools follow."""

from datetime import timedelta
from pathlib import Path

import pytest
import trio

from cdp_bgservices.errors import StoreError
from cdp_bgservices.shipping.terms import DeniedError
from cdp_bgservices.store import Engine, open_engine
from tests.making import event, ids
from tests.shipping.far import Far, open_shipping, until_level
from tests.store.making import completed, thrown
from tests.store.test_redaction import SECRET, push

WEEK = timedelta(days=7)


def payloads(engine: Engine) -> list[str]:
    return [each.metadata["Payload"] for each in engine.events()]


async def test_the_spool_keeps_as_long_as_the_shared_store(far: Far, spool: Path) -> None:
    with open_engine(far.path, retention=WEEK):
        pass
    async with open_shipping(far, spool) as store:
        assert store.retention == WEEK
    far.is_away = True
    async with open_shipping(far, spool) as store:
        assert store.retention == WEEK


async def test_settings_that_a_user_asks_for_are_those_of_the_shared_store(far: Far, spool: Path) -> None:
    async with open_shipping(far, spool, retention=WEEK, redact=True) as store:
        assert (store.retention, store.redacts) == (WEEK, True)
    with open_engine(far.path) as engine:
        assert (engine.retention, engine.redacts) == (WEEK, True)


async def test_payloads_stay_on_the_machine_under_the_fleet_s_key(far: Far, spool: Path) -> None:
    with open_engine(far.path) as engine:
        engine.set_redaction(True)
        key = engine.redaction_key()
    async with open_shipping(far, spool) as store:
        await store.add([push(1)])
        await until_level(store)
    assert spool.with_name("spool.db-key").read_bytes() == key
    with open_engine(spool, clock=far.clock) as here, open_engine(far.path, clock=far.clock) as there:
        assert payloads(here) == payloads(there)
        assert payloads(there)[0].startswith("redacted: 24 bytes, ")
    written = b"".join(file.read_bytes() for file in spool.parent.iterdir())
    assert SECRET.encode() not in written


async def test_what_was_recorded_before_is_redacted_when_it_is_sent(far: Far, spool: Path) -> None:
    with open_engine(far.path) as engine:
        engine.set_redaction(True)
    far.is_away = True
    with pytest.raises(StoreError, match="1 event is in"):
        async with open_shipping(far, spool, patience=0) as store:
            await store.add([push(1)])
    far.is_away = False
    async with open_shipping(far, spool) as store:
        assert (await store.add([push(1)])).known == 1, "a replay brings it again"
    with open_engine(far.path, clock=far.clock) as there:
        (payload,) = payloads(there)
        assert payload.startswith("redacted: 24 bytes, ")


async def test_a_spool_that_was_never_connected_has_a_key_of_its_own_until_it_is(far: Far, spool: Path) -> None:
    with open_engine(far.path) as engine:
        engine.set_redaction(True)
        key = engine.redaction_key()
    far.is_away = True
    with pytest.raises(StoreError, match="1 event is in"):
        async with open_shipping(far, spool, redact=True, patience=0) as store:
            await store.add([push(1)])
    own = spool.with_name("spool.db-key").read_bytes()
    far.is_away = False
    async with open_shipping(far, spool, redact=True) as store:
        assert (await store.add([push(1), push(2)])).stored == 1, "a replay brings the first one again"
        assert spool.with_name("spool.db-key").read_bytes() == (key or b"") + own
    with open_engine(far.path, clock=far.clock) as there:
        assert [each.startswith("redacted: 24 bytes, ") for each in payloads(there)] == [True, True]


async def test_an_error_finds_its_event_in_either_form(far: Far, spool: Path) -> None:
    async with open_shipping(far, spool) as store:
        await store.add([completed(1)], [thrown(1, completed(1))])
        await until_level(store)
        with open_engine(far.path) as engine:
            engine.set_redaction(True)
        far.cut()
        await store.add([completed(2), push(3)], [thrown(2, completed(2)), thrown(3, push(3))])
        await until_level(store)
    with open_engine(far.path, clock=far.clock) as there:
        owners = [each.event_id for each in there.thrown()]
        assert len(owners) == 3
        assert sorted(map(str, owners)) == sorted(ids(there.events()))


async def test_a_recorder_without_the_right_is_refused_with_one_line(far: Far, spool: Path) -> None:
    far.is_owner = False
    with pytest.raises(DeniedError) as caught:
        async with open_shipping(far, spool, retention=WEEK):
            raise AssertionError("it is refused")
    assert str(caught.value) == f"--retention changes a setting of {far.path}, which only its owner may do"
    async with open_shipping(far, spool, retention=timedelta(days=3)) as store:
        assert store.retention == timedelta(days=3), "it is what it is already"


async def test_a_recorder_without_the_right_may_still_leave_out_payloads(far: Far, spool: Path) -> None:
    """Where it is learned only later that the shared store takes them."""
    far.is_owner, far.is_away = False, True
    said: list[str] = []
    async with open_shipping(far, spool, redact=True, said=said) as store:
        far.is_away = False
        while store.shipper.link is None:  # noqa: ASYNC110 the link notifies no one
            await trio.sleep(0.01)
        await store.add([push(1), event(2)])
        await until_level(store)
    assert said[1] == (
        f"warning: --redact changes a setting of {far.path}, which only its owner may do: "
        "this recorder alone leaves payloads out"
    )
    with open_engine(far.path, clock=far.clock) as there:
        assert len(ids(there.events())) == 2
        assert SECRET not in str(list(there.events()))
