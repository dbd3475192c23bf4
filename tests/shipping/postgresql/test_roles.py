"""A recorder that may do nothing in the shared store but add: its spool is shipped as any other."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from cdp_bgservices.coverage.values import DEFAULT, Interval, Series, State, Tail
from cdp_bgservices.errors import StoreError
from cdp_bgservices.heartbeat import Heartbeat
from cdp_bgservices.shipping.spooled import open_spooled
from cdp_bgservices.shipping.terms import DeniedError
from cdp_bgservices.store import Account, open_engine
from cdp_bgservices.store.location import resolve_location
from cdp_bgservices.store.postgres_location import PostgresLocation
from cdp_bgservices.store.postgresql.preparing import prepare
from tests.cli.running import run
from tests.making import ids
from tests.shipping.far import until_level
from tests.shipping.postgresql.conftest import CrashingServer
from tests.shipping.postgresql.test_shipping import BEGIN, completed, recents
from tests.store.making import thrown
from tests.store.test_redaction import SECRET, push
from tests.waiting import look_again

ROLE, READER = "kiosk", "watcher"
SERVICE = "backgroundSync"


@pytest.fixture
def store(server: CrashingServer) -> Iterator[str]:
    """The store's URL for a recorder."""
    with psycopg.connect(server.store, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {ROLE} LOGIN")
    place = resolve_location(server.store)
    assert isinstance(place, PostgresLocation)
    prepare(place, [ROLE], [])
    yield server.url("template", ROLE)
    with psycopg.connect(server.store, autocommit=True) as connection:
        connection.execute(f"DROP OWNED BY {ROLE}")
        connection.execute(f"DROP ROLE {ROLE}")


def account(minutes: int, *registrations: str) -> Account:
    until = BEGIN + timedelta(minutes=minutes)
    return Account(
        intervals=[Interval(context_kind=DEFAULT, service=SERVICE, begin=BEGIN, end=until, state=State.LIVE)],
        series=[Series(context_kind=DEFAULT, service=SERVICE, seen_until=until, armed_until=None)],
        tails=[Tail(service=SERVICE, registration_id=each, timestamp=BEGIN, scope="") for each in registrations],
        gone=["1"] if "1" not in registrations else [],
    )


async def test_a_recorder_s_rights_are_enough(server: CrashingServer, store: str, tmp_path: Path) -> None:
    spool, first, second = tmp_path / "spool.db", completed(9_000), completed(9_001)
    async with open_spooled(store, spool) as spooled:
        assert (await spooled.known("kiosk")).series == []
        await spooled.add([*recents(0, 3_000), first, second], [thrown(1, first, timestamp=BEGIN)])
        await spooled.account("kiosk", account(1, "1", "2"))
        await spooled.keep_run("kiosk", {"received": 3_002})
        await Heartbeat(spooled, "browser").beat(["kiosk"])
        await until_level(spooled)
        await spooled.add([], [thrown(1, second, timestamp=BEGIN), thrown(2, first, timestamp=BEGIN)])
        await spooled.account("kiosk", account(2, "2"))
    with open_engine(server.store) as there, open_engine(spool) as here:
        assert sorted(ids(there.events())) == sorted(ids(here.events()))
        assert there.thrown() == here.thrown()
        assert there.coverage() == here.coverage()
        assert there.known("kiosk") == here.known("kiosk")
        assert there.runs() == here.runs()
        assert len(there.recorders(BEGIN)) == 1


async def test_what_is_recorded_leaves_its_payloads_here(server: CrashingServer, store: str, tmp_path: Path) -> None:
    with open_engine(server.store) as owner:
        owner.set_redaction(True)
    now = int(BEGIN.timestamp()) * 1_000_000
    async with open_spooled(store, tmp_path / "spool.db") as spooled:
        assert spooled.redacts
        await spooled.add([push(timestamp=now)])
    with open_engine(server.store) as there:
        (event,) = there.events()
        assert SECRET not in event.metadata["Payload"]


async def test_settings_are_the_owner_s(store: str, tmp_path: Path) -> None:
    with pytest.raises(DeniedError, match="which only its owner may do"):
        async with open_spooled(store, tmp_path / "spool.db", retention=timedelta(days=9)):
            raise AssertionError("it is refused")


async def test_deleting_is_the_owner_s(server: CrashingServer, store: str, tmp_path: Path) -> None:
    async with open_spooled(store, tmp_path / "spool.db") as spooled:
        await spooled.add(recents(0, 3))
        with pytest.raises(StoreError, match="does not let this role do that"):
            await spooled.clear()
        assert len([event async for event in spooled.events()]) == 3
    assert len(server.ids()) == 3


@pytest.fixture
def reading(server: CrashingServer) -> Iterator[str]:
    """The store's URL for a reader."""
    with psycopg.connect(server.store, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {READER} LOGIN")
    place = resolve_location(server.store)
    assert isinstance(place, PostgresLocation)
    prepare(place, [], [READER])
    yield server.url("template", READER)
    with psycopg.connect(server.store, autocommit=True) as connection:
        connection.execute(f"DROP OWNED BY {READER}")
        connection.execute(f"DROP ROLE {READER}")


async def test_a_reader_records_nothing(reading: str, tmp_path: Path) -> None:
    """Said before the browser is looked for, in one line and its remedy."""
    result = await run(tmp_path, "record", "--attach", "1", "--store", reading, "--spool", str(tmp_path / "spool.db"))
    assert result.status == 4, result.err
    error, remedy = result.err.splitlines()
    assert "does not let this role do that" in error
    assert remedy == "Its recorders may, and its owner: `cdp-bgservices prepare --recorder ROLE`."


async def test_a_right_that_is_taken_away_later_stops_no_recording(
    server: CrashingServer, store: str, tmp_path: Path
) -> None:
    said: list[str] = []
    async with open_spooled(store, tmp_path / "spool.db", say=said.append) as spooled:
        with psycopg.connect(server.store, autocommit=True) as connection:
            connection.execute(f"REVOKE INSERT ON bgservices.events FROM {ROLE}")
            await spooled.add(recents(0, 3))
            while not said:
                await look_again()
            connection.execute(f"GRANT INSERT ON bgservices.events TO {ROLE}")
        await until_level(spooled)
    assert "does not let this role do that" in said[0]
    assert "The recording goes on" in said[0]
    assert len(server.ids()) == 3
